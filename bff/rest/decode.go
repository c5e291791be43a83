package rest

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/nearest"
	"github.com/weftql/weft/operation"
)

// decode makes the operation's request. All parameters that are wrong are
// reported at once.
func (r *route) decode(req *http.Request) (*operation.Request, error) {
	if err := r.admit(req); err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, &fault.Error{Code: fault.BadRequest, Message: "The query string cannot be read: " + err.Error() + "."}
	}
	b := &builder{}
	for i := range r.inPath {
		p := &r.inPath[i]
		b.add(p, []string{req.PathValue(p.name)})
	}
	for i := range r.inQuery {
		p := &r.inQuery[i]
		switch values := query[p.name]; {
		case len(values) > 0:
			b.add(p, values)
		case p.required:
			b.fail(p.wrong("is required"))
		}
	}
	r.unknown(b, query)
	if err := r.readBody(b, req); err != nil {
		return nil, err
	}
	if b.faults != nil {
		return nil, b.faults
	}
	return &operation.Request{
		Document: r.text, DocumentID: r.op.ID, Name: r.op.Name,
		Variables: b.object(), Profile: r.options.Profile, Routed: true,
	}, nil
}

// admit looks at what concerns the request as a whole.
func (r *route) admit(req *http.Request) error {
	if gone := r.life.gone(r.options.Now()); gone != nil {
		return gone
	}
	if !accepts(req.Header["Accept"]) {
		return &fault.Error{Code: fault.NotAcceptable, Message: "The answer is application/json, which the Accept header leaves out."}
	}
	if size := len(req.URL.EscapedPath()) + len(req.URL.RawQuery); size > r.options.MaxURLBytes {
		return &fault.Error{Code: fault.RequestTooLarge, Message: "The path and the query are longer than allowed."}
	}
	return nil
}

// builder collects the members of the variables object.
type builder struct {
	json   []byte
	faults fault.List
}

// maxFaults is how many mistakes one answer lists; chosen.
const maxFaults = 20

func (b *builder) fail(e *fault.Error) {
	if len(b.faults) < maxFaults {
		b.faults = append(b.faults, e)
	}
}

// member starts a member; its value is to be appended to b.json.
func (b *builder) member(name string) {
	b.json = append(b.json, ',')
	b.json = append(fault.AppendString(b.json, name), ':')
}

// full reports whether there are as many mistakes as an answer lists.
func (b *builder) full() bool { return len(b.faults) >= maxFaults }

func (b *builder) add(p *parameter, values []string) {
	b.member(p.name)
	var bad *fault.Error
	if b.json, bad = p.append(b.json, values); bad != nil {
		b.fail(bad)
	}
}

// object returns the variables, nil for none.
func (b *builder) object() []byte {
	if len(b.json) == 0 {
		return nil
	}
	b.json[0] = '{'
	return append(b.json, '}')
}

// unknown refuses query parameters nobody reads: a mistyped name that is
// ignored would answer another question than the one asked.
func (r *route) unknown(b *builder, query url.Values) {
	var names []string
	for name := range query {
		known := slices.ContainsFunc(r.inQuery, func(p parameter) bool { return p.name == name })
		if !known && !slices.Contains(r.options.OtherQuery, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if b.full() {
			return
		}
		message := `There is no query parameter "` + clip(name) + `" here` + r.meant(name)
		b.fail(misplaced(inQuery, "parameter", clip(name), "", message))
	}
}

// meant suggests a parameter in place of one there is not.
func (r *route) meant(name string) string {
	for _, p := range r.inPath {
		if p.name == name {
			return ": it stands in the path."
		}
	}
	if r.whole != nil && r.whole.Variable == name || r.inBody.ForName(name) != nil {
		return ": it stands in the body."
	}
	if len(name) > 40 {
		return "."
	}
	var names []string
	for _, p := range r.inQuery {
		names = append(names, p.name)
	}
	if near := nearest.To(name, names); near != "" {
		return `; did you mean "` + near + `"?`
	}
	return "."
}

// clip bounds what an answer repeats of a request.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
