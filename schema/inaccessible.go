package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// Finding is one rule of @inaccessible that a schema breaks.
type Finding struct {
	Code fault.Code
	// Coordinate is the element at fault: Type.field(arg:).
	Coordinate string
	Message    string
	Position   *ast.Position
}

// CheckInaccessible returns every reason why no API schema can be cut from a
// supergraph schema, in SDL order. The name of @inaccessible is taken from the
// schema's links. [Load] applies the same rules.
func CheckInaccessible(s *ast.Schema) []Finding {
	linked := readFeatures(s, &problems{})
	return checkInaccessible(s, linked, &marks{directive: linked.directive("inaccessible", "inaccessible")})
}

// inaccessibleCheck holds what the rules look at. "Visible" means neither
// hidden itself nor inside something hidden.
type inaccessibleCheck struct {
	s      *ast.Schema
	linked *features
	hidden *marks
	found  []Finding
}

func checkInaccessible(s *ast.Schema, linked *features, hidden *marks) []Finding {
	c := &inaccessibleCheck{s: s, linked: linked, hidden: hidden}
	if s.Query != nil && hidden.typ(s.Query) {
		c.add(QueryRootTypeInaccessible, s.Query.Name, s.Query.Position,
			"%s is the query root and cannot be @inaccessible", s.Query.Name)
	}
	for _, def := range definitionsInOrder(s) {
		switch {
		case linked.ownsType(def.Name):
			c.feature(def)
		case !hidden.typ(def):
			c.definition(def)
		}
	}
	for _, name := range sortedNames(s.Directives) {
		c.directive(s.Directives[name])
	}
	return c.found
}

// definitionsInOrder returns the definitions that are not built in, as the
// text has them.
func definitionsInOrder(s *ast.Schema) []*ast.Definition {
	list := make([]*ast.Definition, 0, len(s.Types))
	for _, def := range s.Types {
		if !def.BuiltIn {
			list = append(list, def)
		}
	}
	slices.SortFunc(list, byPosition)
	return list
}

func (c *inaccessibleCheck) add(code fault.Code, coordinate string, pos *ast.Position, format string, args ...any) {
	c.found = append(c.found, Finding{Code: code, Coordinate: coordinate, Message: fmt.Sprintf(format, args...), Position: pos})
}

// feature refuses marks on what belongs to a specification.
func (c *inaccessibleCheck) feature(def *ast.Definition) {
	deny := func(coordinate string, list ast.DirectiveList) {
		if marked(list, c.hidden.directive) {
			c.add(DisallowedInaccessible, coordinate, def.Position,
				"%s belongs to a linked specification and cannot be @inaccessible", coordinate)
		}
	}
	deny(def.Name, def.Directives)
	for _, f := range def.Fields {
		deny(def.Name+"."+f.Name, f.Directives)
		for _, a := range f.Arguments {
			deny(argumentCoordinate(def.Name+"."+f.Name, a.Name), a.Directives)
		}
	}
	for _, v := range def.EnumValues {
		deny(def.Name+"."+v.Name, v.Directives)
	}
}

func (c *inaccessibleCheck) definition(def *ast.Definition) {
	c.children(def)
	switch def.Kind {
	case ast.Object, ast.Interface:
		for _, f := range def.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				c.outputField(def, f)
			}
		}
	case ast.InputObject:
		for _, f := range def.Fields {
			c.inputField(def, f)
		}
	case ast.Scalar, ast.Union, ast.Enum:
	}
}

// children: something visible must be left of a visible type.
func (c *inaccessibleCheck) children(def *ast.Definition) {
	what, total, left := "fields", 0, 0
	count := func(hidden bool) {
		total++
		if !hidden {
			left++
		}
	}
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			count(c.hidden.field(def, f))
		}
	}
	for _, v := range def.EnumValues {
		what = "values"
		count(c.hidden.value(def, v))
	}
	for _, name := range def.Types {
		what = "members"
		member := c.s.Types[name]
		count(member != nil && c.hidden.typ(member))
	}
	if total > 0 && left == 0 {
		c.add(OnlyInaccessibleChildren, def.Name, def.Position,
			"%s is visible, but all of its %s are inaccessible", def.Name, what)
	}
}

func (c *inaccessibleCheck) outputField(def *ast.Definition, f *ast.FieldDefinition) {
	at := def.Name + "." + f.Name
	if c.hidden.field(def, f) {
		for _, iface := range c.visibleInterfaces(def) {
			if up := iface.Fields.ForName(f.Name); up != nil && !c.hidden.field(iface, up) {
				c.add(ImplementedByInaccessible, at, f.Position,
					"%s is inaccessible, but it implements %s.%s, which is visible", at, iface.Name, f.Name)
			}
		}
		return
	}
	c.reference(at, f.Position, f.Type)
	for _, a := range f.Arguments {
		c.argument(def, f, a)
	}
}

func (c *inaccessibleCheck) visibleInterfaces(def *ast.Definition) []*ast.Definition {
	var out []*ast.Definition
	for _, name := range def.Interfaces {
		if iface := c.s.Types[name]; iface != nil && !c.hidden.typ(iface) {
			out = append(out, iface)
		}
	}
	return out
}

// reference: a visible element cannot have a type that goes.
func (c *inaccessibleCheck) reference(at string, pos *ast.Position, typ *ast.Type) {
	def := c.s.Types[typ.Name()]
	switch {
	case def == nil:
	case c.linked.ownsType(def.Name):
		c.add(ReferencedInaccessible, at, pos, "%s is of type %s, which belongs to a linked specification and is not in the API schema", at, def.Name)
	case c.hidden.typ(def):
		c.add(ReferencedInaccessible, at, pos, "%s is visible, but its type %s is inaccessible", at, def.Name)
	}
}

func (c *inaccessibleCheck) argument(def *ast.Definition, f *ast.FieldDefinition, a *ast.ArgumentDefinition) {
	owner := def.Name + "." + f.Name
	at := argumentCoordinate(owner, a.Name)
	isHidden := c.hidden.argument(owner, a)
	if isHidden && required(a.Type, a.DefaultValue) {
		c.add(RequiredInaccessible, at, a.Position, "%s is inaccessible, but it is required", at)
	}
	for _, iface := range c.visibleInterfaces(def) {
		up := iface.Fields.ForName(f.Name)
		if up == nil || c.hidden.field(iface, up) {
			continue
		}
		above := up.Arguments.ForName(a.Name)
		if above == nil {
			continue
		}
		aboveAt := argumentCoordinate(iface.Name+"."+f.Name, a.Name)
		aboveHidden := c.hidden.argument(iface.Name+"."+f.Name, above)
		switch {
		case isHidden && !aboveHidden:
			c.add(ImplementedByInaccessible, at, a.Position, "%s is inaccessible, but it implements %s, which is visible", at, aboveAt)
		case !isHidden && aboveHidden && required(a.Type, a.DefaultValue):
			c.add(RequiredInaccessible, aboveAt, above.Position, "%s is inaccessible, but it is implemented by %s, which is required", aboveAt, at)
		}
	}
	if !isHidden {
		c.reference(at, a.Position, a.Type)
		c.defaultValue(at, a.Position, a.Type, a.DefaultValue)
	}
}

func (c *inaccessibleCheck) inputField(def *ast.Definition, f *ast.FieldDefinition) {
	at := def.Name + "." + f.Name
	if c.hidden.field(def, f) {
		if required(f.Type, f.DefaultValue) {
			c.add(RequiredInaccessible, at, f.Position, "%s is inaccessible, but it is required", at)
		}
		return
	}
	c.reference(at, f.Position, f.Type)
	c.defaultValue(at, f.Position, f.Type, f.DefaultValue)
}

func required(typ *ast.Type, value *ast.Value) bool { return typ.NonNull && value == nil }

// defaultValue: what a visible default uses must be visible. The depth of
// values is bounded by the parser.
func (c *inaccessibleCheck) defaultValue(at string, pos *ast.Position, typ *ast.Type, v *ast.Value) {
	if v == nil {
		return
	}
	if v.Kind == ast.ListValue {
		elem := typ
		if typ.Elem != nil {
			elem = typ.Elem
		}
		for _, child := range v.Children {
			c.defaultValue(at, pos, elem, child.Value)
		}
		return
	}
	def := c.s.Types[typ.Name()]
	// What a hidden type has needs no report: the reference to the type has one.
	visible := def != nil && !c.hidden.typ(def)
	switch {
	case def == nil:
	case v.Kind == ast.EnumValue && def.Kind == ast.Enum:
		if value := def.EnumValues.ForName(v.Raw); visible && value != nil && c.hidden.value(def, value) {
			c.add(DefaultValueUsesInaccessible, at, pos, "the default of %s uses %s.%s, which is inaccessible", at, def.Name, v.Raw)
		}
	case v.Kind == ast.ObjectValue && def.Kind == ast.InputObject:
		for _, child := range v.Children {
			f := def.Fields.ForName(child.Name)
			if f == nil {
				continue
			}
			if visible && c.hidden.field(def, f) {
				c.add(DefaultValueUsesInaccessible, at, pos, "the default of %s uses %s.%s, which is inaccessible", at, def.Name, f.Name)
				continue
			}
			c.defaultValue(at, pos, f.Type, child.Value)
		}
	}
}

// directive: arguments may be hidden only where clients write the directive.
func (c *inaccessibleCheck) directive(d *ast.DirectiveDefinition) {
	builtIn := d.Position != nil && d.Position.Src != nil && d.Position.Src.BuiltIn
	closed := builtIn || slices.ContainsFunc(d.Locations, typeSystemLocation)
	owned := c.linked.ownsDirective(d.Name)
	for _, a := range d.Arguments {
		at := argumentCoordinate("@"+d.Name, a.Name)
		isHidden := c.hidden.argument("@"+d.Name, a)
		switch {
		case isHidden && (closed || owned):
			c.add(DisallowedInaccessible, at, a.Position, "%s cannot be @inaccessible: @%s is not only for operations", at, d.Name)
		case isHidden && required(a.Type, a.DefaultValue):
			c.add(RequiredInaccessible, at, a.Position, "%s is inaccessible, but it is required", at)
		case !isHidden && !owned && !builtIn:
			c.reference(at, a.Position, a.Type)
			c.defaultValue(at, a.Position, a.Type, a.DefaultValue)
		}
	}
}

func typeSystemLocation(l ast.DirectiveLocation) bool {
	switch l {
	case ast.LocationSchema, ast.LocationScalar, ast.LocationObject, ast.LocationFieldDefinition,
		ast.LocationArgumentDefinition, ast.LocationInterface, ast.LocationUnion, ast.LocationEnum,
		ast.LocationEnumValue, ast.LocationInputObject, ast.LocationInputFieldDefinition, ast.LocationDirectiveDefinition:
		return true
	}
	return false
}
