package compose

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkGraphQL checks the rules of the GraphQL specification for type systems,
// section 3, except that an extension needs no definition. All are checked and
// each broken one is reported.
func (c *composition) checkGraphQL(s *subgraph) {
	g := &graphqlCheck{c: c, s: s}
	for _, t := range s.types {
		g.typ(t)
	}
	for _, d := range s.definitions {
		g.name(d.name, "@"+d.name, d.pos)
		g.arguments("@"+d.name, d.args)
	}
	g.applications()
	g.implementations()
	g.inputCycles()
	g.shadowedImports()
}

type graphqlCheck struct {
	c *composition
	s *subgraph
	// names is filled by typeNames when the first unknown type needs it, and
	// offered is how many were compared with all of them.
	names   []string
	offered int
}

// maxOffers bounds how many unknown types of a subgraph are compared with all
// others to suggest one. Chosen; where more are unknown, something else is wrong.
const maxOffers = 20

func (g *graphqlCheck) fail(pos *ast.Position, coordinate, format string, args ...any) {
	g.c.fail(InvalidGraphQL, coordinate, fmt.Sprintf(format, args...), place{g.s, pos})
}

// name checks that a name is not one of introspection's.
func (g *graphqlCheck) name(name, coordinate string, pos *ast.Position) {
	if strings.HasPrefix(name, "__") {
		g.fail(pos, coordinate, "The name %s begins with two underscores, which GraphQL reserves. Rename it.", quote(coordinate))
	}
}

func (g *graphqlCheck) typ(t *typeDecl) {
	g.name(t.name, t.name, t.pos)
	switch t.kind {
	case ast.Object, ast.Interface:
		if len(t.fields) == 0 && t != g.s.query {
			g.empty(t, "fields")
		}
		for _, f := range t.fields {
			g.field(f)
		}
	case ast.InputObject:
		if len(t.inputs) == 0 {
			g.empty(t, "input fields")
		}
		for _, f := range t.inputs {
			coordinate := t.name + "." + f.name
			g.name(f.name, coordinate, f.pos)
			g.input(coordinate, &argDecl{name: f.name, typ: f.typ, value: f.value, directives: f.directives, pos: f.pos})
		}
	case ast.Union:
		if len(t.members) == 0 {
			g.empty(t, "members")
		}
		for _, m := range t.members {
			g.member(t, m)
		}
	case ast.Enum:
		if len(t.values) == 0 {
			g.empty(t, "values")
		}
		for _, v := range t.values {
			g.name(v.name, t.name+"."+v.name, v.pos)
			if v.name == "true" || v.name == "false" || v.name == "null" {
				g.fail(v.pos, t.name+"."+v.name, "An enum value cannot be called %s.", v.name)
			}
		}
	}
}

func (g *graphqlCheck) empty(t *typeDecl, what string) {
	g.fail(t.pos, t.name, "The type %s has no %s. Add one or remove the type.", quote(t.name), what)
}

func (g *graphqlCheck) field(f *fieldDecl) {
	coordinate := f.coordinate()
	g.name(f.name, coordinate, f.pos)
	switch kind := g.known(f.typ, coordinate, f.pos); kind {
	case ast.InputObject:
		g.fail(f.pos, coordinate, "The field %s has the type %s, which is %s and can only be used for input.", quote(coordinate), f.typ, kindWord(kind))
	}
	g.arguments(coordinate, f.args)
}

func (g *graphqlCheck) arguments(owner string, args []*argDecl) {
	for _, a := range args {
		coordinate := owner + "(" + a.name + ":)"
		g.name(a.name, coordinate, a.pos)
		g.input(coordinate, a)
	}
}

// input checks an argument or an input field.
func (g *graphqlCheck) input(coordinate string, a *argDecl) {
	kind := g.known(a.typ, coordinate, a.pos)
	if composite(kind) {
		g.fail(a.pos, coordinate, "%s has the type %s, which is %s and can only be used for output.", quote(coordinate), a.typ, kindWord(kind))
		return
	}
	if kind == "" {
		return
	}
	if a.value != nil {
		if problem := g.s.valueProblem(a.value, a.typ); problem != "" {
			g.fail(a.pos, coordinate, "The default of %s is not a valid %s: %s", quote(coordinate), a.typ, problem)
		}
	}
	if a.required() && a.directives.has(idDeprecated) {
		g.fail(a.pos, coordinate, "%s is required and so cannot be deprecated. Make it nullable or give it a default first.", quote(coordinate))
	}
}

// known returns the kind of a type's named type, or reports that it does not
// exist and returns "".
func (g *graphqlCheck) known(t *ast.Type, coordinate string, pos *ast.Position) ast.DefinitionKind {
	for t.Elem != nil {
		t = t.Elem
	}
	kind := g.s.kindOf(t.NamedType)
	if kind == "" {
		if t.Position != nil {
			pos = t.Position
		}
		g.unknown(t.NamedType, coordinate, pos)
	}
	return kind
}

func (g *graphqlCheck) unknown(name, coordinate string, pos *ast.Position) {
	if g.names == nil {
		g.names = append(g.s.typeNames(), "Int", "Float", "String", "Boolean", "ID")
	}
	meant := ""
	if g.offered++; g.offered <= maxOffers {
		meant = didYouMean(name, g.names)
	}
	g.fail(pos, coordinate, "%s refers to the type %s, which does not exist in this subgraph.%s If another subgraph defines it, repeat here what this subgraph needs of it.",
		quote(coordinate), quote(name), meant)
}

func (g *graphqlCheck) member(t *typeDecl, m *reference) {
	switch kind := g.s.kindOf(m.name); kind {
	case ast.Object:
	case "":
		g.unknown(m.name, t.name, m.pos)
	default:
		g.fail(m.pos, t.name, "The union %s has the member %s, which is %s. Only objects can be members.", quote(t.name), quote(m.name), kindWord(kind))
	}
}

// shadowedImports reports elements that are imported but used under their
// namespaced name with a definition of the SDL's own.
func (g *graphqlCheck) shadowedImports() {
	used := g.s.usedNames()
	for _, d := range g.s.document.Directives {
		f, element := g.s.links.defaultName(d.Name, true)
		if f == nil || !used["@"+d.Name] {
			continue
		}
		if i := f.importOf("@" + element); i != nil && i.as != "@"+d.Name {
			g.shadowed("@"+d.Name, i.as, d.Position)
		}
	}
	for _, t := range g.s.types {
		f, element := g.s.links.defaultName(t.name, false)
		if f == nil || !used[t.name] {
			continue
		}
		if i := f.importOf(element); i != nil && i.as != t.name {
			g.shadowed(t.name, i.as, t.pos)
		}
	}
}

func (g *graphqlCheck) shadowed(name, as string, pos *ast.Position) {
	g.c.fail(InvalidLinkDirectiveUsage, name, fmt.Sprintf(
		"%s is defined and used here, but imported as %s. Use the imported name and remove the definition.", quote(name), quote(as)),
		place{g.s, pos})
}

// usedNames returns the types that are referred to and the directives (with @)
// that are applied.
func (s *subgraph) usedNames() map[string]bool {
	used := map[string]bool{}
	if len(s.links.features) == 0 {
		return used
	}
	s.eachElement(func(_ ast.DirectiveLocation, list applications, _ func() string) {
		for _, a := range list {
			used["@"+a.name] = true
		}
	})
	s.eachType(func(t *ast.Type) { used[t.Name()] = true })
	return used
}
