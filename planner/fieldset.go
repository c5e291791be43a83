package planner

import (
	"sort"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// fieldSetNeed turns a @key or @requires selection into a need.
func fieldSetNeed(s *schema.Supergraph, sel []schema.Selection) *need {
	n := &need{}
	n.addSelections(s, sel, nil)
	return n
}

// addSelections flattens fragments: their fields get the object types the
// conditions leave.
func (n *need) addSelections(s *schema.Supergraph, sel []schema.Selection, on schema.Bits) {
	for i := range sel {
		e := &sel[i]
		if e.Name == "" {
			inner := on
			if e.On != schema.NoType {
				inner = s.Types[e.On].Possible
				if on != nil {
					inner = inner.And(on)
				}
			}
			n.addSelections(s, e.Select, inner)
			continue
		}
		f := field{name: e.Name, args: fieldSetArguments(e.Args), on: on, def: e.Field, internal: true}
		f.identity = identity(f.name, f.args)
		f.response = f.identity
		if len(e.Select) > 0 {
			f.sub = fieldSetNeed(s, e.Select)
		}
		n.add(f)
	}
}

func fieldSetArguments(args ast.ArgumentList) []operation.Argument {
	if len(args) == 0 {
		return nil
	}
	out := make([]operation.Argument, len(args))
	for i, a := range args {
		out[i] = operation.Argument{Name: a.Name, Value: a.Value.String()}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
