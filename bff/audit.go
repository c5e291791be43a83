package bff

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/weftql/weft/operation"
)

// maxUnknown bounds the different unknown operations a profile remembers, and
// says in the log; chosen, not measured.
const maxUnknown = 1000

// Unknown is an operation that a profile in mode audit met and does not know.
type Unknown struct {
	// ID is the hex SHA-256 of the text as it came, Operation the operationName,
	// or else the name in the text.
	ID, Operation string
	// Client and Version are what the client calls itself.
	Client, Version string
	Count           int
}

// record is the unknown operations of one profile. It outlives a snapshot.
type record struct {
	profile string
	unknown func(profile string)
	log     *slog.Logger

	mu   sync.Mutex
	seen map[unknownKey]met // guarded by mu
	more int                // met while there was no room; guarded by mu
}

// met is how often one operation was met, and the name in its text.
type met struct {
	count int
	name  string
}

// unknownKey is small, whatever clients send.
type unknownKey struct {
	text                       [16]byte
	operation, client, version string
}

func newRecord(p *Profile, o *Options) *record {
	r := &record{profile: p.Name, unknown: o.Unknown, log: o.Logger, seen: map[unknownKey]met{}}
	if old := o.Previous.Named(p.Name); old != nil && old.audit != nil {
		old.audit.mu.Lock()
		defer old.audit.mu.Unlock()
		for key, known := range old.audit.seen {
			r.seen[key] = known
		}
		r.more = old.audit.more
	}
	return r
}

// note counts an unknown operation, and says so in the log the first time.
func (r *record) note(q *operation.Request) {
	if r.unknown != nil {
		r.unknown(r.profile)
	}
	sum := sha256.Sum256(q.Document)
	key := unknownKey{text: [16]byte(sum[:16]), operation: short(q.Name)}
	if q.Caller != nil {
		key.client, key.version = short(q.Caller.Client.Name), short(q.Caller.Client.Version)
	}
	r.mu.Lock()
	known := r.seen[key]
	room := known.count > 0 || len(r.seen) < maxUnknown
	known.count++
	switch {
	case known.count > 1:
		r.seen[key] = known
	case room: // what is kept must not hold the request's memory
		key.operation, key.client, key.version = strings.Clone(key.operation), strings.Clone(key.client), strings.Clone(key.version)
		known.name = cmp.Or(key.operation, nameIn(q.Document))
		r.seen[key] = known
	default:
		r.more++
	}
	full := !room && r.more == 1
	r.mu.Unlock()
	switch {
	case full:
		r.log.LogAttrs(context.Background(), slog.LevelWarn, "too many different unknown operations, further ones are only counted", slog.String("profile", r.profile))
	case known.count == 1 && room:
		r.log.LogAttrs(context.Background(), slog.LevelWarn, "operation is not known", slog.String("profile", r.profile),
			slog.String("operation", known.name), slog.String("client", key.client), slog.String("version", key.version),
			slog.String("id", hex.EncodeToString(key.text[:])))
	}
}

// operationHead is how a named operation begins, its text perhaps still as it
// stood in JSON.
var operationHead = regexp.MustCompile(`(?:^|[\s},]|\\[nrt])(?:query|mutation|subscription)(?:[\s,]|\\[nrt])+([_A-Za-z][_0-9A-Za-z]*)`)

// nameIn returns the name of a text's first operation, "" if it has none there.
// It is for people: the text was not parsed yet.
func nameIn(document []byte) string {
	const far = 4096
	found := operationHead.FindSubmatch(document[:min(len(document), far)])
	if found == nil {
		return ""
	}
	return strings.Clone(short(string(found[1])))
}

// short cuts what a client wrote.
func short(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most]
	}
	return s
}

// Unknown returns the unknown operations met so far, the most frequent first,
// and how many requests were not told apart because there were too many.
func (p *Profile) Unknown() ([]Unknown, int) {
	if p.audit == nil {
		return nil, 0
	}
	p.audit.mu.Lock()
	defer p.audit.mu.Unlock()
	list := make([]Unknown, 0, len(p.audit.seen))
	for key, known := range p.audit.seen {
		list = append(list, Unknown{hex.EncodeToString(key.text[:]), known.name, key.client, key.version, known.count})
	}
	slices.SortFunc(list, func(x, y Unknown) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Operation, y.Operation),
			cmp.Compare(x.Client, y.Client), cmp.Compare(x.Version, y.Version))
	})
	return list, p.audit.more
}
