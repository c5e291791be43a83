package overlay

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// The client's schema is printed as a supergraph of one subgraph, and loaded as
// any other: so its ids, views and requirements are made and checked by the code
// that makes everybody's.

const (
	head = `schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  ` + schema.RequirementLinks + ` {
`
	definitions = `directive @link(url: String!, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { CLIENT @join__graph(name: "client", url: "") }
` + schema.RequirementDefinitions
	onGraph = " @join__type(graph: CLIENT)"
)

// print writes the client's schema.
func (m *model) print() string {
	p := &printer{m: m}
	p.b.WriteString(head)
	s := m.base.AST
	for _, root := range []struct {
		word string
		def  *ast.Definition
	}{{"query", s.Query}, {"mutation", s.Mutation}, {"subscription", s.Subscription}} {
		if root.def != nil && !m.byBase[root.def.Name].hidden {
			p.b.WriteString("  " + root.word + ": " + root.def.Name + "\n")
		}
	}
	p.b.WriteString("}\n" + definitions)
	p.directives()
	for _, t := range m.types {
		if !t.hidden && !t.def.BuiltIn {
			p.typ(t)
		}
	}
	return p.b.String()
}

// directives prints the definitions of what clients may write into operations,
// but for those that are GraphQL's own.
func (p *printer) directives() {
	all := p.m.base.AST.Directives
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := all[name]
		var at []string
		for _, l := range d.Locations {
			if executable[l] {
				at = append(at, string(l))
			}
		}
		if at == nil || d.Position == nil || d.Position.Src == nil || d.Position.Src.BuiltIn || !p.m.offered(d) {
			continue
		}
		p.description("", d.Description)
		p.b.WriteString("directive @" + name)
		open := "("
		for _, a := range d.Arguments {
			p.b.WriteString(open + a.Name + ": " + p.m.clientType(a.Type).String())
			open = ", "
			p.fallback(&given{}, a.DefaultValue, a.Type)
		}
		if open == ", " {
			p.b.WriteByte(')')
		}
		if d.IsRepeatable {
			p.b.WriteString(" repeatable")
		}
		p.b.WriteString(" on " + strings.Join(at, " | ") + "\n")
	}
}

// offered reports whether the client has the types of a directive's arguments.
func (m *model) offered(d *ast.DirectiveDefinition) bool {
	for _, a := range d.Arguments {
		if m.gone(a.Type) {
			return false
		}
	}
	return true
}

// executable are the places of directives in operations.
var executable = map[ast.DirectiveLocation]bool{
	ast.LocationQuery: true, ast.LocationMutation: true, ast.LocationSubscription: true, ast.LocationField: true,
	ast.LocationFragmentDefinition: true, ast.LocationFragmentSpread: true, ast.LocationInlineFragment: true,
	ast.LocationVariableDefinition: true,
}

type printer struct {
	m *model
	b strings.Builder
}

func (p *printer) description(indent, text string) {
	if text == "" {
		return
	}
	p.b.WriteString(indent)
	p.b.Write(appendConstant(nil, &ast.Value{Kind: ast.StringValue, Raw: text}))
	p.b.WriteByte('\n')
}

var keywords = map[ast.DefinitionKind]string{
	ast.Scalar: "scalar", ast.Object: "type", ast.Interface: "interface",
	ast.Union: "union", ast.Enum: "enum", ast.InputObject: "input",
}

func (p *printer) typ(t *typ) {
	p.description("", t.def.Description)
	p.b.WriteString(keywords[t.def.Kind] + " " + t.name)
	var implements []string
	for _, name := range t.def.Interfaces {
		if in := p.m.byBase[name]; in != nil && !in.hidden {
			implements = append(implements, in.name)
		}
	}
	if implements != nil {
		p.b.WriteString(" implements " + strings.Join(implements, " & "))
	}
	p.b.WriteString(onGraph)
	for _, name := range implements {
		p.b.WriteString(` @join__implements(graph: CLIENT, interface: "` + name + `")`)
	}
	p.kept(t.def.Directives)
	if t.id != schema.NoType {
		p.b.WriteString(p.m.g.Requirements[p.m.g.Types[t.id].Requirement].Directives())
	}
	p.members(t)
	p.b.WriteByte('\n')
}

// members prints what stands in a type's braces.
func (p *printer) members(t *typ) {
	switch t.def.Kind {
	case ast.Scalar:
	case ast.Union:
		var members []string
		for _, name := range t.def.Types {
			if member := p.m.byBase[name]; member != nil && !member.hidden {
				members = append(members, member.name)
			}
		}
		for _, name := range members {
			p.b.WriteString(` @join__unionMember(graph: CLIENT, member: "` + name + `")`)
		}
		p.b.WriteString(" = " + strings.Join(members, " | "))
	case ast.Enum:
		p.b.WriteString(" {\n")
		for _, v := range t.values {
			if v.hidden {
				continue
			}
			p.description("  ", v.def.Description)
			p.b.WriteString("  " + v.name + " @join__enumValue(graph: CLIENT)")
			p.kept(v.def.Directives)
			p.b.WriteByte('\n')
		}
		p.b.WriteString("}")
	case ast.Object, ast.Interface, ast.InputObject:
		p.b.WriteString(" {\n")
		for _, f := range t.fields {
			if !f.hidden && !f.given.fixed {
				p.field(t, f)
			}
		}
		p.b.WriteString("}")
	}
}

func (p *printer) field(t *typ, f *field) {
	description := f.description
	if description == "" && f.def != nil {
		description = f.def.Description
	}
	p.description("  ", description)
	p.b.WriteString("  " + f.name)
	open := "("
	for _, a := range f.args {
		if a.hidden || a.given.fixed {
			continue
		}
		p.b.WriteString(open + a.name + ": " + p.m.clientType(a.typ).String())
		open = ", "
		var own *ast.Value
		if a.def != nil {
			own = a.def.DefaultValue
		}
		p.fallback(&a.given, own, a.typ)
		if a.def != nil {
			p.kept(a.def.Directives)
		}
	}
	if open == ", " {
		p.b.WriteByte(')')
	}
	p.b.WriteString(": " + p.m.clientType(f.typ).String())
	if t.def.Kind == ast.InputObject {
		p.fallback(&f.given, f.def.DefaultValue, f.typ)
	}
	if f.def != nil {
		p.kept(f.def.Directives)
	}
	if t.def.Kind != ast.InputObject {
		p.b.WriteString(p.m.requirement(t, f).Directives())
	}
	p.b.WriteByte('\n')
}

// fallback prints a default: the overlay's, or the graph's in the client's terms.
func (p *printer) fallback(g *given, own *ast.Value, t *ast.Type) {
	switch {
	case g.fallback != nil:
		p.b.WriteString(" = " + g.fallback.String())
	case own != nil:
		if text, ok := p.m.clientValue(own, t); ok {
			p.b.WriteString(" = " + text)
		}
	}
}

// keptDirectives are those of GraphQL itself that stay with an element.
var keptDirectives = []string{"deprecated", "specifiedBy", "oneOf"}

func (p *printer) kept(list ast.DirectiveList) {
	for _, name := range keptDirectives {
		if d := list.ForName(name); d != nil {
			p.b.WriteString(" @" + name)
			for i, a := range d.Arguments {
				open := ", "
				if i == 0 {
					open = "("
				}
				p.b.WriteString(open + a.Name + ": " + a.Value.String())
			}
			if len(d.Arguments) > 0 {
				p.b.WriteByte(')')
			}
		}
	}
}

// clientValue is a value of the graph's schema in the client's terms; false if
// the client does not have it.
func (m *model) clientValue(v *ast.Value, t *ast.Type) (string, bool) {
	switch v.Kind {
	case ast.ListValue:
		if t.Elem == nil {
			return v.String(), true
		}
		var items []string
		for _, c := range v.Children {
			item, ok := m.clientValue(c.Value, t.Elem)
			if !ok {
				return "", false
			}
			items = append(items, item)
		}
		return "[" + strings.Join(items, ", ") + "]", true
	case ast.EnumValue:
		for _, have := range m.byBase[t.Name()].values {
			if have.def.Name == v.Raw {
				return have.name, !have.hidden
			}
		}
	case ast.ObjectValue:
		named := m.byBase[t.Name()]
		if named.def.Kind != ast.InputObject {
			return v.String(), true
		}
		var members []string
		for _, c := range v.Children {
			f := named.base(c.Name)
			if f == nil || f.hidden || f.given.fixed {
				return "", false
			}
			item, ok := m.clientValue(c.Value, f.typ)
			if !ok {
				return "", false
			}
			members = append(members, f.name+": "+item)
		}
		return "{" + strings.Join(members, ", ") + "}", true
	case ast.Variable, ast.IntValue, ast.FloatValue, ast.StringValue, ast.BlockValue, ast.BooleanValue, ast.NullValue:
	}
	return v.String(), true
}
