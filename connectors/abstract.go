package connectors

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/schema"
)

// abstract fills in what is wanted of a value whose type the mapping tells with
// a __typename of its own: the fields of all types it can be in the subgraph.
// Those of other types than its own are null, which nobody looks at.
func (p *prepared) abstract(out *mapping.Output, t *schema.Type, below []ast.SelectionSet, depth int) error {
	possible := t.Possible
	if in := t.InSubgraph(p.source.options.Spec.Index); in != nil && in.Possible != nil {
		possible = in.Possible
	}
	out.Kind = mapping.Object
	for id := range possible.All() {
		one := &mapping.Output{}
		if err := p.object(one, &p.graph.Types[id], below, depth); err != nil {
			return err
		}
		if err := mergeFields(out, one); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	if possible.Empty() {
		return fmt.Errorf("no object is a %s", t.Name)
	}
	return nil
}

// mergeFields adds the fields of an object to those of others that may stand in
// its place. The same response key has to mean the same key of the mapping.
func mergeFields(to, from *mapping.Output) error {
	for _, f := range from.Fields {
		i := slices.IndexFunc(to.Fields, func(o mapping.OutputField) bool { return o.Response == f.Response })
		if i < 0 {
			to.Fields = append(to.Fields, f)
			continue
		}
		same := &to.Fields[i]
		switch {
		case same.Name != f.Name:
			return fmt.Errorf("%s is %s or %s, by type", f.Response, same.Name, f.Name)
		case f.Output == nil:
		case same.Output.Kind != f.Output.Kind || same.Output.Lists != f.Output.Lists:
			return fmt.Errorf("%s has two types", f.Response)
		case f.Output.Kind == mapping.Object:
			merged := *same.Output
			merged.Fields = slices.Clone(merged.Fields)
			if merged.Typename != f.Output.Typename {
				merged.Typename = ""
			}
			if err := mergeFields(&merged, f.Output); err != nil {
				return err
			}
			same.Output = &merged
		case f.Output.Kind == mapping.Enum:
			merged := *same.Output
			for _, v := range f.Output.Values {
				if !slices.Contains(merged.Values, v) {
					merged.Values = append(slices.Clip(merged.Values), v)
				}
			}
			same.Output = &merged
		}
	}
	return nil
}
