package overlay

import (
	"strconv"
	"strings"

	"github.com/expr-lang/expr/types"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// selection is what an expression reads, as written: fields of the graph, by the
// names the expression has for them.
type selection struct {
	alias, name string
	args        ast.ArgumentList
	claims      []string // what $_claimN stands for in args
	sub         []*selection
}

// maxUses bounds the fields one expression reads. Chosen.
const maxUses = 32

// readUses reads the list of uses and checks it against type t; nil and false
// after a mistake.
func (m *model) readUses(t *typ, a applied, d *ast.Directive) ([]*selection, bool) {
	arg := d.Arguments.ForName("uses")
	if arg == nil {
		return nil, true
	}
	var all []*selection
	items := arg.Value.Children
	if arg.Value.Kind != ast.ListValue {
		items = ast.ChildValueList{{Value: arg.Value}}
	}
	for _, item := range items {
		if item.Value.Kind != ast.StringValue && item.Value.Kind != ast.BlockValue {
			m.add(item.Value.Position, "@expr on %s: uses are strings", a.on)
			return nil, false
		}
		set, claims, ok := parseUse(item.Value.Raw)
		if ok {
			all, ok = merged(all, set, claims)
		}
		if !ok {
			m.add(item.Value.Position, "@expr on %s: %q is no selection of fields", a.on, item.Value.Raw)
			return nil, false
		}
		if len(all) > maxUses {
			m.add(item.Value.Position, "@expr on %s reads more than %d fields", a.on, maxUses)
			return nil, false
		}
	}
	return all, m.checkUses(t, all, a, d.Position)
}

// parseUse reads one use: a.b.c, or a{b c}, or both.
func parseUse(text string) (ast.SelectionSet, []string, bool) {
	parts, ok := splitPath(text)
	if !ok || len(parts) > maxSteps {
		return nil, nil, false
	}
	text = strings.Join(parts, "{") + strings.Repeat("}", len(parts)-1)
	var claims []string
	text = claimForm.ReplaceAllStringFunc(text, func(found string) string {
		claims = append(claims, found[len("$claims."):])
		return "$_claim" + strconv.Itoa(len(claims)-1)
	})
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + text + "}"})
	if err != nil || len(doc.Operations) != 1 || len(doc.Fragments) > 0 {
		return nil, nil, false
	}
	return doc.Operations[0].SelectionSet, claims, true
}

// merged adds a selection set to a selection; fields of one name become one.
func merged(to []*selection, set ast.SelectionSet, claims []string) ([]*selection, bool) {
	for _, sel := range set {
		f, ok := sel.(*ast.Field)
		if !ok || len(f.Directives) > 0 {
			return nil, false
		}
		s := &selection{alias: f.Alias, name: f.Name, args: f.Arguments, claims: claims}
		known := false
		for _, have := range to {
			if have.alias == s.alias {
				if have.name != s.name || len(have.args) > 0 || len(s.args) > 0 {
					return nil, false
				}
				s, known = have, true
			}
		}
		if s.sub, ok = merged(s.sub, f.SelectionSet, claims); !ok {
			return nil, false
		}
		if !known {
			to = append(to, s)
		}
	}
	return to, true
}

// checkUses checks fields and arguments of what is read of objects of type t.
func (m *model) checkUses(t *typ, list []*selection, a applied, at *ast.Position) bool {
	for _, s := range list {
		f := t.base(s.name)
		if f == nil {
			m.add(at, "@expr on %s: the graph's %s has no field %s%s", a.on, t.def.Name, s.name, t.nearField(s.name))
			return false
		}
		result := m.byBase[f.def.Type.Name()]
		composite := result.def.IsCompositeType()
		if composite != (len(s.sub) > 0) {
			m.add(at, "@expr on %s: %s.%s %s", a.on, t.def.Name, s.name, map[bool]string{
				true: "has fields: say which", false: "has no fields",
			}[composite])
			return false
		}
		if _, ok := m.useArguments(t, f, s, a, at); !ok || !m.checkUses(result, s.sub, a, at) {
			return false
		}
	}
	return true
}

// useArguments reads the arguments of one use.
func (m *model) useArguments(t *typ, f *field, s *selection, a applied, at *ast.Position) ([]pathArgument, bool) {
	x := step{owner: t, field: f}
	on := "@expr on " + a.on + ": " + t.def.Name + "." + s.name
	given := map[string]bool{}
	for _, arg := range s.args {
		given[arg.Name] = true
		if !m.parseArgument(&x, &field{}, arg, s.claims, at, on) {
			return nil, false
		}
	}
	for _, def := range f.def.Arguments {
		if def.Type.NonNull && def.DefaultValue == nil && !given[def.Name] {
			m.add(at, "%s needs the argument %s", on, def.Name)
			return nil, false
		}
	}
	return x.args, true
}

// resolve finds the fields of a checked selection for objects of type t.
func (m *model) resolve(t *typ, list []*selection) []use {
	out := make([]use, 0, len(list))
	for _, s := range list {
		f := t.base(s.name)
		args, _ := m.useArguments(t, f, s, applied{m: m}, nil)
		out = append(out, use{owner: t, field: f, name: s.alias, args: args, sub: m.resolve(m.byBase[f.def.Type.Name()], s.sub)})
	}
	return out
}

// eachUse visits every field a selection reads.
func (m *model) eachUse(t *typ, list []*selection, visit func(owner *typ, f *field)) {
	for _, s := range list {
		f := t.base(s.name)
		visit(t, f)
		m.eachUse(m.byBase[f.def.Type.Name()], s.sub, visit)
	}
}

// useTypes are the types an expression sees.
func (m *model) useTypes(t *typ, list []*selection) types.Map {
	out := types.Map{}
	for _, s := range list {
		out[s.alias] = m.useType(t.base(s.name).def.Type, s)
	}
	return out
}

func (m *model) useType(t *ast.Type, s *selection) types.Type {
	if t.Elem != nil {
		return types.Array(m.useType(t.Elem, s))
	}
	named := m.byBase[t.NamedType]
	switch {
	case len(s.sub) > 0:
		return m.useTypes(named, s.sub)
	case named.def.Kind == ast.Enum:
		return types.String
	}
	switch t.NamedType {
	case "Int":
		return types.Int
	case "Float":
		return types.Float64
	case "String", "ID":
		return types.String
	case "Boolean":
		return types.Bool
	}
	return types.Any
}
