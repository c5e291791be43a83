package schema

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/fault"
)

// ParseFieldSet parses a selection written in a directive and resolves it on a
// type. The text may stand in braces or without. It returns
// INVALID_FEDERATION_SUPERGRAPH for text that does not parse, for fields the
// schema does not have, and for aliases, directives and named fragments, which
// have no meaning in a field set.
func (g *Supergraph) ParseFieldSet(on TypeID, text string) (*FieldSet, error) {
	sel, err := parseSelection(text)
	if err == nil {
		var set *FieldSet
		if set, err = g.resolveSet(on, text, sel); err == nil {
			return set, nil
		}
	}
	return nil, &fault.Error{Code: InvalidSupergraph, Message: fmt.Sprintf("selection %q on %s: %v", text, g.Types[on].Name, err), Cause: err}
}

// parseSelection parses the text of a field set. The GraphQL parser bounds its
// depth, and with it the recursion of everything that walks the result.
func parseSelection(text string) (ast.SelectionSet, error) {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, "{") {
		trimmed = "{" + trimmed + "}"
	}
	doc, err := parser.ParseQuery(&ast.Source{Name: "fields", Input: trimmed})
	if err != nil {
		return nil, err
	}
	if len(doc.Operations) != 1 || len(doc.Fragments) != 0 {
		return nil, fmt.Errorf("is not one selection")
	}
	return doc.Operations[0].SelectionSet, nil
}

func (g *Supergraph) resolveSet(on TypeID, text string, sel ast.SelectionSet) (*FieldSet, error) {
	resolved, err := g.resolveSelection(on, sel)
	if err != nil {
		return nil, err
	}
	return &FieldSet{Text: text, Select: resolved}, nil
}

func (g *Supergraph) resolveSelection(on TypeID, sel ast.SelectionSet) ([]Selection, error) {
	out := make([]Selection, 0, len(sel))
	for _, s := range sel {
		one, err := g.resolveOne(on, s)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (g *Supergraph) resolveOne(on TypeID, s ast.Selection) (Selection, error) {
	switch s := s.(type) {
	case *ast.InlineFragment:
		out := Selection{}
		if s.TypeCondition != "" {
			if out.On = g.typeByName[s.TypeCondition]; out.On == NoType {
				return out, fmt.Errorf("unknown type %s", s.TypeCondition)
			}
			on = out.On
		}
		var err error
		out.Select, err = g.resolveSelection(on, s.SelectionSet)
		return out, err
	case *ast.Field:
		if s.Alias != s.Name {
			return Selection{}, fmt.Errorf("alias %s", s.Alias)
		}
		if s.Name == "__typename" {
			return Selection{Name: s.Name}, nil
		}
		id := g.fieldByName[fieldKey{on, s.Name}]
		if id == NoField {
			return Selection{}, fmt.Errorf("type %s has no field %s", g.Types[on].Name, s.Name)
		}
		out := Selection{Field: id, Name: s.Name, Args: s.Arguments}
		f := &g.Fields[id]
		if f.Leaf != (len(s.SelectionSet) == 0) {
			return out, fmt.Errorf("%s.%s of type %s needs a selection, or must have none", g.Types[on].Name, s.Name, f.Type)
		}
		if f.Leaf {
			return out, nil
		}
		var err error
		out.Select, err = g.resolveSelection(f.Result, s.SelectionSet)
		return out, err
	default:
		return Selection{}, fmt.Errorf("named fragment in a field set")
	}
}

type setKey struct {
	on   TypeID
	text string
}

// readFieldSets resolves the texts that readTypes and readFields left behind.
func (r *reader) readFieldSets() {
	r.sets = map[setKey]*FieldSet{}
	r.texts = map[string]ast.SelectionSet{}
	g := r.g
	for i := range g.Types {
		t := &g.Types[i]
		for j := range t.In {
			keys := t.In[j].Keys
			for k := range keys {
				keys[k].Fields = r.fieldSet(t.ID, keys[k].Fields, g.AST.Types[t.Name].Position, "key", t.Name)
			}
		}
	}
	for i := range g.Fields {
		f := &g.Fields[i]
		for j := range f.In {
			in := &f.In[j]
			if in.Requires == nil && in.Provides == nil {
				continue
			}
			name := g.Types[f.Owner].Name + "." + f.Name
			in.Requires = r.fieldSet(f.Owner, in.Requires, f.Definition.Position, "requires", name)
			in.Provides = r.fieldSet(f.Result, in.Provides, f.Definition.Position, "provides", name)
		}
	}
}

func (r *reader) fieldSet(on TypeID, set *FieldSet, pos *ast.Position, what, where string) *FieldSet {
	if set == nil {
		return nil
	}
	key := setKey{on, set.Text}
	if done, ok := r.sets[key]; ok {
		return done
	}
	sel, ok := r.texts[set.Text]
	if !ok {
		var err error
		if sel, err = parseSelection(set.Text); err != nil {
			r.add(InvalidSupergraph, pos, "%s of %s: %q: %v", what, where, set.Text, err)
			return nil
		}
		r.texts[set.Text] = sel
	}
	resolved, err := r.g.resolveSet(on, set.Text, sel)
	if err != nil {
		r.add(InvalidSupergraph, pos, "%s of %s: %q: %v", what, where, set.Text, err)
	}
	r.sets[key] = resolved
	return resolved
}
