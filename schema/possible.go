package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// readPossible fills interfaces, members and enum values: of the supergraph,
// and of each subgraph.
func (r *reader) readPossible() {
	g := r.g
	for i := range g.Types {
		t := &g.Types[i]
		switch t.Kind {
		case ast.Object, ast.Interface:
			r.implementsOf(t)
		case ast.Union:
			r.membersOf(t)
		case ast.Enum:
			r.valuesOf(t)
		case ast.Scalar, ast.InputObject:
		}
	}
}

// possible returns the set to add to, making it on first use.
func (r *reader) possible(b *Bits) *Bits {
	if *b == nil {
		*b = NewBits(len(r.g.Types))
	}
	return b
}

func (r *reader) implementsOf(t *Type) {
	g := r.g
	def := g.AST.Types[t.Name]
	for _, name := range def.Interfaces {
		if id := g.typeByName[name]; id != NoType {
			t.Interfaces = append(t.Interfaces, id)
		}
	}
	for _, d := range def.Directives {
		if d.Name != r.join.implements {
			continue
		}
		s, ok := r.graphArg(d)
		if !ok {
			continue
		}
		iface := g.typeByName[stringArg(d, "interface")]
		in := t.InSubgraph(s)
		if in == nil || iface == NoType || g.Types[iface].Kind != ast.Interface || !slices.Contains(t.Interfaces, iface) {
			r.add(InvalidSupergraph, d.Position, "@%s of %s does not fit: subgraph %q, interface %q",
				d.Name, t.Name, g.Subgraphs[s].Name, stringArg(d, "interface"))
			continue
		}
		if !slices.Contains(in.Interfaces, iface) {
			in.Interfaces = append(in.Interfaces, iface)
		}
	}
	if t.Kind == ast.Interface {
		r.possible(&t.Possible)
		for i := range t.In {
			if !t.In[i].InterfaceObject {
				r.possible(&t.In[i].Possible)
			}
		}
		return
	}
	r.objectIsPossible(t)
}

// objectIsPossible enters an object in its own set and in those of its
// interfaces.
func (r *reader) objectIsPossible(t *Type) {
	g := r.g
	// One set for the type and all its subgraphs: a set each would cost
	// types × subgraphs × types bits.
	t.Possible.Add(int(t.ID))
	for _, iface := range t.Interfaces {
		r.possible(&g.Types[iface].Possible).Add(int(t.ID))
	}
	for i := range t.In {
		in := &t.In[i]
		in.Possible = t.Possible
		for _, iface := range in.Interfaces {
			there := g.Types[iface].InSubgraph(in.Subgraph)
			if there != nil && !there.InterfaceObject {
				r.possible(&there.Possible).Add(int(t.ID))
			}
		}
	}
}

// membersOf reads a union. Before join v0.3, and where a composer left them
// out, nothing says which subgraph has which member: a member is then in every
// subgraph of the union that knows it.
func (r *reader) membersOf(t *Type) {
	g := r.g
	def := g.AST.Types[t.Name]
	r.possible(&t.Possible)
	for i := range t.In {
		r.possible(&t.In[i].Possible)
	}
	for _, name := range def.Types {
		if id := g.typeByName[name]; id != NoType {
			t.Possible.Add(int(id))
		}
	}
	found := false
	for _, d := range def.Directives {
		if d.Name != r.join.unionMember {
			continue
		}
		found = true
		s, ok := r.graphArg(d)
		if !ok {
			continue
		}
		member := g.typeByName[stringArg(d, "member")]
		in := t.InSubgraph(s)
		if in == nil || member == NoType || !t.Possible.Has(int(member)) {
			r.add(InvalidSupergraph, d.Position, "@%s of %s does not fit: subgraph %q, member %q",
				d.Name, t.Name, g.Subgraphs[s].Name, stringArg(d, "member"))
			continue
		}
		in.Possible.Add(int(member))
	}
	if found {
		return
	}
	for i := range t.In {
		in := &t.In[i]
		for m := range t.Possible.All() {
			if g.Types[m].InSubgraph(in.Subgraph) != nil {
				in.Possible.Add(m)
			}
		}
	}
}

// valuesOf reads an enum: a value without @join__enumValue is everywhere.
func (r *reader) valuesOf(t *Type) {
	for _, v := range r.g.AST.Types[t.Name].EnumValues {
		found := false
		for _, d := range v.Directives {
			if d.Name != r.join.enumVal {
				continue
			}
			found = true
			s, ok := r.graphArg(d)
			if !ok {
				continue
			}
			if in := t.InSubgraph(s); in != nil {
				in.Values = append(in.Values, v.Name)
			} else {
				r.add(InvalidSupergraph, d.Position, "%s.%s is said to be in subgraph %q, which has no enum %s",
					t.Name, v.Name, r.g.Subgraphs[s].Name, t.Name)
			}
		}
		if !found {
			for i := range t.In {
				t.In[i].Values = append(t.In[i].Values, v.Name)
			}
		}
	}
}
