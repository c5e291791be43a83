package mapping

// Shape is what the mapping yields, as far as its text tells. It is the
// caller's.
func (m *Mapping) Shape() *Shape {
	if m.root.whole != nil {
		return shapeOfPath(m.root.whole, &Shape{})
	}
	return shapeOfSelection(m.root)
}

// shapeOfSelection is an object with the keys of all items.
func shapeOfSelection(s *selection) *Shape {
	out := &Shape{Kind: ShapeObject, Offset: s.off}
	if len(s.items) == 1 && s.items[0].naming == anonymous {
		return shapeOfPath(s.items[0].path, &Shape{})
	}
	for _, it := range s.items {
		got := shapeOfPath(it.path, &Shape{})
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

// put adds a key. Of two objects of one name the keys join, of other shapes the
// later counts if they agree.
func (s *Shape) put(f ShapeField) {
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

// shapeOfPath follows a path; at is the shape of @.
func shapeOfPath(p *path, at *Shape) *Shape {
	got := &Shape{Offset: p.off}
	switch p.start {
	case startAt:
		got = at
	case startExpr:
		got = shapeOfExpr(p.expr, at)
	case startVariable:
		if p.name == "$status" {
			got.Kind = ShapeNumber
		}
	case startDollar:
	}
	for i := range p.steps {
		s := &p.steps[i]
		switch s.kind {
		case stepKey:
			got = got.step(s)
		case stepMethod:
			got = shapeOfCall(s, got)
		case stepQuestion:
		}
	}
	if p.sub != nil {
		return shapeOfSelection(p.sub)
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
			return &Shape{Kind: ShapeList, Item: s.Item.step(k), Offset: k.off}
		}
	default:
	}
	return &Shape{Offset: k.off}
}

func shapeOfExpr(x *expr, at *Shape) *Shape {
	switch x.kind {
	case exprLiteral:
		return shapeOfValue(x, at)
	case exprObject:
		return shapeOfObject(x, at)
	case exprList:
		return shapeOfList(x, at)
	case exprPath:
		return shapeOfPath(x.path, at)
	case exprNullish, exprAbsent:
		return oneOf(x.items, at, x.off)
	}
	return &Shape{Offset: x.off}
}

func shapeOfValue(x *expr, at *Shape) *Shape {
	switch x.value.kind {
	case kindObject:
		return shapeOfObject(x, at)
	case kindList:
		return shapeOfList(x, at)
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

func shapeOfObject(x *expr, at *Shape) *Shape {
	out := &Shape{Kind: ShapeObject, Offset: x.off}
	for _, m := range x.props {
		out.put(ShapeField{Name: m.key, Offset: m.off, Shape: shapeOfExpr(m.value, at)})
	}
	return out
}

func shapeOfList(x *expr, at *Shape) *Shape {
	return &Shape{Kind: ShapeList, Item: oneOf(x.items, at, x.off), Offset: x.off}
}

// oneOf is the shape that all have, leaving nulls aside.
func oneOf(list []*expr, at *Shape, off int) *Shape {
	shapes := make([]*Shape, len(list))
	for i, x := range list {
		shapes[i] = shapeOfExpr(x, at)
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
		case s.Kind == ShapeList && (got.Item == nil || s.Item == nil):
			got.Item = nil
		case s.Kind == ShapeList:
			got.Item = common([]*Shape{got.Item, s.Item}, off)
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
func shapeOfCall(s *step, in *Shape) *Shape {
	out := &Shape{Offset: s.off}
	if s.method == nil {
		return out
	}
	out.Kind = s.method.shape
	switch s.name {
	case "as":
		return in
	case "echo":
		if len(s.args) > 0 {
			return shapeOfExpr(s.args[0], in)
		}
	case "map":
		if len(s.args) > 0 {
			out.Item = shapeOfExpr(s.args[0], in.element())
		}
	case "match":
		var shapes []*Shape
		for _, pair := range s.args {
			if len(pair.items) == 2 && (pair.kind == exprLiteral || pair.kind == exprList) {
				shapes = append(shapes, shapeOfExpr(pair.items[1], in))
			}
		}
		return common(shapes, s.off)
	case "filter":
		out.Item = in.element()
	case "find", "first", "last":
		if in.Kind == ShapeList || in.Kind == ShapeString {
			return in.element()
		}
	case "slice":
		if in.Kind == ShapeList || in.Kind == ShapeString {
			return in
		}
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
