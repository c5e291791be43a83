package compose

import (
	"fmt"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// shallowTypes makes an empty type for every type of every subgraph. A name
// that stands for two kinds is an error; the first kind goes on, so that the
// rest of the merge can report what else it finds.
func (m *merger) shallowTypes() {
	g := m.graph
	mismatched := map[string]bool{}
	for _, s := range m.subgraphs {
		for _, d := range s.types {
			t := g.byName[d.name]
			if t == nil {
				t = &mergedType{name: d.name, kind: supergraphKind(d), everywhere: d.name == "Query"}
				g.byName[d.name] = t
				g.types = append(g.types, t)
			}
			if t.kind != supergraphKind(d) {
				mismatched[d.name] = true
				continue
			}
			t.sources = append(t.sources, d)
			if d.interfaceObject {
				t.objects = append(t.objects, d)
			}
		}
	}
	typesByName(g.types)
	for _, t := range g.types {
		switch {
		case strings.HasPrefix(t.name, "join__"):
			m.fail(InvalidGraphQL, t.name, fmt.Sprintf(
				"Type %q has a name that begins with \"join__\", which is reserved for the supergraph. Rename it in %s.", t.name, subgraphNames(t.places())), t.places()...)
		case mismatched[t.name]:
			m.failKinds(t)
		case t.kind == ast.Interface && len(t.objects) == len(t.sources):
			m.failNoInterface(t)
		}
	}
}

// supergraphKind is the kind a declaration stands for in the supergraph.
func supergraphKind(d *typeDecl) ast.DefinitionKind {
	if d.interfaceObject {
		return ast.Interface
	}
	return d.kind
}

func (m *merger) failKinds(t *mergedType) {
	var said []saying
	for _, s := range m.subgraphs {
		if d := s.typeByName[t.name]; d != nil {
			said = append(said, saying{kindWords(d), d.place()})
		}
	}
	m.fail(TypeKindMismatch, t.name, fmt.Sprintf(
		"Type %q is of different kinds: %s. Make it the same kind everywhere, or rename it in one of the subgraphs.", t.name, tell(said)), at(said)...)
}

func kindWords(d *typeDecl) string {
	if d.interfaceObject {
		return "an object type with @interfaceObject"
	}
	return kindWord(d.kind)
}

func (m *merger) failNoInterface(t *mergedType) {
	m.fail(InterfaceObjectUsage, t.name, fmt.Sprintf(
		"Type %q is an @interfaceObject in %s, but no subgraph defines the interface. Define interface %q in the subgraph that knows its implementations, or remove @interfaceObject.",
		t.name, subgraphNames(t.places()), t.name), t.places()...)
}

// checkExtensionWithNoBase reports a type that every subgraph only extends.
// Roots need no definition.
func (m *merger) checkExtensionWithNoBase(t *mergedType) {
	if t.root() || len(t.sources) == 0 {
		return
	}
	for _, s := range t.sources {
		for _, b := range s.blocks {
			if !b.extension {
				return
			}
		}
	}
	m.fail(ExtensionWithNoBase, t.name, fmt.Sprintf(
		"Type %q is only extended, by %s; no subgraph defines it. Write \"type\" instead of \"extend type\" in one of them.",
		t.name, subgraphNames(t.places())), t.places()...)
}

// mergeImplements unites what each type implements.
func (m *merger) mergeImplements() {
	for _, t := range m.graph.types {
		for _, s := range t.sources {
			for _, r := range s.interfaces {
				m.implement(t, m.graph.byName[r.name])
			}
		}
	}
	for _, t := range m.graph.types {
		if t.kind != ast.Object {
			continue
		}
		for _, i := range t.interfaces {
			i.implementations = append(i.implementations, t)
		}
	}
}

func (m *merger) implement(t, i *mergedType) {
	if i == nil || i.kind != ast.Interface || t.implements[i.name] {
		return
	}
	if t.implements == nil {
		t.implements = map[string]bool{}
	}
	t.implements[i.name] = true
	t.interfaces = append(t.interfaces, i)
}

// mergeUnions unites the members of each union.
func (m *merger) mergeUnions() {
	for _, t := range m.graph.types {
		if t.kind != ast.Union {
			continue
		}
		m.mergeType(t)
		t.memberOf = map[string]bool{}
		for _, s := range t.sources {
			for _, r := range s.members {
				if !t.memberOf[r.name] {
					t.memberOf[r.name] = true
					t.members = append(t.members, r.name)
				}
			}
		}
		m.hintUnionMembers(t)
	}
}

// hintUnionMembers tells which members some subgraph's union lacks.
func (m *merger) hintUnionMembers(t *mergedType) {
	if len(t.sources) < 2 {
		return
	}
	in := map[string][]place{}
	for _, s := range t.sources {
		for _, r := range s.members {
			in[r.name] = append(in[r.name], place{s.subgraph, r.pos})
		}
	}
	for _, name := range t.members {
		if with := in[name]; len(with) < len(t.sources) {
			m.hint(HintUnionMember, t.name, fmt.Sprintf("Union %q includes %q in %s but not in %s. Clients see the member; a subgraph that does not know it never returns it.",
				t.name, name, subgraphNames(with), subgraphNames(without(t.places(), with))), with...)
		}
	}
}

// mergeRoots drops roots without a field and demands a query.
func (m *merger) mergeRoots() {
	g := m.graph
	for _, name := range []string{"Query", "Mutation", "Subscription"} {
		if t := g.byName[name]; t != nil && t.kind == ast.Object && fieldless(t) {
			m.drop(t)
		}
	}
	if t := g.byName["Query"]; t == nil || t.kind != ast.Object {
		m.fail(NoQueries, "", "No subgraph has a query field. A supergraph needs at least one: add a field to type Query in a subgraph.", m.wholes()...)
	}
}

// fieldless reports whether no subgraph gives the type a field.
func fieldless(t *mergedType) bool {
	for _, s := range t.sources {
		if len(s.fields) > 0 {
			return false
		}
	}
	return true
}

// drop removes a type from the supergraph.
func (m *merger) drop(t *mergedType) {
	g := m.graph
	delete(g.byName, t.name)
	i := sort.Search(len(g.types), func(i int) bool { return g.types[i].name >= t.name })
	g.types = append(g.types[:i], g.types[i+1:]...)
}

// wholes names every subgraph as a whole.
func (m *merger) wholes() []place {
	var all []place
	for _, s := range m.subgraphs {
		all = append(all, place{subgraph: s})
	}
	return all
}
