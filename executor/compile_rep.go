package executor

import (
	"fmt"

	"github.com/weftql/weft/planner/plan"
)

// compileTarget makes a target's conditions and representation.
func (c *compiler) compileTarget(s *plan.Set, in *plan.Target, out *target) (err error) {
	if in.On != nil {
		out.on = quotedAll(in.On)
		if out.typ, err = c.ref(in.Type, out.shape); err != nil {
			return err
		}
	}
	out.open = "{"
	named := len(in.Rep) > 0 && in.Rep[0].Name == "__typename"
	if !named {
		out.open = `{"__typename":` + quoted(s.Type)
	}
	for i := range in.Rep {
		if in.Rep[i].On != nil && out.typ.shape == nil {
			if out.typ, err = c.ref(in.Type, out.shape); err != nil {
				return err
			}
		}
	}
	out.rep, err = c.compileRep(in.Rep, out.shape)
	return err
}

// compileRep makes the members of a representation read from records of s.
func (c *compiler) compileRep(in []plan.RepField, s *shape) ([]repField, error) {
	var out []repField
	for i := range in {
		f := &in[i]
		r := repField{text: quoted(f.Name) + ":", konst: f.Const, must: f.Must}
		if f.On != nil {
			r.on = quotedAll(f.On)
		}
		if f.Const == "" {
			var err error
			if r.from, err = c.ref(f.From, s); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			if err := c.nestRep(f, &r); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// nestRep completes a member whose value is an object or a list.
func (c *compiler) nestRep(f *plan.RepField, r *repField) error {
	of := r.from.shape
	if !r.from.self {
		k := &of.keys[r.from.key]
		r.lists, of = k.lists, k.shape
	}
	if r.nested = len(f.Sub) > 0; !r.nested {
		if of != nil {
			return fmt.Errorf("an object without members")
		}
		return nil
	}
	if of == nil {
		return fmt.Errorf("members of a leaf")
	}
	var err error
	for i := range f.Sub {
		if f.Sub[i].On != nil {
			if r.typ, err = c.ref(f.Type, of); err != nil {
				return err
			}
			break
		}
	}
	r.sub, err = c.compileRep(f.Sub, of)
	return err
}

// isFlat reports whether all targets have representations of the same single
// leafs, whose key can be compared without being written.
func (s *set) isFlat() bool {
	for i := range s.targets {
		t, first := &s.targets[i], &s.targets[0]
		if t.open != first.open || len(t.open) == 1 || len(t.rep) != len(first.rep) {
			return false
		}
		keyed := false
		for j := range t.rep {
			f := &t.rep[j]
			if f.text != first.rep[j].text || f.must != first.rep[j].must || f.konst != "" || f.nested || f.lists > 0 || f.on != nil || f.from.self {
				return false
			}
			keyed = keyed || f.must
		}
		if !keyed {
			return false
		}
	}
	return true
}

// ref resolves a plan.Ref that starts at records of s.
func (c *compiler) ref(in plan.Ref, s *shape) (ref, error) {
	var out ref
	for range in.Up {
		if s.parent == 0 {
			return ref{}, fmt.Errorf("up from a shape that does not know its parent")
		}
		out.up = append(out.up, s.parent)
		holders := c.holders[s]
		if len(holders) == 0 {
			return ref{}, fmt.Errorf("up from a shape nobody encloses")
		}
		s = holders[0]
		for _, other := range holders[1:] {
			if other != s {
				return ref{}, fmt.Errorf("up to more than one shape")
			}
		}
	}
	for _, link := range in.Links {
		at, err := c.link(s, link)
		if err != nil {
			return ref{}, err
		}
		if s = c.linked[linkOf{s, at}]; s == nil {
			return ref{}, fmt.Errorf("nothing hangs in link %d", link)
		}
		out.links = append(out.links, at)
	}
	out.shape, out.self = s, in.Key == -1
	if !out.self {
		if in.Key < 0 || in.Key >= len(s.keys) {
			return ref{}, fmt.Errorf("the shape has no key %d", in.Key)
		}
		out.key = uint32(in.Key)
	}
	return out, nil
}
