package spec

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
)

// selecting is one walk over what a mapping yields and the GraphQL type it must
// become.
type selecting struct {
	*reader
	d *draft
	b strings.Builder
	// room counts the fields down: every object an abstract type can be has them
	// anew, which multiplies with each level.
	room *int
}

// maxSelected bounds the fields of a connector's answer. Chosen; not measured.
const maxSelected = 20_000

// selectOf returns what a connector's answer holds, in GraphQL: what its
// mapping yields of the fields that the type has. "" for a leaf.
func (r *reader) selectOf(d *draft, t *typeDef) string {
	room := maxSelected
	s := &selecting{reader: r, d: d, room: &room}
	shape := d.Selection.Shape()
	if d.field != nil {
		s.fits(shape, d.field.typ, t)
	}
	if !t.composite() {
		if shape != nil && shape.Kind == mapping.ShapeObject && (t.kind == ast.Enum || builtIn[t.name]) {
			s.groupOnLeaf(d.Coordinate, shape, t)
		}
		return ""
	}
	inner := element(shape)
	if inner == nil || inner.Kind != mapping.ShapeObject {
		if inner == nil || inner.Kind != mapping.ShapeNull {
			offset := 0
			if shape != nil {
				offset = shape.Offset
			}
			s.rules.add(GroupSelectionRequiredForObject, d.Coordinate, within(d.selection, offset),
				"%s is %s: name its fields, in braces behind a path.", t.name, kindName[t.kind])
		}
		return "__typename"
	}
	s.object(inner, t, 0)
	return s.b.String()
}

// groupOnLeaf reports fields taken of what has none. The most frequent case is
// a bare name where a value is wanted.
func (s *selecting) groupOnLeaf(coordinate string, shape *mapping.Shape, t *typeDef) {
	s.rules.add(GroupSelectionIsNotObject, coordinate, within(s.d.selection, shape.Offset), "%s is %s and has no fields.%s", t.name, kindName[t.kind], bareName(shape))
}

// element returns the shape of a list's elements, through lists of lists.
func element(shape *mapping.Shape) *mapping.Shape {
	for shape != nil && shape.Kind == mapping.ShapeList {
		shape = shape.Item
	}
	return shape
}

// object writes the fields of an object. A mapping nests up to its own limit.
func (s *selecting) object(shape *mapping.Shape, t *typeDef, depth int) {
	start := s.b.Len()
	if t.abstract() {
		s.abstract(shape, t, depth)
	} else {
		for i := range shape.Fields {
			if f := &shape.Fields[i]; f.Name != "__typename" {
				s.field(f, t, depth, true)
			}
		}
		if shape.Open {
			s.open(shape, t)
		}
	}
	if s.b.Len() == start {
		s.write("__typename")
	}
}

// open writes the leaves that a mapping may have beside those it names: where it
// merges a value of which nothing is known.
func (s *selecting) open(shape *mapping.Shape, t *typeDef) {
	for _, f := range t.fields {
		target := s.named(f.typ)
		if shapeField(shape, f.name) != nil || target == nil || target.composite() || len(f.args) > 0 || len(f.applied) > 0 || f.external {
			continue
		}
		s.seen[f.coordinate()] = true
		s.write(f.name)
	}
}

// abstract writes the fields of each object that a value can be.
func (s *selecting) abstract(shape *mapping.Shape, t *typeDef, depth int) {
	possible := s.possible(t)
	for i := range shape.Fields {
		f := &shape.Fields[i]
		known := f.Name == "__typename" || t.field(f.Name) != nil
		for _, o := range possible {
			known = known || o.field(f.Name) != nil
		}
		if !known {
			s.unknown(f, t)
		}
	}
	for _, o := range possible {
		inner := &selecting{reader: s.reader, d: s.d, room: s.room}
		for i := range shape.Fields {
			if f := &shape.Fields[i]; f.Name != "__typename" && o.field(f.Name) != nil {
				inner.field(f, o, depth, false)
			}
		}
		if inner.b.Len() > 0 {
			s.write("... on " + o.name + " { " + inner.b.String() + " }")
		}
	}
	for i := range shape.Fields {
		if f := t.field(shape.Fields[i].Name); f != nil {
			s.seen[f.coordinate()] = true
		}
	}
}

func (s *selecting) write(text string) {
	if s.b.Len() > 0 && !strings.HasSuffix(s.b.String(), "{ ") {
		s.b.WriteByte(' ')
	}
	s.b.WriteString(text)
}

func (s *selecting) unknown(f *mapping.ShapeField, t *typeDef) {
	s.rules.add(SelectedFieldNotFound, s.d.Coordinate, within(s.d.selection, f.Offset), "%s has no field %q.", t.name, f.Name)
}

func (s *selecting) field(f *mapping.ShapeField, t *typeDef, depth int, report bool) {
	def := t.field(f.Name)
	switch *s.room--; {
	case *s.room < 0:
		return
	case *s.room == 0:
		s.broken.add(InvalidSelection, s.d.Coordinate, within(s.d.selection, f.Offset),
			"The selection has more than %d fields, counting those of interfaces and unions for each type.", maxSelected)
		return
	case def == nil:
		if report {
			s.unknown(f, t)
		}
		return
	}
	s.seen[def.coordinate()] = true
	at := within(s.d.selection, f.Offset)
	if len(def.args) > 0 {
		s.rules.add(ConnectorsFieldWithArguments, s.d.Coordinate, at, "%s has arguments, which this connector does not get. Give the field a connector of its own.", def.coordinate())
		return
	}
	target := s.named(def.typ)
	if target == nil {
		s.rules.add(MissingSchemaType, def.coordinate(), spot{pos: def.pos}, "The type %s is not defined.", def.typ.Name())
		return
	}
	s.fits(f.Shape, def.typ, target)
	inner := element(f.Shape)
	switch object := inner != nil && inner.Kind == mapping.ShapeObject; {
	case !target.composite():
		if object && (target.kind == ast.Enum || builtIn[target.name]) {
			s.groupOnLeaf(s.d.Coordinate, &mapping.Shape{Offset: f.Offset}, target)
		}
		s.write(f.Name)
	case object:
		s.write(f.Name + " { ")
		s.object(inner, target, depth+1)
		s.b.WriteString(" }")
	case inner != nil && inner.Kind == mapping.ShapeNull:
		s.write(f.Name + " { __typename }")
	default:
		s.rules.add(GroupSelectionRequiredForObject, s.d.Coordinate, at, "%s is of type %s, %s: name its fields in braces: %s { … }.",
			def.coordinate(), target.name, kindName[target.kind], f.Name)
	}
}

// fits reports a value that never fits its type.
func (s *selecting) fits(shape *mapping.Shape, typ *ast.Type, t *typeDef) {
	if shape == nil {
		return
	}
	inner := shape
	for ; inner != nil && inner.Kind == mapping.ShapeList; inner = inner.Item {
		if typ.Elem == nil && (t.kind != ast.Scalar || builtIn[t.name]) {
			s.mismatch(shape, typ, "a list")
			return
		}
		if typ.Elem != nil {
			typ = typ.Elem
		}
	}
	if inner == nil {
		return
	}
	what := shapeNames[inner.Kind]
	switch inner.Kind {
	case mapping.ShapeNull:
		if typ.NonNull {
			s.mismatch(inner, typ, what)
		}
	case mapping.ShapeString, mapping.ShapeNumber, mapping.ShapeBoolean:
		if typ.Elem != nil || !takes(t, inner.Kind) {
			s.mismatch(inner, typ, what)
		}
	case mapping.ShapeUnknown, mapping.ShapeObject, mapping.ShapeList:
	}
}

func (s *selecting) mismatch(shape *mapping.Shape, typ *ast.Type, what string) {
	s.rules.add(ShapeMismatch, s.d.Coordinate, within(s.d.selection, shape.Offset), "The mapping yields %s, which a field of type %s never takes.", what, typ)
}

// takes reports whether values of a kind of JSON scalar can become the type.
// Strings may be told to take numbers and booleans, so they are not refused.
func takes(t *typeDef, k mapping.ShapeKind) bool {
	switch {
	case t.composite():
		return true // reported as a missing group
	case t.kind == ast.Enum:
		return k == mapping.ShapeString
	}
	switch t.name {
	case "ID":
		return k != mapping.ShapeBoolean
	case "Int", "Float":
		return k == mapping.ShapeNumber
	case "Boolean":
		return k == mapping.ShapeBoolean
	}
	return true
}
