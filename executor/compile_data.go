package executor

import (
	"fmt"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// compileData makes the writer of the client's answer, and learns from it which
// shape stands where in the answer.
func (c *compiler) compileData() (err error) {
	c.program.data, err = c.compileObject(&c.plan.Data, c.program.root, nil, 0, 0)
	return err
}

// compileObject makes the writer of one client object whose first record is of
// shape first. path is its place without list indices; steps and tuple count
// what is in use around it.
func (c *compiler) compileObject(in *plan.Object, first *shape, path []fault.Step, steps, tuple int) (*object, error) {
	out := &object{}
	shapes := []*shape{first}
	out.records = append(out.records, recordStep{})
	for i := 1; i < len(in.Records); i++ {
		r := in.Records[i]
		if r.Of < 0 || r.Of >= i {
			return nil, fmt.Errorf("record %d of %s hangs on record %d", i, placeName(path), r.Of)
		}
		at, err := c.link(shapes[r.Of], r.Link)
		if err != nil {
			return nil, fmt.Errorf("record %d of %s: %w", i, placeName(path), err)
		}
		s := c.linked[linkOf{shapes[r.Of], at}]
		if s == nil {
			return nil, fmt.Errorf("record %d of %s: nothing hangs in link %d", i, placeName(path), r.Link)
		}
		out.records = append(out.records, recordStep{r.Of, at})
		shapes = append(shapes, s)
	}
	out.shapes = shapes
	for _, s := range shapes {
		if !s.seen {
			s.seen, s.path = true, path
		}
	}
	tuple += len(shapes)
	c.program.tuple = max(c.program.tuple, tuple)
	if err := c.compileType(in, out, shapes); err != nil {
		return nil, fmt.Errorf("type of %s: %w", placeName(path), err)
	}
	for i := range in.Fields {
		f, err := c.compileField(&in.Fields[i], out, shapes, path, steps, tuple)
		if err != nil {
			return nil, err
		}
		out.fields = append(out.fields, f)
	}
	return out, nil
}

// compileType says how the object's runtime type is found and which types its
// fields tell apart.
func (c *compiler) compileType(in *plan.Object, out *object, shapes []*shape) error {
	if in.Type.Record < 0 {
		c.beside = nil
		out.static = quoted(in.Static)
		return nil
	}
	out.tellApart(in.Fields)
	out.tellApart(c.beside)
	c.beside = nil
	if in.Types != nil {
		out.closed, out.typed = true, true
	}
	for _, name := range in.Types {
		out.shown[out.known(name)] = true
	}
	if !out.typed {
		return nil
	}
	l, err := c.loc(in.Type, shapes)
	out.typ = l
	if err == nil && l.self {
		err = fmt.Errorf("a record is no type")
	}
	return err
}

// tellApart notes which types the fields, and those they are made of, tell
// apart.
func (o *object) tellApart(fields []plan.Field) {
	for i := range fields {
		f := &fields[i]
		if f.On != nil || f.From.Record < 0 && (f.Write == nil || !f.Write.Null && f.Write.Expr == 0) {
			o.typed = true
		}
		for _, name := range f.On {
			o.known(name)
		}
		if f.Write != nil {
			o.tellApart(f.Write.Uses)
		}
	}
}

// known returns the index of a runtime type.
func (o *object) known(name string) int {
	name = quoted(name)
	for i, t := range o.types {
		if t == name {
			return i
		}
	}
	o.types = append(o.types, name)
	o.shown = append(o.shown, false)
	return len(o.types) - 1
}

func (c *compiler) loc(in plan.Loc, shapes []*shape) (loc, error) {
	if in.Record < 0 || in.Record >= len(shapes) {
		return loc{}, fmt.Errorf("no record %d", in.Record)
	}
	out := loc{record: in.Record, self: in.Key == -1}
	if !out.self {
		if in.Key < 0 || in.Key >= len(shapes[in.Record].keys) {
			return loc{}, fmt.Errorf("record %d has no key %d", in.Record, in.Key)
		}
		out.at = uint32(in.Key)
	}
	return out, nil
}

func (c *compiler) compileField(in *plan.Field, o *object, shapes []*shape, path []fault.Step, steps, tuple int) (field, error) {
	text := quoted(in.Name) + ":"
	out := field{key: in.Name, first: text, next: "," + text, guard: in.Guard, unless: in.Unless, lists: in.Lists, nullable: in.Nullable}
	here := append(path[:len(path):len(path)], fault.Step{Key: in.Name})
	// The path of a value: the field, an index per level, and room to report one
	// more step.
	steps += 1 + int(in.Lists)
	c.program.steps = max(c.program.steps, steps+1)
	if in.On != nil && o.static == "" {
		out.on = make([]bool, len(o.types))
		for _, name := range in.On {
			out.on[o.known(name)] = true
		}
	} else if in.On != nil && !oneOf(quotedAll(in.On), []byte(o.static)) {
		out.on = []bool{}
	}
	out.conditional = out.on != nil || out.guard != nil || out.unless != nil
	if in.From.Record < 0 {
		out.typename = true
		return out, c.compileWrite(in, &out, o, shapes, path, steps, tuple)
	}
	var err error
	if out.from, err = c.loc(in.From, shapes); err != nil {
		return field{}, fmt.Errorf("%s: %w", placeName(here), err)
	}
	of := shapes[out.from.record]
	if !out.from.self {
		k := &of.keys[out.from.at]
		if k.client == "" {
			k.client = in.Name
		}
		if k.lists != in.Lists {
			return field{}, fmt.Errorf("%s: %d list levels, its key has %d", placeName(here), in.Lists, k.lists)
		}
		of = k.shape
	}
	if (of != nil) != (in.Object != nil) {
		return field{}, fmt.Errorf("%s: object and leaf mixed up", placeName(here))
	}
	out.plain = in.Object == nil && !out.from.self
	if in.Object != nil {
		if in.Write != nil {
			c.beside = in.Write.Where
		}
		if out.object, err = c.compileObject(in.Object, of, here, steps, tuple); err != nil {
			return field{}, err
		}
	}
	return out, c.compileWrite(in, &out, o, shapes, path, steps, tuple)
}

// compilePlaces gives shapes the client does not see the place of what encloses
// them, and sets and targets the place where their failure is reported.
func (c *compiler) compilePlaces() error {
	for _, s := range c.shapes[1:] {
		path := c.placeShape(s, len(c.shapes))
		for i := range s.keys {
			s.keys[i].place = path
		}
	}
	for i := range c.program.fetches {
		for j := range c.program.fetches[i].sets {
			s := &c.program.fetches[i].sets[j]
			for k := range s.targets {
				s.targets[k].place = s.targets[k].shape.path
			}
			if len(s.targets) > 0 {
				s.place = s.targets[0].place
				s.entities.place = s.place
			}
		}
	}
	return nil
}

// placeShape finds a shape's place through its holders; depth bounds the search
// should a broken plan nest shapes in a circle.
func (c *compiler) placeShape(s *shape, depth int) []fault.Step {
	if !s.seen && depth > 0 {
		for _, holder := range c.holders[s] {
			if path := c.placeShape(holder, depth-1); path != nil {
				s.path = path
				break
			}
		}
		s.seen = true
	}
	return s.path
}

func placeName(path []fault.Step) string {
	if len(path) == 0 {
		return "data"
	}
	return fault.PathString(path)
}
