package plan

import "fmt"

// answers checks what the client gets.
func (c *checker) answers() {
	c.object(&c.p.Data, []int{1}, "data")
	for i := range c.p.Blocks {
		b := &c.p.Blocks[i]
		where := fmt.Sprintf("block %d", i+1)
		if b.Parent < 0 || b.Parent > i {
			c.fail("%s: its parent %d does not come before it", where, b.Parent)
		}
		c.indices(b.Needs, len(c.p.Fetches), where+" needs")
		c.guard(b.Guard, where)
	}
}

// object checks one object of the answer, found at records of the given shapes.
func (c *checker) object(o *Object, at []int, where string) {
	if len(o.Records) == 0 {
		c.fail("%s: no records", where)
		return
	}
	records := make([][]int, len(o.Records))
	records[0] = at
	for i, record := range o.Records[1:] {
		if record.Of < 0 || record.Of > i {
			c.fail("%s: record %d is linked to record %d", where, i+1, record.Of)
			return
		}
		for _, shape := range records[record.Of] {
			for _, to := range c.leads[place{shape, record.Link}] {
				records[i+1] = addOnce(records[i+1], to)
			}
		}
		if len(records[i+1]) == 0 {
			c.fail("%s: nothing fills link %d of record %d", where, record.Link, record.Of)
		}
	}
	if o.Type.Record >= 0 {
		c.leafAt(o.Type, records, where+" type")
	} else if o.Types != nil {
		c.fail("%s: a static type is checked", where)
	}
	for k := range o.Fields {
		f := &o.Fields[k]
		inner := where + "." + f.Name
		for _, other := range o.Fields[:k] {
			if other.Name == f.Name && overlap(other.On, f.On) && !exclude(other.Guard, f.Guard) && !covers(f.Unless, other.Guard) {
				c.fail("%s: two fields of one name may apply", inner)
			}
		}
		if f.On != nil && o.Type.Record < 0 && o.Static == "" {
			c.fail("%s depends on a type that is not known", inner)
		}
		c.guard(f.Guard, inner)
		c.guard(f.Unless, inner)
		c.field(o, f, records, inner)
	}
}

func (c *checker) field(o *Object, f *Field, records [][]int, where string) {
	if f.Write != nil && !c.write(o, f, records, where) {
		return
	}
	// All ones stand for a value written as it comes, introspection's.
	if f.Nullable != ^uint32(0) && f.Nullable>>(f.Lists+1) != 0 {
		c.fail("%s: nullability of more than %d lists", where, f.Lists)
	}
	switch {
	case f.From.Record == -1:
		if f.Object != nil || o.Static == "" && o.Type.Record < 0 {
			c.fail("%s: the type's name is not known", where)
		}
	case f.From.Record < 0 || f.From.Record >= len(records):
		c.fail("%s: no record %d", where, f.From.Record)
	case f.From.Key == -1:
		if f.Object == nil || f.Lists > 0 {
			c.fail("%s: records of the object around are no leaf and no list", where)
			return
		}
		c.object(f.Object, records[f.From.Record], where)
	case f.Object == nil:
		c.leafAt(f.From, records, where)
	default:
		var below []int
		for _, shape := range records[f.From.Record] {
			key := c.key(shape, f.From.Key)
			if key == nil || key.Shape == 0 || key.Lists != f.Lists {
				c.fail("%s: key %d of shape %d is no object within %d lists", where, f.From.Key, shape, f.Lists)
				continue
			}
			below = addOnce(below, key.Shape)
		}
		if len(below) > 0 {
			c.object(f.Object, below, where)
		}
	}
}

// write checks how a value is rewritten. It returns false for a value that is
// read nowhere.
func (c *checker) write(o *Object, f *Field, records [][]int, where string) bool {
	w := f.Write
	if w.Null || w.Expr > 0 {
		if f.Object != nil || f.Lists > 0 || f.From != (Loc{Record: -1}) {
			c.fail("%s: a value that is made is read too", where)
		}
		for i := range w.Uses {
			c.field(o, &w.Uses[i], records, where+" uses "+w.Uses[i].Name)
		}
		return false
	}
	if w.Item < 0 || w.Cap < 0 || w.Expr < 0 || len(w.Enum)%2 != 0 || len(w.Uses) > 0 {
		c.fail("%s: it is rewritten in no way there is", where)
	}
	if (w.Item > 0 || w.Cap > 0 || len(w.Where) > 0) && f.Lists == 0 {
		c.fail("%s: an item of no list is taken", where)
	}
	if (w.Flat || len(w.Where) > 0) && f.Object == nil {
		c.fail("%s: a leaf is taken for an object", where)
		return true
	}
	for i := range f.objectFields(w.Flat) {
		if f.Object.Fields[i].Name != f.Object.Fields[0].Name {
			c.fail("%s: several fields stand in its place", where)
		}
	}
	for i := range w.Where {
		if at := w.Where[i].From; w.Where[i].Object != nil || at.Record < 0 {
			c.fail("%s: no leaf decides which item is taken", where)
		}
	}
	return true
}

// objectFields are the fields of the value's object, none unless wanted.
func (f *Field) objectFields(wanted bool) []Field {
	if !wanted {
		return nil
	}
	return f.Object.Fields
}

func (c *checker) leafAt(at Loc, records [][]int, where string) {
	if at.Record < 0 || at.Record >= len(records) {
		c.fail("%s: no record %d", where, at.Record)
		return
	}
	for _, shape := range records[at.Record] {
		if key := c.key(shape, at.Key); key == nil || key.Shape != 0 {
			c.fail("%s: key %d of shape %d is no leaf", where, at.Key, shape)
		}
	}
}

// exclude reports whether two guards never hold together.
func exclude(a, b Guard) bool {
	if a == nil || b == nil {
		return false
	}
	for _, x := range a {
		for _, y := range b {
			if (x.Set|y.Set)&(x.Clear|y.Clear) == 0 {
				return false
			}
		}
	}
	return true
}

// covers reports whether a surely holds where b does; a nil a covers nothing.
func covers(a, b Guard) bool {
	for _, y := range b {
		held := false
		for _, x := range a {
			held = held || y.Set&x.Set == x.Set && y.Clear&x.Clear == x.Clear
		}
		if !held {
			return false
		}
	}
	return a != nil && b != nil
}
