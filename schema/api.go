package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// newAPI cuts the API schema: the supergraph without inaccessible elements and
// without everything that belongs to linked features.
func newAPI(g *Supergraph) (*View, error) {
	hidden := &marks{directive: g.linked.directive("inaccessible", "inaccessible")}
	if err := findingsError(checkInaccessible(g.AST, g.linked, hidden)); err != nil {
		return nil, err
	}
	c := &cutter{
		from: g.AST, hidden: hidden,
		dropDirective: func(name string) bool {
			return g.linked.ownsDirective(name) || name == "defer" || name == "stream"
		},
		dropType: g.linked.ownsType,
	}
	return newView(g, c.cut()), nil
}

// findingsError returns findings as a fault.List, each with its coordinate as
// an extension; nil without any.
func findingsError(findings []Finding) error {
	if len(findings) == 0 {
		return nil
	}
	p := &problems{}
	for _, f := range findings[:min(len(findings), maxProblems)] {
		p.add(f.Code, f.Position, "%s", f.Message)
		p.list[len(p.list)-1].Extensions = []byte(`"coordinate":` + strconv.Quote(f.Coordinate))
	}
	return p.err()
}

// newView makes a View of a schema cut from g.
func newView(g *Supergraph, s *ast.Schema) *View {
	v := &View{Supergraph: g, AST: s, Seen: NewBits(len(g.Fields))}
	for i := range g.Types {
		t := &g.Types[i]
		def := s.Types[t.Name]
		if def == nil || len(t.Fields) == 0 {
			continue
		}
		for _, f := range def.Fields {
			if id := g.FieldNamed(t.ID, f.Name); id != NoField {
				v.Seen.Add(int(id))
			}
		}
	}
	return v
}

// cutter copies a schema without some of its elements. Definitions that lose
// nothing are shared with the original.
type cutter struct {
	from          *ast.Schema
	hidden        *marks
	dropDirective func(name string) bool
	dropType      func(name string) bool

	to         *ast.Schema
	directives map[string]bool // definitions that stay
}

// cut returns the reduced schema as gqlparser would load it: with the built-in
// types, PossibleTypes and Implements in SDL order.
func (c *cutter) cut() *ast.Schema {
	c.to = &ast.Schema{
		Types:         make(map[string]*ast.Definition, len(c.from.Types)),
		Directives:    map[string]*ast.DirectiveDefinition{},
		PossibleTypes: map[string][]*ast.Definition{},
		Implements:    map[string][]*ast.Definition{},
		Description:   c.from.Description,
	}
	c.cutDirectives()
	var order []*ast.Definition
	for name, def := range c.from.Types {
		if def.BuiltIn || !c.dropType(name) && !c.hidden.typ(def) {
			c.to.Types[name] = def // replaced below; the names must be known first
			order = append(order, def)
		}
	}
	slices.SortFunc(order, byPosition)
	for i, def := range order {
		if !def.BuiltIn {
			order[i] = c.definition(def)
			c.to.Types[def.Name] = order[i]
		}
	}
	for _, d := range c.from.SchemaDirectives {
		if c.directives[d.Name] {
			c.to.SchemaDirectives = append(c.to.SchemaDirectives, d)
		}
	}
	relate(c.to, order)
	root := func(def *ast.Definition) *ast.Definition {
		if def == nil {
			return nil
		}
		return c.to.Types[def.Name]
	}
	c.to.Query, c.to.Mutation, c.to.Subscription = root(c.from.Query), root(c.from.Mutation), root(c.from.Subscription)
	return c.to
}

// byPosition orders definitions as the text does, built-in ones first.
func byPosition(a, b *ast.Definition) int {
	if a.BuiltIn != b.BuiltIn {
		if a.BuiltIn {
			return -1
		}
		return 1
	}
	if a.Position != nil && b.Position != nil {
		if d := cmp.Compare(a.Position.Start, b.Position.Start); d != 0 {
			return d
		}
	}
	return cmp.Compare(a.Name, b.Name)
}

func (c *cutter) cutDirectives() {
	c.directives = map[string]bool{}
	for _, d := range validator.PreludeDocument().Directives {
		c.to.Directives[d.Name] = d
		c.directives[d.Name] = true
	}
	for name, d := range c.from.Directives {
		if c.directives[name] || c.dropDirective(name) {
			continue
		}
		c.directives[name] = true
		copied := *d
		copied.Arguments = c.arguments("@"+d.Name, d.Arguments)
		c.to.Directives[name] = &copied
	}
}

// relate fills PossibleTypes and Implements. An interface's possible types are
// objects only, as the specification has it.
func relate(s *ast.Schema, order []*ast.Definition) {
	for _, def := range order {
		switch def.Kind {
		case ast.Object:
			s.AddPossibleType(def.Name, def)
			for _, name := range def.Interfaces {
				s.AddPossibleType(name, def)
				s.AddImplements(def.Name, s.Types[name])
			}
		case ast.Interface:
			for _, name := range def.Interfaces {
				s.AddImplements(def.Name, s.Types[name])
			}
		case ast.Union:
			for _, name := range def.Types {
				s.AddPossibleType(def.Name, s.Types[name])
				s.AddImplements(name, def)
			}
		case ast.InputObject:
			s.AddPossibleType(def.Name, def)
		case ast.Scalar, ast.Enum:
		}
	}
}

// definition returns def without what goes; def itself if nothing does.
func (c *cutter) definition(def *ast.Definition) *ast.Definition {
	out := *def
	changed := false
	out.Directives = c.applied(def.Directives)
	changed = len(out.Directives) != len(def.Directives)
	out.Interfaces = slices.DeleteFunc(slices.Clone(def.Interfaces), func(n string) bool { return c.to.Types[n] == nil })
	changed = changed || len(out.Interfaces) != len(def.Interfaces)
	if def.Kind == ast.Union {
		c.members(&out)
		changed = changed || len(out.Types) != len(def.Types)
	}
	out.Fields = make(ast.FieldList, 0, len(def.Fields))
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			if c.hidden.field(def, f) {
				continue
			}
			f = c.field(def, f)
		}
		out.Fields = append(out.Fields, f)
	}
	changed = changed || !slices.Equal(out.Fields, def.Fields)
	out.EnumValues = make(ast.EnumValueList, 0, len(def.EnumValues))
	for _, v := range def.EnumValues {
		if c.hidden.value(def, v) {
			continue
		}
		if d := c.applied(v.Directives); len(d) != len(v.Directives) {
			copied := *v
			copied.Directives = d
			v = &copied
		}
		out.EnumValues = append(out.EnumValues, v)
	}
	if changed || !slices.Equal(out.EnumValues, def.EnumValues) {
		return &out
	}
	return def
}

func (c *cutter) members(out *ast.Definition) {
	types, places := out.Types, out.TypePositions
	out.Types, out.TypePositions = nil, nil
	for i, name := range types {
		if c.to.Types[name] == nil {
			continue
		}
		out.Types = append(out.Types, name)
		if len(places) == len(types) {
			out.TypePositions = append(out.TypePositions, places[i])
		}
	}
}

func (c *cutter) field(def *ast.Definition, f *ast.FieldDefinition) *ast.FieldDefinition {
	dirs := c.applied(f.Directives)
	args := c.arguments(def.Name+"."+f.Name, f.Arguments)
	if len(dirs) == len(f.Directives) && slices.Equal(args, f.Arguments) {
		return f
	}
	out := *f
	out.Directives, out.Arguments = dirs, args
	return &out
}

func (c *cutter) arguments(owner string, list ast.ArgumentDefinitionList) ast.ArgumentDefinitionList {
	if len(list) == 0 {
		return nil
	}
	out := make(ast.ArgumentDefinitionList, 0, len(list))
	for _, a := range list {
		if c.hidden.argument(owner, a) {
			continue
		}
		if d := c.applied(a.Directives); len(d) != len(a.Directives) {
			copied := *a
			copied.Directives = d
			a = &copied
		}
		out = append(out, a)
	}
	return out
}

// applied returns the applications whose definition stays.
func (c *cutter) applied(list ast.DirectiveList) ast.DirectiveList {
	if !slices.ContainsFunc(list, func(d *ast.Directive) bool { return !c.directives[d.Name] }) {
		return list
	}
	var out ast.DirectiveList
	for _, d := range list {
		if c.directives[d.Name] {
			out = append(out, d)
		}
	}
	return out
}
