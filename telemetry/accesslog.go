package telemetry

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	mathrand "math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/expression"
)

// accessLog writes one line per operation.
type accessLog struct {
	out      *lineWriter
	json     bool
	sample   float64 // share of the successful operations that get a line
	graph    string
	fields   []accessField
	remote   remoteMode
	salt     [32]byte // of this process, for hashed addresses
	redacted map[string]bool
	lines    sync.Pool // *scratch
}

// accessField is a value the operator asked for.
type accessField struct {
	name    string
	program *expression.Program
	hashes  bool // it looks at the operation
}

// remoteMode is what becomes of a client's address.
type remoteMode uint8

const (
	plainRemote remoteMode = iota
	redactRemote
	hashRemote
)

// scratch is what making a line needs.
type scratch struct {
	line  line
	value []byte
	env   expression.Env
}

// The keys of a line, in their order.
const (
	keyTime, keyLevel, keyMessage, keyRequest, keyTrace = "time", "level", "msg", "request_id", "trace_id"
	keyProfile, keyClient, keyVersion                   = "bff", "client", "client_version"
	keyOperation, keyType, keyHash                      = "operation", "type", "hash"
	keyStatus, keyCodes                                 = "status", "codes"
	keyDuration, keyOverhead                            = "duration_ms", "overhead_ms"
	keyFetches, keyEvents, keyBytes                     = "fetches", "events", "bytes"
	keyPrincipal, keyRemote                             = "principal", "ip"
	keyTransport, keyMethod, keyPath                    = "transport", "method", "path"
)

// keys are all of them; those that tell of the client may be redacted.
var (
	keys = []string{keyTime, keyLevel, keyMessage, keyRequest, keyTrace, keyProfile, keyClient, keyVersion, keyOperation, keyType, keyHash,
		keyStatus, keyCodes, keyDuration, keyOverhead, keyFetches, keyEvents, keyBytes, keyPrincipal, keyRemote, keyTransport, keyMethod, keyPath}
	redactable = []string{keyRequest, keyClient, keyVersion, keyOperation, keyPrincipal, keyRemote, keyPath}
)

// redactedValue stands for what is not to be told.
const redactedValue = "[redacted]"

// openAccessLog returns nil if it is switched off.
func openAccessLog(c *config.Logs, o *Options) (*accessLog, error) {
	a, err := newAccessLog(c)
	if err != nil {
		return nil, err
	}
	if enabled := c.Access.Enabled; enabled != nil && !*enabled || c.Access.File == "" && c.Access.Output == nil {
		return nil, nil
	}
	a.graph = o.Graph
	a.settle(c)
	if a.out, err = newLineWriter(c.Access.File, c.Access.Output, o.Metrics.linesDropped.Inc); err != nil {
		return nil, invalid("telemetry.logs.access.file", c.Access.File+": "+reason(err))
	}
	return a, nil
}

// newAccessLog compiles the settings and returns all that is wrong with them.
func newAccessLog(c *config.Logs) (*accessLog, error) {
	a := &accessLog{json: c.Format == "json", sample: 1, redacted: map[string]bool{}}
	var wrong fault.List
	names := make([]string, 0, len(c.Access.Fields))
	for name := range c.Access.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		where := "telemetry.logs.access.fields." + name
		program, err := expression.Compile(c.Access.Fields[name], expression.Text)
		switch {
		case slices.Contains(keys, name):
			wrong = append(wrong, invalid(where, "the access log has a "+name+" of its own; choose another name"))
		case !isKey(name):
			wrong = append(wrong, invalid(where, "a name is made of letters, digits, _ . and -"))
		case err != nil:
			wrong = append(wrong, invalid(where, fault.Of(err)[0].Message))
		default:
			a.fields = append(a.fields, accessField{name, program, program.Uses("operation")})
		}
	}
	for i, name := range c.Redact {
		if _, isField := c.Access.Fields[name]; !isField && !slices.Contains(redactable, name) {
			wrong = append(wrong, invalid("telemetry.logs.redact["+strconv.Itoa(i)+"]", strconv.Quote(name)+" is none of "+strings.Join(redactable, ", ")+" and no entry of access.fields"))
		}
		a.redacted[name] = true
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return a, nil
}

// settle takes over what cannot be wrong.
func (a *accessLog) settle(c *config.Logs) {
	if share := c.Access.Sample2xx; share != nil {
		a.sample = *share
	}
	switch c.Access.IP {
	case "redact":
		a.remote = redactRemote
	case "hash":
		a.remote = hashRemote
		_, _ = rand.Read(a.salt[:]) // never fails
	}
	if a.redacted[keyRemote] {
		a.remote = redactRemote
	}
	if len(a.redacted) == 0 {
		a.redacted = nil
	}
}

func isKey(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return name != ""
}

// tell writes an operation's line.
func (a *accessLog) tell(o *Operation) {
	if a.sample < 1 && len(o.Errors) == 0 && o.Status < 300 && mathrand.Float64() >= a.sample {
		return
	}
	s, _ := a.lines.Get().(*scratch)
	if s == nil {
		s = &scratch{line: line{json: a.json}}
	}
	a.compose(s, o)
	a.out.put(s.line.buf)
	s.env = expression.Env{}
	if cap(s.line.buf) <= 16<<10 {
		a.lines.Put(s)
	}
}

func (a *accessLog) compose(s *scratch, o *Operation) {
	l := &s.line
	duration := o.Duration()
	l.begin()
	l.time(keyTime, o.End)
	l.text(keyLevel, "INFO")
	l.text(keyMessage, "operation")
	a.client(l, keyRequest, o.Caller.RequestID)
	if o.trace != nil {
		l.key(keyTrace)
		a.hex(l, o.trace.id[:])
	}
	l.text(keyProfile, o.Caller.Profile)
	a.client(l, keyClient, o.Caller.Client.Name)
	a.client(l, keyVersion, o.Caller.Client.Version)
	if o.Operation != nil {
		a.client(l, keyOperation, o.Operation.Name)
		l.text(keyType, o.Type())
		l.key(keyHash)
		a.hex(l, o.Operation.Hash[:])
	}
	if o.Status != 0 {
		l.number(keyStatus, int64(o.Status))
	}
	a.codes(l, o.Errors)
	l.milliseconds(keyDuration, duration)
	l.milliseconds(keyOverhead, o.Overhead())
	l.number(keyFetches, int64(len(o.Fetches)))
	if o.Events > 0 {
		l.number(keyEvents, o.Events)
	}
	l.number(keyBytes, o.Bytes)
	if p := o.Caller.Principal; p != nil {
		a.client(l, keyPrincipal, p.Kind)
	}
	a.address(l, o.Caller.Remote)
	l.text(keyTransport, o.Transport)
	l.text(keyMethod, o.Caller.Method)
	a.client(l, keyPath, o.Caller.Path) // never the query: it may hold tokens
	a.own(s, o)
	l.end()
}

// client writes what tells of the client, unless it is redacted.
func (a *accessLog) client(l *line, name, value string) {
	if value != "" && a.redacted[name] {
		value = redactedValue
	}
	l.text(name, value)
}

func (a *accessLog) hex(l *line, id []byte) {
	if l.json {
		l.buf = append(l.buf, '"')
	}
	l.buf = hex.AppendEncode(l.buf, id)
	if l.json {
		l.buf = append(l.buf, '"')
	}
}

// maxCodes bounds the codes of a line; chosen.
const maxCodes = 8

// codes writes each code once, in the order of the errors.
func (a *accessLog) codes(l *line, errors []*fault.Error) {
	if len(errors) == 0 {
		return
	}
	var few [maxCodes]fault.Code
	found := few[:0]
	for _, e := range errors {
		if len(found) < maxCodes && !slices.Contains(found, e.Code) {
			found = append(found, e.Code)
		}
	}
	l.key(keyCodes)
	if l.json {
		l.buf = append(l.buf, '[')
	}
	for i, code := range found {
		if i > 0 {
			l.buf = append(l.buf, ',')
		}
		l.value(bounded(string(code)))
	}
	if l.json {
		l.buf = append(l.buf, ']')
	}
}

// address writes where the client is, as far as it is to be known.
func (a *accessLog) address(l *line, remote netip.Addr) {
	if !remote.IsValid() {
		return
	}
	l.key(keyRemote)
	if l.json {
		l.buf = append(l.buf, '"')
	}
	l.buf = a.appendRemote(l.buf, remote)
	if l.json {
		l.buf = append(l.buf, '"')
	}
}

// appendRemote appends an address. Hashes are keyed: all IPv4 addresses could
// be tried in no time.
func (a *accessLog) appendRemote(dst []byte, remote netip.Addr) []byte {
	switch a.remote {
	case redactRemote:
		return append(dst, redactedValue...)
	case hashRemote:
		var text [48]byte
		copy(text[:], a.salt[:])
		ip := remote.As16()
		copy(text[len(a.salt):], ip[:])
		sum := sha256.Sum256(text[:])
		return hex.AppendEncode(dst, sum[:8])
	default: // plainRemote
		return remote.WithZone("").AppendTo(dst)
	}
}

// own writes the fields the operator asked for. An expression that fails is
// left out.
func (a *accessLog) own(s *scratch, o *Operation) {
	if len(a.fields) == 0 {
		return
	}
	s.env = expression.Env{Caller: o.Caller, Graph: a.graph}
	for i := range a.fields {
		f := &a.fields[i]
		if f.hashes && o.Operation != nil && s.env.Operation.Type == "" {
			s.env.Operation = expression.Operation{Name: o.Operation.Name, Type: o.Type(), Hash: hex.EncodeToString(o.Operation.Hash[:])}
		}
		var ok bool
		var err error
		if s.value, ok, err = f.program.AppendString(s.value[:0], &s.env); err == nil && ok {
			if a.redacted[f.name] {
				s.value = append(s.value[:0], redactedValue...)
			}
			s.line.bytes(f.name, s.value)
		}
	}
}
