package mapping

// Shape is what the mapping yields, as far as its text tells. It is the
// caller's.
func (m *Mapping) Shape() *Shape {
	in := input{from: "$", at: &Shape{From: "$"}}
	if m.root.whole != nil {
		return shapeOfPath(m.root.whole, in)
	}
	return shapeOfSelection(m.root, in, true)
}

// input is what is known of $ and @ at one place.
type input struct {
	from  string // the variable that $ comes from
	at    *Shape
	inner bool // of braces: $ is no list
}

// shapeOfSelection is an object with the keys of all items. maps says that what
// it is applied to may be a list.
func shapeOfSelection(s *selection, in input, maps bool) *Shape {
	in.inner = true
	out := &Shape{Kind: ShapeObject, Maps: maps, Offset: s.off}
	if len(s.items) == 1 && s.items[0].naming == anonymous {
		return shapeOfPath(s.items[0].path, in)
	}
	for _, it := range s.items {
		got := shapeOfPath(it.path, in)
		if it.naming == named {
			out.put(ShapeField{Name: it.key, Offset: it.off, Shape: got, Group: it.path.sub != nil})
			continue
		}
		out.merge(got)
	}
	return out
}

// merge adds the keys that a spread has.
func (s *Shape) merge(other *Shape) {
	if other.Kind != ShapeObject {
		s.Open = true
		return
	}
	s.Open = s.Open || other.Open
	for _, f := range other.Fields {
		s.put(f)
	}
}

// put adds a key, unless the shape gets too large: a mapping can use one part
// twice at every level. Of two objects of one name the keys join, of other shapes the
// later counts if they agree.
func (s *Shape) put(f ShapeField) {
	if s.size += 1 + f.Shape.size; s.size > maxShape {
		s.Open = true
		return
	}
	for i := range s.Fields {
		old := &s.Fields[i]
		if old.Name != f.Name {
			continue
		}
		switch {
		case old.Shape.Kind == ShapeObject && f.Shape.Kind == ShapeObject:
			joined := *old.Shape
			joined.Fields = append([]ShapeField(nil), joined.Fields...)
			joined.merge(f.Shape)
			old.Shape = &joined
		case old.Shape.Kind != f.Shape.Kind:
			old.Shape = &Shape{Offset: f.Shape.Offset}
		}
		old.Group = old.Group && f.Group
		return
	}
	s.Fields = append(s.Fields, f)
}

// shapeOfPath follows a path.
func shapeOfPath(p *path, in input) *Shape {
	got := &Shape{Offset: p.off}
	switch p.start {
	case startAt:
		got = in.at
	case startExpr:
		got = shapeOfExpr(p.expr, in)
	case startVariable:
		if !p.local {
			got.From = p.name
		}
		if p.name == "$status" {
			got.Kind = ShapeNumber
		}
	case startDollar:
		got.From = in.from
	}
	for i := range p.steps {
		s := &p.steps[i]
		switch s.kind {
		case stepKey:
			got = got.step(s)
		case stepMethod:
			got = shapeOfCall(s, got, in)
		case stepQuestion:
		}
	}
	if p.sub != nil {
		maps := got.Kind != ShapeObject && (len(p.steps) > 0 || p.start != startDollar || !in.inner)
		return shapeOfSelection(p.sub, input{from: got.element().From, at: got.element()}, maps || got.Maps)
	}
	return got
}

// step is the shape behind a key.
func (s *Shape) step(k *step) *Shape {
	switch s.Kind {
	case ShapeObject:
		for _, f := range s.Fields {
			if f.Name == k.name {
				return f.Shape
			}
		}
	case ShapeList:
		if s.Item != nil {
			return listOf(s.Item.step(k), k.off)
		}
	default:
	}
	return &Shape{Offset: k.off, From: s.From}
}

func shapeOfExpr(x *expr, in input) *Shape {
	switch x.kind {
	case exprLiteral:
		return shapeOfValue(x, in)
	case exprObject:
		return shapeOfObject(x, in)
	case exprList:
		return shapeOfList(x, in)
	case exprPath:
		return shapeOfPath(x.path, in)
	case exprNullish, exprAbsent:
		return oneOf(x.items, in, x.off)
	}
	return &Shape{Offset: x.off}
}

func shapeOfValue(x *expr, in input) *Shape {
	switch x.value.kind {
	case kindObject:
		return shapeOfObject(x, in)
	case kindList:
		return shapeOfList(x, in)
	case kindString:
		return &Shape{Kind: ShapeString, Offset: x.off}
	case kindNumber:
		return &Shape{Kind: ShapeNumber, Offset: x.off}
	case kindTrue, kindFalse:
		return &Shape{Kind: ShapeBoolean, Offset: x.off}
	case kindNull, kindAbsent:
	}
	return &Shape{Kind: ShapeNull, Offset: x.off}
}

func shapeOfObject(x *expr, in input) *Shape {
	out := &Shape{Kind: ShapeObject, Offset: x.off}
	for _, m := range x.props {
		out.put(ShapeField{Name: m.key, Offset: m.off, Shape: shapeOfExpr(m.value, in)})
	}
	return out
}

func shapeOfList(x *expr, in input) *Shape {
	return listOf(oneOf(x.items, in, x.off), x.off)
}

// listOf is a list of items of a shape, which is unknown if it gets too large.
func listOf(item *Shape, off int) *Shape {
	if item.size >= maxShape {
		item = &Shape{Offset: item.Offset, From: item.From}
	}
	return &Shape{Kind: ShapeList, Item: item, Offset: off, size: item.size + 1}
}

// oneOf is the shape that all have, leaving nulls aside.
func oneOf(list []*expr, in input, off int) *Shape {
	shapes := make([]*Shape, len(list))
	for i, x := range list {
		shapes[i] = shapeOfExpr(x, in)
	}
	return common(shapes, off)
}

// common is the shape of a value that has one of several. Objects join their
// keys: each has some of them.
func common(list []*Shape, off int) *Shape {
	var got *Shape
	for _, s := range list {
		switch {
		case s.Kind == ShapeNull:
		case got == nil:
			first := *s
			first.Offset = off
			got = &first
		case got.Kind != s.Kind:
			return &Shape{Offset: off}
		case s.Kind == ShapeObject:
			got.Fields = append([]ShapeField(nil), got.Fields...)
			got.merge(s)
		case s.Kind == ShapeList:
			got = listOf(common([]*Shape{got.element(), s.element()}, off), off)
		}
	}
	if got != nil {
		return got
	}
	if len(list) > 0 {
		return &Shape{Kind: ShapeNull, Offset: off}
	}
	return &Shape{Offset: off}
}

// shapeOfCall is the shape of a method's result.
func shapeOfCall(s *step, at *Shape, in input) *Shape {
	args := input{from: in.from, at: at}
	out := &Shape{Offset: s.off}
	if s.method == nil {
		return out
	}
	if out.Kind = s.method.shape; out.Kind == ShapeList {
		out = listOf(&Shape{Offset: s.off}, s.off)
	}
	switch s.name {
	case "as":
		return at
	case "echo":
		if len(s.args) > 0 {
			return shapeOfExpr(s.args[0], args)
		}
	case "map":
		if len(s.args) > 0 {
			return listOf(shapeOfExpr(s.args[0], input{from: in.from, at: at.element()}), s.off)
		}
	case "match":
		var shapes []*Shape
		for _, pair := range s.args {
			if len(pair.items) == 2 && (pair.kind == exprLiteral || pair.kind == exprList) {
				shapes = append(shapes, shapeOfExpr(pair.items[1], args))
			}
		}
		return common(shapes, s.off)
	case "filter":
		return listOf(at.element(), s.off)
	case "find", "first", "last":
		return at.element()
	case "get":
		if at.Kind == ShapeList || at.Kind == ShapeUnknown {
			return at.element()
		}
	case "slice":
		return at
	case "entries":
		out.Item = &Shape{Kind: ShapeObject, Offset: s.off, Fields: []ShapeField{
			{Name: "key", Offset: s.off, Shape: &Shape{Kind: ShapeString, Offset: s.off}},
			{Name: "value", Offset: s.off, Shape: &Shape{Offset: s.off}},
		}}
	}
	return out
}

// element is the shape of @ in a method that goes over a list.
func (s *Shape) element() *Shape {
	switch {
	case s.Kind == ShapeList && s.Item != nil:
		return s.Item
	case s.Kind == ShapeList:
		return &Shape{Offset: s.Offset}
	}
	return s
}
