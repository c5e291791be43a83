package overlay

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Renaming. A name means one thing at a time: two elements of one name clash,
// and names that were exchanged in a circle are refused, because nobody who
// reads an operation could tell which is meant.

// renamed returns the name before and after of an element, which are the same
// without @rename or if it is wrong; name is what the file calls it.
func (a applied) renamed(name string) (from, to string, at *ast.Directive) {
	d := a.get(renameDirective)
	if d == nil {
		return name, name, nil
	}
	from, to = a.text(d, "from"), a.text(d, "to")
	switch {
	case (from == "") == (to == ""):
		a.m.add(d.Position, "@rename on %s needs either to or from", a.on)
		return name, name, nil
	case from == "":
		from = name
	default:
		to = name
	}
	switch {
	case from == to:
		a.m.add(d.Position, "@rename on %s gives it the name it has", a.on)
	case !isName(to) || strings.HasPrefix(to, "__"):
		a.m.add(d.Position, "@rename on %s: %q is not a name it can have", a.on, to)
		return name, name, nil
	}
	return from, to, d
}

func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// nameTypes reads what is said about types themselves, and settles their names.
func (m *model) nameTypes() {
	for _, ext := range m.extensions {
		a := m.applied(ext.Directives, onType, ext.Name)
		from, to, d := a.renamed(ext.Name)
		t := m.byBase[from]
		if t == nil {
			if d != nil {
				m.add(d.Position, "@rename on %s: the graph has no type %s%s", ext.Name, from, m.nearType(from))
			}
			continue // told where the extension is applied
		}
		if d != nil {
			m.nameType(t, to, d)
		}
		if h := a.get(hideDirective); h != nil {
			if m.isRoot(t) || t.def.BuiltIn {
				m.add(h.Position, "@hide on %s: a client cannot do without it", ext.Name)
			}
			t.hidden, t.at = true, ext.Position
		}
	}
	names := renames{kind: "type"}
	for _, t := range m.types {
		if !t.hidden {
			names.add(t.def.Name, t.name, t.at)
		}
		m.byClient[t.name] = t
	}
	for _, t := range m.types {
		if t.hidden && m.byClient[t.name] == t {
			delete(m.byClient, t.name)
		}
	}
	for _, t := range m.types { // a clash, or the name of a hidden type taken over
		if !t.hidden {
			m.byClient[t.name] = t
		}
	}
	names.check(m)
}

func (m *model) nameType(t *typ, to string, d *ast.Directive) {
	switch {
	case m.isRoot(t):
		m.add(d.Position, "@rename on %s: the roots keep their names", t.def.Name)
	case t.def.BuiltIn:
		m.add(d.Position, "@rename on %s: it is part of GraphQL", t.def.Name)
	case t.at != nil && t.name != t.def.Name && t.name != to:
		m.add(d.Position, "@rename: %s is renamed to %s and to %s", t.def.Name, t.name, to)
	}
	t.name, t.at = to, d.Position
}

func (m *model) isRoot(t *typ) bool {
	s := m.base.AST
	return t.def == s.Query || t.def == s.Mutation || t.def == s.Subscription
}

// extended returns the type an extension is about, nil if there is none.
func (m *model) extended(ext *ast.Definition) *typ {
	if d := ext.Directives.ForName(renameDirective); d != nil {
		if from := d.Arguments.ForName("from"); from != nil {
			return m.byBase[from.Value.Raw]
		}
	}
	t := m.byBase[ext.Name]
	if t == nil {
		t = m.byClient[ext.Name]
	}
	if t == nil {
		m.add(ext.Position, "the graph has no type %s%s", ext.Name, m.nearType(ext.Name))
	}
	return t
}

// renames checks the names of elements that stand side by side.
type renames struct {
	kind string
	list []rename
}

type rename struct {
	from, to string
	at       *ast.Position
}

// add notes one element; from is "" for one the overlay adds, at nil for one it
// does not mention.
func (r *renames) add(from, to string, at *ast.Position) {
	r.list = append(r.list, rename{from, to, at})
}

// check reports clashes and circles, each once.
func (r *renames) check(m *model) {
	owner := map[string]rename{}
	next := map[string]rename{}
	for _, e := range r.list {
		if other, taken := owner[e.to]; taken {
			at := e.at
			if at == nil || other.at != nil && other.at.Line > at.Line {
				at = other.at
			}
			m.add(at, "two %ss are called %s: %s and %s", r.kind, e.to, describe(other), describe(e))
		}
		owner[e.to] = e
		if e.from != "" && e.from != e.to {
			next[e.from] = e
		}
	}
	done := map[string]bool{}
	for _, e := range r.list {
		circle := []string{e.from}
		at, ok := next[e.from]
		for ; ok && !done[at.from]; at, ok = next[at.to] {
			done[at.from] = true
			if circle = append(circle, at.to); at.to == e.from {
				m.add(e.at, "%ss are renamed in a circle: %s", r.kind, strings.Join(circle, " → "))
				break
			}
		}
	}
}

func describe(e rename) string {
	switch e.from {
	case "":
		return "one that the overlay adds"
	case e.to:
		return "the graph's own"
	}
	return "the graph's " + e.from
}

// extendValues reads what is said about enum values.
func (m *model) extendValues(t *typ, ext *ast.Definition) {
	for _, v := range ext.EnumValues {
		on := ext.Name + "." + v.Name
		a := m.applied(v.Directives, onValue, on)
		from, to, _ := a.renamed(v.Name)
		found := false
		for _, have := range t.values {
			if have.def.Name != from {
				continue
			}
			found = true
			have.name, have.at = to, v.Position
			have.hidden = have.hidden || a.get(hideDirective) != nil
		}
		if !found {
			m.add(v.Position, "%s: the graph's %s has no value %s", on, t.def.Name, from)
		}
	}
}

// checkMembers reports clashes among the members of each type.
func (m *model) checkMembers() {
	for _, t := range m.types {
		values := renames{kind: "value"}
		for _, v := range t.values {
			if !v.hidden {
				values.add(v.def.Name, v.name, v.at)
			}
		}
		values.check(m)
		fields := renames{kind: "field"}
		for _, f := range t.fields {
			if f.hidden {
				continue
			}
			from := ""
			if f.def != nil {
				from = f.def.Name
			}
			fields.add(from, f.name, f.at)
			args := renames{kind: "argument"}
			for _, x := range f.args {
				if x.hidden || x.given.fixed {
					continue
				}
				was := x.name
				if x.def != nil {
					was = x.def.Name
				}
				args.add(was, x.name, x.at)
			}
			args.check(m)
		}
		fields.check(m)
	}
}

// checkInterfaces checks that types still have the fields of the interfaces they
// implement: what is said of one must be said of the other.
func (m *model) checkInterfaces() {
	for _, t := range m.types {
		if t.hidden {
			continue
		}
		for _, name := range t.def.Interfaces {
			in := m.byBase[name]
			if in == nil || in.hidden {
				continue
			}
			for _, f := range in.fields {
				if f.hidden {
					continue
				}
				if own := t.client(f.name); own == nil || !m.implements(own.typ, f.typ) {
					m.add(m.placeOfMember(t, f), "%s has no field %s: %s as the interface %s has", t.name, f.name, m.clientType(f.typ), in.name)
				}
			}
		}
	}
}

// implements reports whether a field of type t can stand for one of type as.
func (m *model) implements(t, as *ast.Type) bool {
	if as.NonNull && !t.NonNull || (t.Elem == nil) != (as.Elem == nil) {
		return false
	}
	if t.Elem != nil {
		return m.implements(t.Elem, as.Elem)
	}
	if t.NamedType == as.NamedType {
		return true
	}
	abstract := m.byBase[as.NamedType]
	return m.g.Types[abstract.id].Possible.Has(int(m.g.TypeNamed(t.NamedType))) || contains(m.byBase[t.NamedType].def.Interfaces, as.NamedType)
}

// placeOfMember is where the file speaks of a field that a type lacks, or of the
// interface's.
func (m *model) placeOfMember(t *typ, f *field) *ast.Position {
	for _, own := range t.fields {
		if f.def != nil && own.def != nil && own.def.Name == f.def.Name && own.at != nil {
			return own.at
		}
		if own.name == f.name && own.at != nil {
			return own.at
		}
	}
	return f.at
}
