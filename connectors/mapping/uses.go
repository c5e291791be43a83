package mapping

import "slices"

// Uses returns every place where the mapping reads something that it did not
// make itself, in the order of the text.
func (m *Mapping) Uses() []Use {
	u := &uses{}
	input := &origin{variable: "$"}
	if m.root.whole != nil {
		u.path(m.root.whole, input, input)
	} else {
		u.selection(m.root, input)
	}
	return u.list
}

// uses collects.
type uses struct{ list []Use }

// origin is where a value comes from; nil if it was made.
type origin struct {
	variable string
	path     []string
}

func (o *origin) field(name string) *origin {
	if o == nil {
		return nil
	}
	return &origin{o.variable, append(slices.Clip(o.path), name)}
}

func (u *uses) add(o *origin, off int) {
	if o != nil {
		u.list = append(u.list, Use{Variable: o.variable, Path: o.path, Offset: off})
	}
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
		at = &origin{variable: p.name}
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
			u.add(at, p.off)
			at = nil
			for _, a := range s.args {
				u.expr(a, nil, dollar)
			}
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
