package rest

import (
	"github.com/weftql/weft/bff/selection"
	"github.com/weftql/weft/internal/jsonscan"
)

// unwrap checks that the steps of Face.Unwrap lead through objects of the
// selection.
func (l *loader) unwrap(r *route) {
	document := selection.Document{Schema: r.schema, Query: r.op.Query}
	name, sets := document.Root(r.op.Definition)
	for i, step := range r.unwrap {
		m := document.Member(name, step, sets)
		if m == nil || m.Definition == nil {
			l.bad(r.op, "@rest: unwrap: the operation %s does not select %q", r.op.Name, step)
			return
		}
		t := m.Definition.Type
		if i == len(r.unwrap)-1 {
			return
		}
		if t.Elem != nil {
			l.bad(r.op, "@rest: unwrap: %q is a list, and there is no way through it", step)
			return
		}
		name, sets = t.NamedType, m.Sets
	}
}

// dataOf returns the data of an answer, which is {"data":…} with nothing else.
func dataOf(body []byte) []byte {
	const head = `{"data":`
	if len(body) <= len(head) || string(body[:len(head)]) != head {
		return nil
	}
	return body[len(head) : len(body)-1]
}

// part returns the part of data at the end of steps, nil if there is null on
// the way.
func part(data []byte, steps []string) []byte {
	for _, step := range steps {
		if jsonscan.Null(data) {
			return nil
		}
		data = jsonscan.Member(data, step)
	}
	if jsonscan.Null(data) {
		return nil
	}
	return data
}
