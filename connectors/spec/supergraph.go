package spec

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// carried are the applications that a supergraph carries as @join__directive.
type carried struct {
	g         *schema.Supergraph
	directive string         // @join__directive here
	graphs    map[string]int // join__Graph value → subgraph
	features  []features     // by subgraph
}

// readCarried reads which subgraphs link connectors. ok is false if none does,
// which is soon told.
func readCarried(g *schema.Supergraph, registered int) (c *carried, ok bool) {
	c = &carried{g: g, directive: joinDirective(g), graphs: map[string]int{}, features: make([]features, registered)}
	if c.directive == "" {
		return nil, false
	}
	for i := range registered {
		c.graphs[g.Subgraphs[i].Enum] = i
	}
	for _, d := range g.AST.SchemaDirectives {
		if d.Name != c.directive {
			continue
		}
		a, graphs := c.read(d)
		for _, i := range graphs {
			c.features[i].read(a)
			ok = ok || c.features[i].linked()
		}
	}
	return c, ok
}

func joinDirective(g *schema.Supergraph) string {
	for _, f := range g.Features() {
		if f.Identity == "https://specs.apollo.dev/join" {
			return f.Directive("directive")
		}
	}
	return ""
}

// read takes a @join__directive apart: the application it stands for, and the
// subgraphs that have it.
func (c *carried) read(d *ast.Directive) (a *application, graphs []int) {
	outer := apply(d)
	a = &application{name: text(outer.arg("name")), pos: d.Position}
	if args := outer.arg("args"); args != nil && args.Kind == ast.ObjectValue {
		a.args = args.Children
	}
	if list := outer.arg("graphs"); list != nil && list.Kind == ast.ListValue {
		for _, v := range list.Children {
			if i, ok := c.graphs[v.Value.Raw]; ok && v.Value.Kind == ast.EnumValue {
				graphs = append(graphs, i)
			}
		}
	}
	return a, graphs
}

// of returns the applications of a subgraph among the directives of an element,
// in the order of the SDL.
func (c *carried) of(subgraph int, list ast.DirectiveList) []*application {
	var found []*application
	for _, d := range list {
		if d.Name != c.directive {
			continue
		}
		a, graphs := c.read(d)
		a.directive = c.features[subgraph].names[a.name]
		if a.directive == notOurs {
			continue
		}
		for _, i := range graphs {
			if i == subgraph {
				found = append(found, a)
				break
			}
		}
	}
	return found
}

// model makes the model of a subgraph.
func (c *carried) model(subgraph int) *model {
	g := c.g
	m := &model{byName: map[string]*typeDef{}, features: c.features[subgraph]}
	m.sources = c.of(subgraph, g.AST.SchemaDirectives)
	for i := range g.Types {
		t := &g.Types[i]
		def := g.AST.Types[t.Name]
		if t.ID == schema.NoType || def == nil {
			continue
		}
		in := t.InSubgraph(subgraph)
		if in == nil && !def.BuiltIn {
			continue
		}
		td := &typeDef{name: t.Name, kind: t.Kind, pos: def.Position, applied: c.of(subgraph, def.Directives)}
		if in != nil {
			td.kind = in.Kind
			for _, id := range in.Interfaces {
				td.interfaces = append(td.interfaces, g.Types[id].Name)
			}
			if t.Kind == ast.Union {
				for id := range in.Possible.All() {
					td.members = append(td.members, g.Types[id].Name)
				}
			}
			for _, k := range in.Keys {
				td.keys = append(td.keys, newKey(k.Fields.Text, k.Resolvable, def.Position))
			}
		}
		td.root = rootOf(g, t.ID)
		c.fields(subgraph, td, t, def)
		m.add(td)
	}
	return m
}

func rootOf(g *schema.Supergraph, t schema.TypeID) ast.Operation {
	for op, root := range map[ast.Operation]schema.TypeID{
		ast.Query: g.Query, ast.Mutation: g.Mutation, ast.Subscription: g.Subscription,
	} {
		if t == root {
			return op
		}
	}
	return ""
}

// fields reads output fields as the subgraph has them, input fields as the
// supergraph has them.
func (c *carried) fields(subgraph int, td *typeDef, t *schema.Type, def *ast.Definition) {
	if def.Kind == ast.InputObject {
		for _, f := range def.Fields {
			td.fields = append(td.fields, &fieldDef{
				owner: td, name: f.Name, typ: f.Type, pos: f.Position, optional: !f.Type.NonNull || f.DefaultValue != nil,
			})
		}
		return
	}
	for _, id := range t.Fields {
		f := &c.g.Fields[id]
		in := f.InSubgraph(subgraph)
		if in == nil {
			continue
		}
		field := &fieldDef{owner: td, name: f.Name, typ: in.Type, external: in.External, pos: f.Definition.Position}
		for _, a := range f.Arguments {
			field.args = append(field.args, &fieldDef{name: a.Name, typ: a.Type, pos: a.Position, optional: !a.Type.NonNull || a.DefaultValue != nil})
		}
		field.applied = c.of(subgraph, f.Definition.Directives)
		td.fields = append(td.fields, field)
	}
}
