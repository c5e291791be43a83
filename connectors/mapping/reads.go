package mapping

import (
	"slices"
	"strings"
)

// reader collects what a selection looks at. A nil *reader is of a value that
// does not come from the input, or of which everything is read already.
type reader struct {
	all    bool
	fields map[string]*reader
}

func readsOf(s *selection, out *Output) *Reads {
	r := &reader{}
	if s.whole != nil {
		r.path(s.whole, r, r, out)
	} else {
		r.selection(s, out)
	}
	return r.result()
}

func (r *reader) result() *Reads {
	if r.all {
		return &Reads{All: true}
	}
	list := &Reads{}
	for name, sub := range r.fields {
		list.Fields = append(list.Fields, ReadField{Name: name, Sub: sub.result()})
	}
	slices.SortFunc(list.Fields, func(a, b ReadField) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (r *reader) field(name string) *reader {
	if r == nil {
		return nil
	}
	if r.fields == nil {
		r.fields = map[string]*reader{}
	}
	if r.fields[name] == nil {
		r.fields[name] = &reader{}
	}
	return r.fields[name]
}

func (r *reader) everything() {
	if r != nil {
		r.all = true
	}
}

// selection: a value that is no object and yields nothing is taken as it is,
// but then the reader has seen it.
func (r *reader) selection(s *selection, out *Output) {
	for _, it := range s.items {
		var wanted *Output
		switch {
		case it.naming != named:
			wanted = out
		case out != nil && out.Kind == Object:
			wanted, _ = out.wants(it.key)
		}
		r.path(it.path, r, r, wanted)
	}
}

// path reads from the current value at, with dollar as $.
func (r *reader) path(p *path, at, dollar *reader, out *Output) {
	switch p.start {
	case startDollar:
		at = dollar
	case startAt:
	case startVariable:
		at = nil
	case startExpr:
		r.expr(p.expr, at, dollar)
		at = nil
	}
	for i := range p.steps {
		s := &p.steps[i]
		switch s.kind {
		case stepKey:
			at = at.field(s.name)
		case stepMethod:
			at.everything()
			at = nil
			for _, a := range s.args {
				r.expr(a, nil, dollar)
			}
		case stepQuestion:
		}
	}
	switch {
	case p.sub != nil:
		at.selection(p.sub, out)
	case out != nil && out.Kind == Object:
		at.wanted(out)
	default:
		at.everything()
	}
}

// wanted reads what the writer takes of an object.
func (r *reader) wanted(out *Output) {
	if out == nil || out.Kind != Object {
		r.everything()
		return
	}
	for i := range out.Fields {
		if f := &out.Fields[i]; f.Name != "__typename" || out.Typename == "" {
			r.field(f.Name).wanted(f.Output)
		}
	}
}

func (r *reader) expr(x *expr, at, dollar *reader) {
	for _, m := range x.props {
		r.expr(m.value, at, dollar)
	}
	for _, it := range x.items {
		r.expr(it, at, dollar)
	}
	if x.path != nil {
		r.path(x.path, at, dollar, nil)
	}
}
