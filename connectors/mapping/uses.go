package mapping

import "slices"

// Uses returns every place where the mapping reads something that it did not
// make itself, in the order of the text.
func (m *Mapping) Uses() []Use {
	u := &uses{}
	input := &origin{name: "$"}
	if m.root.whole != nil {
		u.path(m.root.whole, input, input)
	} else {
		u.selection(m.root, input)
	}
	return u.list
}

// uses collects.
type uses struct{ list []Use }

// origin is where a value comes from: a variable, or a key of another origin.
// It is nil if the value was made.
type origin struct {
	name  string
	of    *origin // nil of a variable
	depth int
}

func (o *origin) field(name string) *origin {
	if o == nil {
		return nil
	}
	return &origin{name, o, o.depth + 1}
}

func (u *uses) add(o *origin, off int) {
	if o == nil {
		return
	}
	path := make([]string, o.depth)
	for ; o.of != nil; o = o.of {
		path[o.depth-1] = o.name
	}
	u.list = append(u.list, Use{Variable: o.name, Path: path, Offset: off})
}

func (u *uses) selection(s *selection, from *origin) {
	for _, it := range s.items {
		u.path(it.path, from, from)
	}
}

// path reads from the current value at, with dollar as $.
func (u *uses) path(p *path, at, dollar *origin) {
	switch p.start {
	case startDollar:
		at = dollar
	case startAt:
	case startVariable:
		at = &origin{name: p.name}
		if p.local {
			at = nil
		}
	case startExpr:
		u.expr(p.expr, at, dollar)
		at = nil
	}
	for i := range p.steps {
		s := &p.steps[i]
		switch s.kind {
		case stepKey:
			at = at.field(s.name)
		case stepMethod:
			at = u.method(s, at, dollar, p.off)
		case stepQuestion:
		}
	}
	if p.sub == nil || len(p.sub.items) == 0 {
		u.add(at, p.off)
	}
	if p.sub != nil {
		u.selection(p.sub, at)
	}
}

// method is a call on at, which is @ in its arguments. It returns where the
// result is from: elements and characters of at are as good as at.
func (u *uses) method(s *step, at, dollar *origin, off int) *origin {
	const none = -1
	before := none
	switch s.name {
	case "first", "last", "slice":
	case "map", "filter", "find", "echo":
		before = len(u.list)
	default:
		u.add(at, off)
	}
	for _, a := range s.args {
		u.expr(a, at, dollar)
	}
	if before != none && !slices.ContainsFunc(u.list[before:], at.above) {
		u.add(at, off) // how many there are
	}
	switch s.name {
	case "first", "last", "slice", "filter", "find":
		return at
	}
	return nil
}

// above reports whether a use is of o or of a part of it.
func (o *origin) above(use Use) bool {
	if o == nil || len(use.Path) < o.depth {
		return false
	}
	for i := o.depth - 1; i >= 0; i-- {
		if use.Path[i] != o.name {
			return false
		}
		o = o.of
	}
	return use.Variable == o.name
}

func (u *uses) expr(x *expr, at, dollar *origin) {
	for _, m := range x.props {
		u.expr(m.value, at, dollar)
	}
	for _, it := range x.items {
		u.expr(it, at, dollar)
	}
	if x.path != nil {
		u.path(x.path, at, dollar)
	}
}
