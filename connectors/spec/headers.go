package spec

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// refusedHeaders are the gateway's to set, or belong to one connection.
var refusedHeaders = []string{
	"connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
	"keep-alive", "content-length", "content-encoding", "accept-encoding",
}

// headers reads a list of headers or, with metadata, of gRPC metadata entries.
func (s *scope) headers(in phase, what string, v *ast.Value, metadata bool) []Header {
	if v == nil {
		return nil
	}
	items := v.Children
	if v.Kind != ast.ListValue {
		items = ast.ChildValueList{{Value: v}} // GraphQL takes one value for a list of one
	}
	var list []Header
	for _, item := range items {
		h, ok := s.header(in, what, item.Value, metadata)
		if !ok {
			continue
		}
		if slices.ContainsFunc(list, func(o Header) bool { return strings.EqualFold(o.Name, h.Name) }) {
			s.fail(HttpHeaderNameCollision, within(member(item.Value.Children, "name"), 0), "The header %q is listed twice.", h.Name)
			continue
		}
		list = append(list, h)
	}
	return list
}

func (s *scope) header(in phase, what string, v *ast.Value, metadata bool) (h Header, ok bool) {
	if v.Kind != ast.ObjectValue {
		s.fail(InvalidHeader, at(v.Position), "An entry of %s must be an object: {name:, from:} or {name:, value:}.", what)
		return h, false
	}
	name, from, value := member(v.Children, "name"), member(v.Children, "from"), member(v.Children, "value")
	if h.Name, ok = s.headerName("name", name, at(v.Position)); !ok {
		return h, false
	}
	if problem := refusal(strings.ToLower(h.Name), metadata); problem != "" {
		s.fail(InvalidHeader, within(name, 0), "The header %q cannot be set here: %s.", h.Name, problem)
		return h, false
	}
	switch {
	case from != nil && value != nil:
		s.fail(InvalidHeader, at(v.Position), "The header %q has both from and value. Keep one.", h.Name)
		return h, false
	case from != nil:
		h.From, ok = s.headerName("from", from, at(v.Position))
		return h, ok
	case value != nil:
		h.Value = s.template(InvalidHeader, in, "value", value)
		if i := strings.IndexAny(text(value), "\r\n\x00"); i >= 0 && h.Value != nil {
			if s.literalBreak(h) {
				s.fail(InvalidHeader, within(value, i), "The value of a header cannot hold line breaks.")
				return h, false
			}
		}
		return h, h.Value != nil
	}
	s.fail(InvalidHeader, at(v.Position), "The header %q needs from, the name of a client's header, or value.", h.Name)
	return h, false
}

// literalBreak reports whether the text around the mappings of a value has a
// line break; within a mapping it is only space.
func (s *scope) literalBreak(h Header) bool {
	for _, p := range h.Value.Parts() {
		if p.Mapping == nil && strings.ContainsAny(p.Text, "\r\n\x00") {
			return true
		}
	}
	return false
}

func (s *scope) headerName(what string, v *ast.Value, missing spot) (string, bool) {
	if v == nil {
		s.fail(InvalidHeader, missing, "A header needs a %s.", what)
		return "", false
	}
	name, ok := s.str(InvalidHeader, what, v)
	if ok && !isToken(name) {
		s.fail(InvalidHeader, within(v, 0), "%q is not the name of a header.", name)
		return "", false
	}
	return name, ok
}

// refusal says why a header, in lower case, cannot be set; "" if it can.
func refusal(name string, metadata bool) string {
	switch {
	case metadata && (strings.HasPrefix(name, "grpc-") || name == "te" || name == "content-type"):
		return "gRPC sets it"
	case slices.Contains(refusedHeaders, name):
		return "the gateway sets it"
	}
	return ""
}

// isToken reports whether a text is a token of HTTP (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = `"` + n + `"`
	}
	return strings.Join(list, ", ")
}
