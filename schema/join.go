package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// joinNames are the local names of the join specification's elements.
type joinNames struct {
	version                                             int // minor; the major is 0
	graphEnum                                           string
	graph, typ, field, implements, unionMember, enumVal string
}

// readJoin finds the join specification, whose presence makes a schema a
// supergraph.
func readJoin(linked *features, p *problems) joinNames {
	f := linked.named("join")
	if f == nil {
		if len(p.list) == 0 {
			p.add(InvalidSupergraph, nil, "not a supergraph: it does not link %sjoin", specsHost)
		}
		return joinNames{}
	}
	if !f.known() {
		p.add(InvalidSupergraph, f.position, "join v%s is not supported; weft reads join v0.2 to v0.5", f.version())
	}
	return joinNames{
		version: f.Minor, graphEnum: f.Type("Graph"), graph: f.Directive("graph"),
		typ: f.Directive("type"), field: f.Directive("field"),
		implements:  f.Directive("implements"),
		unionMember: f.Directive("unionMember"), enumVal: f.Directive("enumValue"),
	}
}

// reader fills one Supergraph from its AST, phase by phase.
type reader struct {
	*problems
	linked *features
	join   joinNames
	g      *Supergraph

	graphs map[string]int // join__Graph value → subgraph
	// sets keeps parsed field sets by owner and text: the same key stands in
	// many subgraphs, and every reader may share the result.
	sets map[setKey]*FieldSet
	// texts keeps the syntax of field sets by text.
	texts map[string]ast.SelectionSet
}

// readGraphs reads the join__Graph enum into Subgraphs, sorted by name. The
// enum's own value names are only handles.
func (r *reader) readGraphs() {
	def := r.g.AST.Types[r.join.graphEnum]
	if def == nil || def.Kind != ast.Enum {
		r.add(InvalidSupergraph, nil, "enum %s, which lists the subgraphs, is missing", r.join.graphEnum)
		return
	}
	seen := map[string]bool{}
	for _, v := range def.EnumValues {
		d := v.Directives.ForName(r.join.graph)
		if d == nil || stringArg(d, "name") == "" {
			r.add(InvalidSupergraph, v.Position, "%s.%s has no @%s(name:)", def.Name, v.Name, r.join.graph)
			continue
		}
		name := stringArg(d, "name")
		if seen[name] {
			r.add(InvalidSupergraph, v.Position, "subgraph %q is listed twice", name)
			continue
		}
		seen[name] = true
		r.g.Subgraphs = append(r.g.Subgraphs, Subgraph{Name: name, URL: stringArg(d, "url"), Enum: v.Name, Merges: true})
	}
	slices.SortFunc(r.g.Subgraphs, func(a, b Subgraph) int { return cmp.Compare(a.Name, b.Name) })
	r.graphs = make(map[string]int, len(r.g.Subgraphs))
	for i := range r.g.Subgraphs {
		r.g.Subgraphs[i].Of = i
		r.graphs[r.g.Subgraphs[i].Enum] = i
	}
}

// graphArg returns the subgraph that a join directive names; ok is false, and
// a problem noted unless the argument is absent, if it names none.
func (r *reader) graphArg(d *ast.Directive) (subgraph int, ok bool) {
	enum := stringArg(d, "graph")
	if enum == "" {
		return 0, false
	}
	i, ok := r.graphs[enum]
	if !ok {
		r.add(InvalidSupergraph, d.Position, "@%s names the subgraph %s, which %s does not list", d.Name, enum, r.join.graphEnum)
	}
	return i, ok
}

// readTypes fills Types, their In with kinds and keys, and the name index.
func (r *reader) readTypes() {
	var names []string
	for name := range r.g.AST.Types {
		if !strings.HasPrefix(name, "__") && !r.linked.ownsType(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	hidden := r.linked.directive("inaccessible", "inaccessible")
	setter := r.linked.directive("context", "context")
	r.g.Types = make([]Type, 1, len(names)+1)
	r.g.typeByName = make(map[string]TypeID, len(names))
	for _, name := range names {
		def := r.g.AST.Types[name]
		t := Type{
			ID: TypeID(len(r.g.Types)), Name: name, Kind: def.Kind,
			Inaccessible: hidden != "" && def.Directives.ForName(hidden) != nil,
		}
		if setter != "" {
			for _, d := range def.Directives {
				if d.Name == setter {
					t.Contexts = append(t.Contexts, stringArg(d, "name"))
				}
			}
		}
		if !def.BuiltIn {
			t.In = r.typesIn(def)
		}
		r.g.typeByName[name] = t.ID
		r.g.Types = append(r.g.Types, t)
	}
}

// typesIn reads the @join__type applications of a type. Without any, the type
// is in every subgraph.
func (r *reader) typesIn(def *ast.Definition) []TypeIn {
	at := make([]int, len(r.g.Subgraphs)) // index into in, plus one
	var in []TypeIn
	entry := func(s int) *TypeIn {
		if at[s] == 0 {
			in = append(in, TypeIn{Subgraph: s, Kind: def.Kind})
			at[s] = len(in)
		}
		return &in[at[s]-1]
	}
	found := false
	for _, d := range def.Directives {
		if d.Name != r.join.typ {
			continue
		}
		found = true
		s, ok := r.graphArg(d)
		if !ok {
			continue
		}
		t := entry(s)
		if boolArg(d, "isInterfaceObject", false) {
			t.InterfaceObject, t.Kind = true, ast.Object
		}
		if key := stringArg(d, "key"); key != "" {
			// Resolved in readFieldSets, once every field has its id.
			t.Keys = append(t.Keys, Key{
				Fields:     &FieldSet{Text: key},
				Resolvable: boolArg(d, "resolvable", true), Extension: boolArg(d, "extension", false),
			})
		}
	}
	if !found {
		for s := range r.g.Subgraphs {
			entry(s)
		}
	}
	slices.SortFunc(in, func(a, b TypeIn) int { return a.Subgraph - b.Subgraph })
	return in
}

// readLookups lists the resolvable keys as ways into their types.
func (r *reader) readLookups() {
	g := r.g
	for i := range g.Types {
		t := &g.Types[i]
		for _, in := range t.In {
			n := 0
			for _, k := range in.Keys {
				if !k.Resolvable || k.Fields == nil {
					continue
				}
				g.Lookups = append(g.Lookups, Lookup{
					ID:       t.Name + "@" + g.Subgraphs[in.Subgraph].Name + "#" + strconv.Itoa(n),
					Subgraph: in.Subgraph, Type: t.ID, Key: k.Fields,
				})
				n++
			}
		}
	}
}

// readLabels collects the @override labels and puts each on both of its
// sides: some composers print it on the overriding side only.
func (r *reader) readLabels() {
	g := r.g
	byName := make(map[string]int, len(g.Subgraphs))
	for i, s := range g.Subgraphs {
		byName[s.Name] = i
	}
	for i := range g.Fields {
		f := &g.Fields[i]
		for _, in := range f.In {
			if in.Label == "" {
				continue
			}
			g.Labels = append(g.Labels, in.Label)
			if in.Override == "" {
				continue
			}
			if from, ok := byName[in.Override]; ok {
				if other := f.InSubgraph(from); other != nil && other.Override == "" {
					other.Label, other.UsedOverridden = in.Label, false
				}
			}
		}
	}
	slices.Sort(g.Labels)
	g.Labels = slices.Compact(g.Labels)
}

func (r *reader) readRoots() {
	root := func(def *ast.Definition) TypeID {
		if def == nil {
			return NoType
		}
		return r.g.typeByName[def.Name]
	}
	r.g.Query = root(r.g.AST.Query)
	r.g.Mutation = root(r.g.AST.Mutation)
	r.g.Subscription = root(r.g.AST.Subscription)
	if r.g.Query == NoType {
		r.add(InvalidSupergraph, nil, "the schema has no query root type")
	}
}
