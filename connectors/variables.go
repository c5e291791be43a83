package connectors

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// Variables are made as JSON, each only where a mapping uses it, in memory of
// the run.

// common appends the variables all requests of a connector share in one fetch.
func (r *run) common(vars mapping.Vars, c *connector) mapping.Vars {
	n := &c.needs
	if n.config {
		vars = append(vars, mapping.Var{Name: "$config", JSON: c.source.values})
	}
	if n.env.used {
		vars = append(vars, mapping.Var{Name: "$env", JSON: c.env})
	}
	if n.context {
		vars = append(vars, mapping.Var{Name: "$context", JSON: r.keep(r.source.options.Context(r.arena, r.caller()))})
	}
	if n.request.used {
		dst := append(r.arena, `{"headers":`...)
		dst = appendClientHeaders(dst, r.caller().Header, &n.request)
		vars = append(vars, mapping.Var{Name: "$request", JSON: r.keep(append(dst, '}'))})
	}
	return vars
}

// caller is the request's, never nil.
func (r *run) caller() *caller.Caller {
	if r.req.Caller == nil {
		return &caller.Caller{}
	}
	return r.req.Caller
}

// keep takes over an arena that was appended to and returns the new bytes.
func (r *run) keep(arena []byte) []byte {
	from := len(r.arena)
	r.arena = arena
	return arena[from:len(arena):len(arena)]
}

// answered returns the variables for reading an answer.
func (j *job) answered() mapping.Vars {
	n := &j.connector.needs
	if !n.status && !n.response.used && !n.trailers.used {
		return j.in.Vars
	}
	vars := j.in.Vars
	if n.status {
		from := len(j.scratch)
		j.scratch = strconv.AppendInt(j.scratch, int64(j.answer.Status), 10)
		vars = append(vars, mapping.Var{Name: "$status", JSON: j.scratch[from:]})
	}
	if n.response.used || n.trailers.used {
		from := len(j.scratch)
		dst := append(j.scratch, `{"headers":`...)
		dst = appendHeaders(dst, j.answer.Headers, &n.response)
		dst = append(dst, `,"trailers":`...)
		dst = appendHeaders(dst, j.answer.Trailers, &n.trailers)
		j.scratch = append(dst, '}')
		vars = append(vars, mapping.Var{Name: "$response", JSON: j.scratch[from:]})
	}
	j.in.Vars = vars // their memory is kept with the job
	return vars
}

// appendClientHeaders appends the headers that are used as an object of lists.
// Names are in lower case.
func appendClientHeaders(dst []byte, h http.Header, m *members) []byte {
	names := m.names
	if m.all {
		names = names[:0:0]
		for name := range h {
			names = append(names, strings.ToLower(name))
		}
		slices.Sort(names)
	}
	dst = append(dst, '{')
	for _, name := range names {
		values := h.Values(name)
		if len(values) == 0 || name != strings.ToLower(name) {
			continue
		}
		dst = appendName(dst, name)
		dst = append(dst, '[')
		for i, v := range values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = fault.AppendString(dst, v)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendHeaders is appendClientHeaders for an answer's.
func appendHeaders(dst []byte, list []subgraphs.Header, m *members) []byte {
	names := m.names
	if m.all {
		names = names[:0:0]
		for i := range list {
			names = append(names, list[i].Name)
		}
		slices.Sort(names)
		names = slices.Compact(names)
	}
	dst = append(dst, '{')
	for _, name := range names {
		mark, count := len(dst), 0
		dst = append(appendName(dst, name), '[')
		for i := range list {
			if list[i].Name != name {
				continue
			}
			if count > 0 {
				dst = append(dst, ',')
			}
			dst = fault.AppendString(dst, list[i].Value)
			count++
		}
		if count == 0 {
			dst = dst[:mark]
			continue
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendName appends a member's name, behind a comma unless it is the first.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(fault.AppendString(dst, name), ':')
}

// appendStrings appends an object of strings, sorted by name.
func appendStrings(dst []byte, values map[string]string) []byte {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for _, name := range names {
		dst = fault.AppendString(appendName(dst, name), values[name])
	}
	return append(dst, '}')
}

// AppendContext appends what $context is unless Options say otherwise: who the
// caller is, as far as that is known. Nothing in it is of one request alone, so
// that a caller's requests can be shared.
//
//	{"profile":…,"client":{"name":…,"version":…},
//	 "principal":{"kind":…,"subject":…,"issuer":…,"tenant":…,"scopes":[…],"roles":[…],"claims":{…}}}
func AppendContext(dst []byte, c *caller.Caller) []byte {
	dst = append(dst, '{')
	dst = appendMember(dst, "profile", c.Profile)
	dst = append(appendName(dst, "client"), '{')
	dst = appendMember(dst, "name", c.Client.Name)
	dst = appendMember(dst, "version", c.Client.Version)
	dst = append(dst, '}')
	if p := c.Principal; p != nil {
		dst = append(appendName(dst, "principal"), '{')
		dst = appendMember(dst, "kind", p.Kind)
		dst = appendMember(dst, "subject", p.Subject)
		dst = appendMember(dst, "issuer", p.Issuer)
		dst = appendMember(dst, "tenant", p.Tenant)
		dst = appendList(dst, "scopes", p.Scopes)
		dst = appendList(dst, "roles", p.Roles)
		if len(p.Claims) > 0 {
			dst = append(appendName(dst, "claims"), p.Claims...)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func appendMember(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return fault.AppendString(appendName(dst, name), value)
}

func appendList(dst []byte, name string, values []string) []byte {
	dst = append(appendName(dst, name), '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = fault.AppendString(dst, v)
	}
	return append(dst, ']')
}
