package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// without returns the list without the applications for which drop holds.
func (l applications) without(drop func(*application) bool) applications {
	if !slices.ContainsFunc(l, drop) {
		return l
	}
	return slices.DeleteFunc(slices.Clone(l), drop)
}

// drop takes one application off a field or type.
func dropID(id directiveID) func(*application) bool {
	return func(a *application) bool { return a.id == id }
}

// coerceFields turns fields: ["a", "b"] into "a b" and fields: a into "a".
func (u *upgrader) coerceFields() {
	u.s.eachElement(func(_ ast.DirectiveLocation, list applications, _ func() string) {
		for _, a := range list {
			if a.id == idKey || a.id == idRequires || a.id == idProvides {
				a.coerceFields()
			}
		}
	})
}

func (a *application) coerceFields() {
	v := a.arg("fields")
	if v == nil {
		return
	}
	raw := v.Raw
	switch v.Kind {
	case ast.EnumValue:
	case ast.ListValue:
		items := stringItems(v)
		if len(items) < len(v.Children) {
			return // something other than strings: left for the rules to report
		}
		raw = strings.Join(items, " ")
	default:
		return
	}
	a.setFields(raw, v.Position)
}

// setFields replaces the argument fields. The source document stays as it is.
func (a *application) setFields(text string, pos *ast.Position) {
	a.args = slices.Clone(a.args)
	for i, given := range a.args {
		if given.Name == "fields" {
			a.args[i] = &ast.Argument{Name: given.Name, Position: given.Position, Value: &ast.Value{Kind: ast.StringValue, Raw: text, Position: pos}}
		}
	}
}

// dropIdleExternals drops @external where federation 1 ignored it: on fields of
// interfaces and on objects.
func (u *upgrader) dropIdleExternals() {
	for _, t := range u.s.types {
		switch t.kind {
		case ast.Interface:
			for _, f := range t.fields {
				f.directives = f.directives.without(dropID(idExternal))
			}
		case ast.Object:
			t.directives = t.directives.without(dropID(idExternal))
		}
	}
}

// dropExternalKeys drops @external from the key fields of extensions: federation
// 1 took them for the extension's own. An extension without a key shares the
// first key of the type in each other subgraph.
func (u *upgrader) dropExternalKeys() {
	keys := map[*typeDecl][]string{}
	for _, set := range u.s.collectSets().keys {
		keys[set.owner] = append(keys[set.owner], set.ownFields()...)
	}
	for _, t := range u.s.types {
		if !t.isExtension() {
			continue
		}
		names := keys[t]
		if !t.directives.has(idKey) {
			u.before.others(t, func(other *typeDecl) bool {
				names = append(names, u.before.firstKey[other]...)
				return false
			})
		}
		for _, name := range names {
			if f := t.fieldByName[name]; f != nil {
				f.directives = f.directives.without(dropID(idExternal))
			}
		}
	}
}

// trimInactive drops from @provides and @requires what is not external, which
// federation 1 ignored. A directive of which nothing is left goes.
func (u *upgrader) trimInactive() {
	sets := u.s.collectSets()
	for _, list := range [][]*usedSet{sets.provides, sets.requires} {
		for _, set := range list {
			if set.on == nil || set.notString || set.missing != "" || set.wrong != "" || !selectsOwn(set.selections) {
				continue // sound, or broken: left for the rules to report
			}
			kept := withoutOwn(set.selections)
			if len(kept) == 0 {
				a := set.application
				set.field.directives = set.field.directives.without(func(b *application) bool { return a == b })
				continue
			}
			set.application.setFields(selectionText(kept), set.application.pos)
		}
	}
}

// markedExternal reports whether a field, or one that implements it, says
// @external.
func markedExternal(f *fieldDecl) bool {
	if f == nil {
		return false
	}
	if f.directives.has(idExternal) {
		return true
	}
	if f.owner.kind != ast.Interface {
		return false
	}
	for _, t := range f.owner.implementations {
		if g := t.fieldByName[f.name]; g != nil && t.kind == ast.Object && g.directives.has(idExternal) {
			return true
		}
	}
	return false
}

// selectsOwn reports whether a leaf is neither external nor below a field that
// is.
func selectsOwn(list []*selection) bool {
	for _, sel := range list {
		if sel.name != "" && markedExternal(sel.field) {
			continue
		}
		if len(sel.selections) == 0 || selectsOwn(sel.selections) {
			return true
		}
	}
	return false
}

// withoutOwn returns what is left of a selection without such leaves.
func withoutOwn(list []*selection) []*selection {
	var kept []*selection
	for _, sel := range list {
		if sel.name != "" && markedExternal(sel.field) {
			kept = append(kept, sel)
		} else if below := withoutOwn(sel.selections); len(below) > 0 {
			trimmed := *sel
			trimmed.selections = below
			kept = append(kept, &trimmed)
		}
	}
	return kept
}

// selectionText writes a selection without outer braces.
func selectionText(list []*selection) string {
	var b strings.Builder
	for i, sel := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		if sel.name == "" {
			b.WriteString("... on " + sel.on.name)
		} else {
			b.WriteString(sel.name)
		}
		for j, a := range sel.args {
			b.WriteString(map[bool]string{true: "(", false: ", "}[j == 0] + a.Name + ": " + a.Value.String())
		}
		if len(sel.args) > 0 {
			b.WriteByte(')')
		}
		if len(sel.selections) > 0 {
			b.WriteString(" { " + selectionText(sel.selections) + " }")
		}
	}
	return b.String()
}

// defineExtensions turns extensions into definitions: all their blocks become
// one.
func (u *upgrader) defineExtensions() {
	for _, t := range u.s.types {
		if !t.isExtension() || len(t.blocks) == 0 {
			continue
		}
		one := t.blocks[0]
		one.extension = false
		t.blocks = t.blocks[:1]
		for _, a := range t.directives {
			a.block = one
		}
		for _, f := range t.fields {
			f.block = one
			for _, a := range f.directives {
				a.block = one
			}
		}
		for _, r := range t.interfaces {
			r.block = one
		}
	}
}

// clearInterfaces drops what federation 1 ignored on interfaces.
func (u *upgrader) clearInterfaces() {
	for _, t := range u.s.types {
		if t.kind != ast.Interface {
			continue
		}
		for _, a := range t.directives.all(idKey) {
			u.interfaceKeys = append(u.interfaceKeys, ownedApplication{t, a})
		}
		t.directives = t.directives.without(dropID(idKey))
		for _, f := range t.fields {
			f.directives = f.directives.without(dropID(idProvides)).without(dropID(idRequires))
		}
	}
}

// dropProvidesOnLeaves drops @provides from fields below which there is
// nothing.
func (u *upgrader) dropProvidesOnLeaves() {
	for _, t := range u.s.types {
		if t.kind != ast.Object {
			continue
		}
		for _, f := range t.fields {
			if !composite(u.s.kindOf(f.typ.Name())) {
				f.directives = f.directives.without(dropID(idProvides))
			}
		}
	}
}

// dropUnusedExternals removes external fields that nothing uses. A type that
// loses all its fields is removed too, unless something refers to it.
func (u *upgrader) dropUnusedExternals() {
	s := u.s
	sets := s.collectSets()
	s.externalFacts(sets, true)
	s.usedFacts(sets)
	referred := map[string]bool{} // also by fields that are removed: their author knows the type
	s.eachType(func(t *ast.Type) { referred[t.Name()] = true })
	kept := s.types[:0]
	for _, t := range s.types {
		had := len(t.fields) > 0
		t.removeFields(func(f *fieldDecl) bool { return f.external && !f.used })
		if !had || len(t.fields) > 0 || t == s.query {
			kept = append(kept, t)
			continue
		}
		if referred[t.name] || t.isRoot() {
			u.c.fail(TypeWithOnlyUnusedExternal, t.name, fmt.Sprintf(
				"All fields of %s are @external and none is used in a @key, @requires or @provides. Give the type a field of this subgraph's own, or a @key.",
				quote(t.name)), t.place())
			kept = append(kept, t)
			continue
		}
		u.remove(t)
	}
	s.types = kept
	if s.query != nil && len(s.query.fields) == 0 {
		s.types = slices.DeleteFunc(s.types, func(t *typeDecl) bool { return t == s.query })
		s.query = nil
	}
}

// remove forgets a type nothing refers to.
func (u *upgrader) remove(t *typeDecl) {
	delete(u.s.typeByName, t.name)
	for _, r := range t.interfaces {
		if i := u.s.typeByName[r.name]; i != nil {
			i.implementations = slices.DeleteFunc(i.implementations, func(o *typeDecl) bool { return o == t })
		}
	}
}

// addShareable marks what federation 1 let several subgraphs resolve: value
// types, and fields of entities and roots that another subgraph resolves too.
func (u *upgrader) addShareable() {
	for _, t := range u.s.types {
		if t.kind != ast.Object || t == u.s.subscription {
			continue
		}
		if !t.directives.has(idKey) && !t.isRoot() {
			shared := u.before.others(t, func(*typeDecl) bool { return true })
			if shared && !t.directives.has(idShareable) && len(t.blocks) > 0 {
				t.directives = append(slices.Clone(t.directives), u.shareable(t.definitionBlock()))
			}
			continue
		}
		for _, f := range t.fields {
			if u.before.inKeys[f] || f.directives.has(idShareable) {
				continue
			}
			shared := u.before.others(t, func(other *typeDecl) bool {
				g := other.fieldByName[f.name]
				return g != nil && u.before.resolved[g]
			})
			if shared {
				f.directives = append(slices.Clone(f.directives), u.shareable(f.block))
			}
		}
	}
}

func (u *upgrader) shareable(b *block) *application {
	return &application{id: idShareable, name: "shareable", block: b}
}

// definitionBlock returns the definition, nil if there are extensions only.
func (t *typeDecl) definitionBlock() *block {
	for _, b := range t.blocks {
		if !b.extension {
			return b
		}
	}
	return nil
}

// dropTagsOnExternals drops a tag from an external field if the field has it
// where it is resolved: federation 1 wanted it in both places.
func (u *upgrader) dropTagsOnExternals() {
	u.s.eachField(func(f *fieldDecl) {
		if !f.directives.has(idExternal) || !f.directives.has(idTag) {
			return
		}
		f.directives = f.directives.without(func(a *application) bool {
			return a.id == idTag && u.before.others(f.owner, func(other *typeDecl) bool {
				g := other.fieldByName[f.name]
				if g == nil || u.before.marked[g] {
					return false
				}
				for _, tag := range g.directives.all(idTag) {
					if sameValue(tag.arg("name"), a.arg("name")) {
						return true
					}
				}
				return false
			})
		})
	})
}
