package mapping

import (
	"cmp"
	"slices"
)

// Uses returns every place where the mapping reads something that it did not
// make itself, in the order of the text. Of a path of more than 64 keys the
// first 64 are told.
func (m *Mapping) Uses() []Use {
	u := &uses{}
	input := &origin{name: "$"}
	if m.root.whole != nil {
		u.path(m.root.whole, origins{at: input, dollar: input})
	} else {
		u.selection(m.root, input, nil)
	}
	slices.SortStableFunc(u.list, func(a, b Use) int { return cmp.Compare(a.Offset, b.Offset) })
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

// origins are those of @, of $ and of the variables that ->as bound.
type origins struct {
	at, dollar *origin
	locals     *boundOrigin
}

type boundOrigin struct {
	name string
	from *origin
	next *boundOrigin
}

func (o *origin) field(name string) *origin {
	if o == nil || o.depth == maxDepth {
		return o
	}
	return &origin{name, o, o.depth + 1}
}

// above reports whether a use is of o or of a part of it.
func (o *origin) above(use Use) bool {
	if o == nil || len(use.Path) < o.depth {
		return false
	}
	for ; o.of != nil; o = o.of {
		if use.Path[o.depth-1] != o.name {
			return false
		}
	}
	return use.Variable == o.name
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

func (u *uses) selection(s *selection, from *origin, locals *boundOrigin) {
	for _, it := range s.items {
		u.path(it.path, origins{from, from, locals})
	}
}

func (u *uses) path(p *path, in origins) {
	switch p.start {
	case startDollar:
		in.at = in.dollar
	case startAt:
	case startVariable:
		in.at = in.variable(p)
	case startExpr:
		u.expr(p.expr, in)
		in.at = nil
	}
	for i := range p.steps {
		s := &p.steps[i]
		switch s.kind {
		case stepKey:
			in.at = in.at.field(s.name)
		case stepMethod:
			in = u.method(s, in, p.off)
		case stepQuestion:
		}
	}
	if p.sub != nil && len(p.sub.items) > 0 {
		u.selection(p.sub, in.at, in.locals)
		return
	}
	u.add(in.at, p.off)
}

// variable is the origin of the variable that a path starts with.
func (in origins) variable(p *path) *origin {
	if p.local {
		for l := in.locals; l != nil; l = l.next {
			if l.name == p.name {
				return l.from
			}
		}
	}
	return &origin{name: p.name}
}

// method is a call on a value, which is @ in its arguments. What it returns is
// for the rest of the path: elements and characters of a value are as good as
// the value.
func (u *uses) method(s *step, in origins, off int) origins {
	before, inside := len(u.list), false
	switch s.name {
	case "first", "last", "slice", "as":
	case "map", "filter", "find", "echo":
		inside = true
	default:
		u.add(in.at, off)
	}
	for i, a := range s.args {
		if i > 0 || s.bind == "" {
			u.expr(a, in)
		}
	}
	if inside && !slices.ContainsFunc(u.list[before:], in.at.above) {
		u.add(in.at, off) // how many there are
	}
	switch s.name {
	case "first", "last", "slice", "filter", "find":
	case "as":
		in.locals = s.bound(in)
	default:
		in.at = nil
	}
	return in
}

// bound are the variables behind a call of ->as.
func (s *step) bound(in origins) *boundOrigin {
	switch {
	case s.bind == "":
		return in.locals
	case len(s.args) == 1:
		return &boundOrigin{s.bind, in.at, in.locals}
	}
	return &boundOrigin{s.bind, nil, in.locals} // its value is told where it is made
}

func (u *uses) expr(x *expr, in origins) {
	for _, m := range x.props {
		u.expr(m.value, in)
	}
	for _, it := range x.items {
		u.expr(it, in)
	}
	if x.path != nil {
		u.path(x.path, in)
	}
}
