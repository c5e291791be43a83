package restapi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/subgraphs"
)

// header is one header the schema tells to send; its name is canonical. from is
// the client's header, value a template, or else fixed is the text.
type header struct {
	name, from string
	value      *mapping.Template
	fixed      string
}

// compileHeaders returns the headers of source and connector; one of the
// connector stands for all of that name of the source.
func compileHeaders(c *spec.Connector) ([]header, error) {
	own, err := compileList(c.HTTP.Headers)
	if err != nil || c.Source == nil {
		return own, err
	}
	inherited, err := compileList(c.Source.HTTP.Headers)
	if err != nil {
		return nil, err
	}
	inherited = slices.DeleteFunc(inherited, func(h header) bool {
		return slices.ContainsFunc(own, func(o header) bool { return o.name == h.name })
	})
	return append(inherited, own...), nil
}

func compileList(list []spec.Header) ([]header, error) {
	var made []header
	for _, h := range list {
		compiled := header{name: textproto.CanonicalMIMEHeaderKey(h.Name), from: textproto.CanonicalMIMEHeaderKey(h.From), value: h.Value}
		if reserved(compiled.name) || !isToken(h.Name) {
			return nil, errors.New("header " + strconv.Quote(h.Name) + " cannot be sent")
		}
		if compiled.name == "Host" && (h.Value == nil || !onlyTrusted(h.Value)) {
			return nil, errTrust
		}
		if h.Value != nil && len(h.Value.Uses()) == 0 {
			text, err := h.Value.Append(nil, nil, nil)
			if err != nil {
				return nil, err
			}
			if !isFieldValue(text) {
				return nil, compiled.wrong(errFieldValue)
			}
			compiled.value, compiled.fixed = nil, string(text)
		}
		made = append(made, compiled)
	}
	return made, nil
}

func onlyTrusted(t *mapping.Template) bool {
	return (&expression{uses: t.Uses()}).trusted()
}

var errFieldValue = errors.New("a value has a line break or another control character")

// wrong says which header err is about.
func (h *header) wrong(err error) error { return fmt.Errorf("header %s: %w", h.name, err) }

// headers makes the headers of one request. What the configuration propagates
// stands for what the schema says under the same name.
func (b *backend) headers(m *maker, in *connectors.Input, user string) (http.Header, error) {
	made := make(http.Header, 8+len(b.header)+len(in.Header))
	for i := range b.header {
		h := &b.header[i]
		if propagated(in.Header, h.name) {
			continue
		}
		if h.from != "" {
			if err := copyValues(made, h, in); err != nil {
				return nil, err
			}
			continue
		}
		text := h.fixed
		if h.value != nil {
			value, err := h.value.Append(m.text[:0], m.vars, m.problems)
			if err != nil {
				return nil, h.wrong(errNotScalar)
			}
			m.text = value
			if !isFieldValue(value) {
				return nil, h.wrong(errFieldValue)
			}
			text = string(value)
		}
		made[h.name] = append(made[h.name], text)
	}
	for _, h := range in.Header {
		if name := textproto.CanonicalMIMEHeaderKey(h.Name); !reserved(name) && name != "Host" && isToken(name) && isFieldValue(h.Value) {
			made[name] = append(made[name], h.Value)
		}
	}
	b.complete(made, user)
	return made, nil
}

// complete adds what every request has unless the schema says otherwise.
func (b *backend) complete(made http.Header, user string) {
	if made["Accept"] == nil {
		made["Accept"] = jsonType
	}
	if made["User-Agent"] == nil {
		made["User-Agent"] = userAgent
	}
	made["Accept-Encoding"] = gzipOnly
	if b.source.settings.NoGzip {
		made["Accept-Encoding"] = identity
	}
	if user != "" && made["Authorization"] == nil {
		made["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(user))}
	}
}

// The fixed header values, shared by all requests and never written to.
var (
	jsonType  = []string{"application/json"}
	userAgent = []string{"weft"}
	gzipOnly  = []string{"gzip"}
	identity  = []string{"identity"}
)

func copyValues(to http.Header, h *header, in *connectors.Input) error {
	if in.Caller == nil {
		return nil
	}
	for _, value := range in.Caller.Header[h.from] {
		if !isFieldValue(value) {
			return h.wrong(errFieldValue)
		}
		to[h.name] = append(to[h.name], value)
	}
	return nil
}

func propagated(list []subgraphs.Header, name string) bool {
	return slices.ContainsFunc(list, func(h subgraphs.Header) bool { return strings.EqualFold(h.Name, name) })
}

// reserved reports whether a header, in canonical form, belongs to the
// connection or the body's framing.
func reserved(name string) bool {
	switch name {
	case "Connection", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade", "Keep-Alive", "Content-Length", "Content-Encoding", "Accept-Encoding", "Expect":
		return true
	}
	return false
}

// isToken reports whether name can be a header's, RFC 9110 section 5.6.2.
func isToken(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return name != ""
}

// isFieldValue reports whether value can stand in a header line: no control
// characters but the tab.
func isFieldValue[T []byte | string](value T) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
