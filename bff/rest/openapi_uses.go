package rest

import (
	"cmp"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/selection"
)

// usesOf returns, by variable, the description of the first argument that it is
// the value of: what the schema says of it serves as its description.
func usesOf(r *route) map[string]string {
	uses := map[string]string{}
	root, _ := selection.Document{Schema: r.schema, Query: r.op.Query}.Root(r.op.Definition)
	queue := []typedSet{{r.schema.Types[root], r.op.Definition.SelectionSet}}
	for _, fragment := range r.op.Query.Fragments {
		queue = append(queue, typedSet{r.schema.Types[fragment.TypeCondition], fragment.SelectionSet})
	}
	for i := 0; i < len(queue); i++ { // which grows meanwhile
		queue = append(queue, queue[i].note(r.schema, uses)...)
	}
	return uses
}

// typedSet is a selection set and the type it selects from.
type typedSet struct {
	parent *ast.Definition
	set    ast.SelectionSet
}

// note looks at the arguments in a selection set and returns the sets within.
func (s typedSet) note(schema *ast.Schema, uses map[string]string) []typedSet {
	var within []typedSet
	if s.parent == nil {
		return nil
	}
	for _, selected := range s.set {
		switch f := selected.(type) {
		case *ast.InlineFragment:
			within = append(within, typedSet{schema.Types[cmp.Or(f.TypeCondition, s.parent.Name)], f.SelectionSet})
		case *ast.Field:
			definition := s.parent.Fields.ForName(f.Name)
			if definition == nil {
				continue
			}
			for _, a := range f.Arguments {
				argument := definition.Arguments.ForName(a.Name)
				if a.Value.Kind == ast.Variable && argument != nil && uses[a.Value.Raw] == "" {
					uses[a.Value.Raw] = argument.Description
				}
			}
			within = append(within, typedSet{schema.Types[definition.Type.Name()], f.SelectionSet})
		}
	}
	return within
}
