package rest

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/jsonscan"
)

// unwrap checks that the steps of Face.Unwrap lead through objects of the
// selection.
func (l *loader) unwrap(r *route) {
	at := selected{schema: r.schema, query: r.op.Query}
	sets := []ast.SelectionSet{r.op.Definition.SelectionSet}
	parent := at.root(r.op.Kind)
	for i, step := range r.unwrap {
		fields := at.fields(parent, sets, step)
		if len(fields) == 0 {
			l.bad(r.op, "@rest: unwrap: the operation %s does not select %q", r.op.Name, step)
			return
		}
		def := fields[0].definition
		if i == len(r.unwrap)-1 || def == nil {
			return
		}
		if def.Type.Elem != nil {
			l.bad(r.op, "@rest: unwrap: %q is a list, and there is no way through it", step)
			return
		}
		sets = sets[:0:0]
		for _, f := range fields {
			sets = append(sets, f.field.SelectionSet)
		}
		parent = r.schema.Types[def.Type.NamedType]
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
