package subgraphs

import "github.com/weftql/weft/fault"

// template is a request body with holes for values:
//
//	{"query":"…","variables":{"first":▢,"representations":[▢]}}
//
// The fixed parts are written once per plan; a request only copies bytes.
type template struct {
	head      []byte   // up to and including "variables":{
	bare      []byte   // the whole body when no variable is sent
	variables [][]byte // "name": per client value
	sets      [][]byte // "name":[ per list of representations; nil without one
}

func newTemplate(spec *Spec) *template {
	t := &template{}
	body := append([]byte(nil), `{"query":`...)
	body = fault.AppendString(body, spec.Operation)
	t.bare = append(append([]byte(nil), body...), '}')
	t.head = append(body, `,"variables":{`...)
	for _, name := range spec.Variables {
		t.variables = append(t.variables, append(fault.AppendString(nil, name), ':'))
	}
	for _, set := range spec.Sets {
		if set.Variable == "" {
			t.sets = append(t.sets, nil)
			continue
		}
		t.sets = append(t.sets, append(fault.AppendString(nil, set.Variable), ':', '['))
	}
	return t
}

// appendTo appends the body for req to dst.
func (t *template) appendTo(dst []byte, req *Request) []byte {
	start := len(dst)
	dst = append(dst, t.head...)
	empty := len(dst)
	for i, value := range req.Values {
		if value == nil || i >= len(t.variables) {
			continue
		}
		dst = append(append(append(dst, t.variables[i]...), value...), ',')
	}
	for i := range req.Sets {
		if i >= len(t.sets) || t.sets[i] == nil {
			continue
		}
		dst = append(append(append(dst, t.sets[i]...), req.Sets[i].Reps...), ']', ',')
	}
	if len(dst) == empty {
		return append(dst[:start], t.bare...)
	}
	return append(dst[:len(dst)-1], '}', '}')
}

// length returns the length of what appendTo appends.
func (t *template) length(req *Request) int {
	n := 0
	for i, value := range req.Values {
		if value != nil && i < len(t.variables) {
			n += len(t.variables[i]) + len(value) + len(",")
		}
	}
	for i := range req.Sets {
		if i < len(t.sets) && t.sets[i] != nil {
			n += len(t.sets[i]) + len(req.Sets[i].Reps) + len("],")
		}
	}
	if n == 0 {
		return len(t.bare)
	}
	return len(t.head) + n - len(",") + len("}}")
}
