package operation

import (
	"sort"

	"github.com/weftql/weft/schema"
)

// labels returns the override labels an operation's plan may depend on: those
// of the fields it selects, of the keys of the types it passes, and of what
// these fields require, transitively.
func labels(g *schema.Supergraph, fields []Field) []string {
	if len(g.Labels) == 0 {
		return nil
	}
	c := &labelCollector{g: g, seen: schema.NewBits(len(g.Fields)), types: schema.NewBits(len(g.Types)), found: map[string]bool{}}
	c.walk(fields)
	for len(c.todo) > 0 {
		id := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		c.one(id)
	}
	var out []string
	for label := range c.found {
		out = append(out, label)
	}
	sort.Strings(out)
	return out
}

type labelCollector struct {
	g           *schema.Supergraph
	seen, types schema.Bits
	todo        []schema.FieldID
	found       map[string]bool
}

func (c *labelCollector) walk(fields []Field) {
	for i := range fields {
		c.push(fields[i].Def)
		c.walk(fields[i].Select)
	}
}

func (c *labelCollector) push(id schema.FieldID) {
	if id != schema.NoField && !c.seen.Has(int(id)) {
		c.seen.Add(int(id))
		c.todo = append(c.todo, id)
	}
}

// one notes the labels of a field and adds what planning it may touch.
func (c *labelCollector) one(id schema.FieldID) {
	f := &c.g.Fields[id]
	for _, in := range f.In {
		if in.Label != "" {
			c.found[in.Label] = true
		}
		c.set(in.Requires)
	}
	owner := &c.g.Types[f.Owner]
	c.passes(owner.ID)
	if f.Result != schema.NoType {
		c.passes(f.Result)
	}
	// A field of an interface is answered by the fields of its implementations.
	for t := range owner.Possible.All() {
		c.push(c.g.FieldNamed(schema.TypeID(t), f.Name))
	}
}

// passes adds the keys of a type and of the types it can be.
func (c *labelCollector) passes(id schema.TypeID) {
	if c.types.Has(int(id)) {
		return
	}
	c.types.Add(int(id))
	t := &c.g.Types[id]
	for _, in := range t.In {
		for _, key := range in.Keys {
			c.set(key.Fields)
		}
	}
	for possible := range t.Possible.All() {
		c.passes(schema.TypeID(possible))
	}
}

func (c *labelCollector) set(s *schema.FieldSet) {
	if s != nil {
		c.selections(s.Select)
	}
}

func (c *labelCollector) selections(list []schema.Selection) {
	for i := range list {
		c.push(list[i].Field)
		c.selections(list[i].Select)
	}
}
