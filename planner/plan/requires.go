package plan

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Existing tools show, beside a fetch, which selection of the data so far is
// its input and which renamings take place on the way in and out. A plan does
// not have these: they are derived from representations and from aliases.

// pick is one element of a required selection: a field, or a fragment when On
// is set.
type pick struct {
	Name, On string
	Sub      []pick
}

// rewrite changes a value on the way: sets it to Value, or renames the member
// to Rename.
type rewrite struct {
	Path          []string
	Value, Rename string
}

// inputs derives what a set of f requires, and its input rewrites.
func (l *layout) inputs(f *Fetch, set *Set) (requires []pick, rewrites []rewrite) {
	in := &inputs{l: l, seen: map[string]bool{}}
	for i := range set.Targets {
		t := &set.Targets[i]
		if t.Rep == nil {
			continue
		}
		types := t.On
		// Objects of any type may be sent under the names they have. Shown are the
		// types that something is asked of.
		several := types == nil && ownTypename(t)
		if several {
			types = conditionsOf(f, set)
		} else if types == nil {
			types = []string{set.Type}
		}
		for _, name := range types {
			var path []string
			if name != "" {
				path = []string{"... on " + name}
			}
			runtime := name
			if several {
				runtime = ""
			}
			in.typename(set, t, name, path)
			members := append([]pick{{Name: "__typename"}}, in.members(t.Shape, runtime, t.Rep, path)...)
			for _, p := range under(name, members) {
				if text := pickText([]pick{p}); !in.seen[text] {
					in.seen[text] = true
					requires = append(requires, p)
				}
			}
		}
	}
	return requires, in.rewrites
}

// ownTypename reports whether a target's objects are sent under the names they
// have, whatever these are.
func ownTypename(t *Target) bool {
	return slices.ContainsFunc(t.Rep, func(m RepField) bool { return m.Name == "__typename" && m.Const == "" })
}

// conditionsOf returns the types whose fragments a set selects at its top, ""
// alone if there are none.
func conditionsOf(f *Fetch, set *Set) []string {
	var types []string
	list, _ := selected(f, set)
	for _, sel := range list {
		if fragment, ok := sel.(*ast.InlineFragment); ok && fragment.TypeCondition != "" && !slices.Contains(types, fragment.TypeCondition) {
			types = append(types, fragment.TypeCondition)
		}
	}
	if types == nil {
		return []string{""}
	}
	return types
}

// under puts a selection under a type condition, "" for none.
func under(name string, list []pick) []pick {
	if name == "" {
		return list
	}
	return []pick{{On: name, Sub: list}}
}

type inputs struct {
	l        *layout
	rewrites []rewrite
	seen     map[string]bool
}

func (in *inputs) rewrite(r rewrite) {
	key := strings.Join(r.Path, "/") + "=" + r.Value + "→" + r.Rename
	if !in.seen[key] {
		in.seen[key] = true
		in.rewrites = append(in.rewrites, r)
	}
}

// typename notes where an object is sent under another type's name.
func (in *inputs) typename(set *Set, t *Target, name string, path []string) {
	sent := set.Type
	for i := range t.Rep {
		if t.Rep[i].Name != "__typename" {
			continue
		}
		if t.Rep[i].Const == "" {
			return // its own name, whatever that is
		}
		sent = strings.Trim(t.Rep[i].Const, `"`)
	}
	if sent != name {
		in.rewrite(rewrite{Path: append(slices.Clone(path), "__typename"), Value: sent})
	}
}

// members derives the selection of representation members of an object of the
// named type, "" for any.
func (in *inputs) members(shape int, typ string, list []RepField, path []string) []pick {
	var out []pick
	for i := range list {
		m := &list[i]
		if m.Name == "__typename" || m.Const != "" || typ != "" && m.On != nil && !slices.Contains(m.On, typ) {
			continue
		}
		name, below := in.l.key(shape, m.From)
		if name == "" {
			name = m.Name
		}
		here := append(slices.Clone(path), name)
		if name != m.Name {
			in.rewrite(rewrite{Path: here, Rename: m.Name})
		}
		p := pick{Name: name, Sub: in.members(below, "", m.Sub, here)}
		if typ != "" || m.On == nil {
			out = append(out, p)
			continue
		}
		for _, on := range m.On {
			at := slices.IndexFunc(out, func(q pick) bool { return q.On == on })
			if at < 0 {
				at = len(out)
				out = append(out, pick{On: on})
			}
			out[at].Sub = append(out[at].Sub, p)
		}
	}
	return out
}

// outputs derives the output rewrites of a selection: planner aliases become
// the names of their fields again.
func outputs(set ast.SelectionSet, path []string) []rewrite {
	var out []rewrite
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			here := append(slices.Clone(path), sel.Alias)
			if sel.Alias != sel.Name && strings.HasPrefix(sel.Alias, "_w") {
				out = append(out, rewrite{Path: here, Rename: sel.Name})
			}
			out = append(out, outputs(sel.SelectionSet, here)...)
		case *ast.InlineFragment:
			below := path
			if sel.TypeCondition != "" {
				below = append(slices.Clone(path), "... on "+sel.TypeCondition)
			}
			out = append(out, outputs(sel.SelectionSet, below)...)
		}
	}
	return out
}

// pickText prints a required selection on one line.
func pickText(list []pick) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		if p.On != "" {
			b.WriteString("... on " + p.On)
		} else {
			b.WriteString(p.Name)
		}
		if len(p.Sub) > 0 {
			b.WriteString(" { " + pickText(p.Sub) + " }")
		}
	}
	return b.String()
}

// declarations returns the variables a text declares.
func declarations(text string) ast.VariableDefinitionList {
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil || len(doc.Operations) != 1 {
		return nil
	}
	return doc.Operations[0].VariableDefinitions
}

// uses reports whether a selection set mentions a variable.
func uses(set ast.SelectionSet, variable string) bool {
	for _, sel := range set {
		var directives ast.DirectiveList
		var below ast.SelectionSet
		switch sel := sel.(type) {
		case *ast.Field:
			for _, a := range sel.Arguments {
				if mentions(a.Value, variable) {
					return true
				}
			}
			directives, below = sel.Directives, sel.SelectionSet
		case *ast.InlineFragment:
			directives, below = sel.Directives, sel.SelectionSet
		}
		for _, d := range directives {
			for _, a := range d.Arguments {
				if mentions(a.Value, variable) {
					return true
				}
			}
		}
		if uses(below, variable) {
			return true
		}
	}
	return false
}

func mentions(v *ast.Value, variable string) bool {
	if v.Kind == ast.Variable && v.Raw == variable {
		return true
	}
	return slices.ContainsFunc(v.Children, func(child *ast.ChildValue) bool { return mentions(child.Value, variable) })
}
