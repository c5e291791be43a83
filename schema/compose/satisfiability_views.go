package compose

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// viewID numbers what @provides adds to a type on one path; 0 is nothing.
type viewID int32

// providesViews interns the selections of @provides, whole and in parts: below
// a providing field, an external field that the selection has is an ordinary
// one. There are at most as many views as selections and casts of them.
type providesViews struct {
	g     *schema.Supergraph
	list  [][]schema.Selection
	byKey map[string]viewID
}

func newProvidesViews(g *schema.Supergraph) *providesViews {
	return &providesViews{g: g, list: make([][]schema.Selection, 1), byKey: map[string]viewID{}}
}

// intern returns the view of a selection.
func (v *providesViews) intern(sel []schema.Selection) viewID {
	if len(sel) == 0 {
		return 0
	}
	var b strings.Builder
	writeSelection(&b, v.g, sel)
	if id, ok := v.byKey[b.String()]; ok {
		return id
	}
	id := viewID(len(v.list))
	v.list = append(v.list, sel)
	v.byKey[b.String()] = id
	return id
}

// writeSelection prints a selection in a form that identifies it. The parser
// of field sets bounds the depth.
func writeSelection(b *strings.Builder, g *schema.Supergraph, sel []schema.Selection) {
	for _, s := range sel {
		switch {
		case s.Name != "":
			b.WriteString(s.Name)
		case s.On != schema.NoType:
			b.WriteString("..." + g.Types[s.On].Name)
		default:
			b.WriteString("...")
		}
		if len(s.Select) > 0 {
			b.WriteString("{")
			writeSelection(b, g, s.Select)
			b.WriteString("}")
		}
		b.WriteString(" ")
	}
}

// field returns whether a view has a field of a type, and what it has below.
func (v *providesViews) field(id viewID, decl schema.TypeID, name string) (bool, []schema.Selection) {
	if id == 0 {
		return false, nil
	}
	found := false
	var below []schema.Selection
	for _, s := range v.flatten(nil, v.list[id], decl) {
		if s.Name == name {
			found = true
			below = append(below, s.Select...)
		}
	}
	return found, below
}

// narrow returns the view that is left when a value turns out to be an object.
func (v *providesViews) narrow(id viewID, to schema.TypeID) viewID {
	if id == 0 {
		return 0
	}
	return v.intern(v.flatten(nil, v.list[id], to))
}

// flatten appends the fields that a selection has for a type, fragments that
// apply to all its values included. Fragments on some of an abstract type's
// values stay for narrow.
func (v *providesViews) flatten(out, sel []schema.Selection, decl schema.TypeID) []schema.Selection {
	for _, s := range sel {
		switch {
		case s.Name != "":
			out = append(out, s)
		case s.On == schema.NoType || s.On == decl || v.g.Types[decl].Possible.Within(v.g.Types[s.On].Possible):
			out = v.flatten(out, s.Select, decl)
		case v.g.Types[decl].Kind != ast.Object:
			out = append(out, s)
		}
	}
	return out
}
