package operation

import (
	"maps"
	"slices"

	"github.com/weftql/weft/schema"
)

// Labels returns the override labels that the plan of a selection may depend on,
// for who makes a selection other than [Preparer].
func Labels(g *schema.Supergraph, fields []Field) []string { return labels(g, fields) }

// labels returns the override labels an operation's plan may depend on, sorted.
// A field is in reach if it is selected, or if answering one that is takes it:
// as a leaf of a key of a type passed, of @requires or @provides, as the value
// of a contextual argument, or as the same field of an implementation or of an
// interface object.
func labels(g *schema.Supergraph, fields []Field) []string {
	if len(g.Labels) == 0 {
		return nil
	}
	c := &labelCollector{
		g: g, seen: schema.NewBits(len(g.Fields)), types: schema.NewBits(len(g.Types)),
		contexts: map[schema.ContextArgument]bool{}, found: map[string]bool{},
	}
	c.selected(fields)
	for len(c.todo) > 0 {
		id := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		c.field(id)
	}
	return slices.Sorted(maps.Keys(c.found))
}

// labelCollector is the closure so far. todo holds the fields that are in seen
// but were not looked at yet.
type labelCollector struct {
	g           *schema.Supergraph
	seen, types schema.Bits
	contexts    map[schema.ContextArgument]bool
	todo        []schema.FieldID
	found       map[string]bool
}

func (c *labelCollector) selected(fields []Field) {
	for i := range fields {
		if out := fields[i].Out; out != nil && out.Denied {
			continue // nothing is fetched for it
		}
		c.push(fields[i].Def)
		c.selected(fields[i].Select)
	}
}

func (c *labelCollector) push(id schema.FieldID) {
	if id != schema.NoField && !c.seen.Has(int(id)) {
		c.seen.Add(int(id))
		c.todo = append(c.todo, id)
	}
}

// field notes the labels of a field and adds what planning it may touch.
func (c *labelCollector) field(id schema.FieldID) {
	f := &c.g.Fields[id]
	for i := range f.In {
		in := &f.In[i]
		if in.Label != "" {
			c.found[in.Label] = true
		}
		c.set(in.Requires)
		c.set(in.Provides)
		for _, arg := range in.Contexts {
			c.context(arg)
		}
	}
	owner := &c.g.Types[f.Owner]
	c.pass(owner.ID)
	if f.Result != schema.NoType {
		c.pass(f.Result)
	}
	for t := range owner.Possible.All() {
		c.push(c.g.FieldNamed(schema.TypeID(t), f.Name))
	}
	for _, t := range owner.Interfaces { // may be an interface object somewhere
		c.push(c.g.FieldNamed(t, f.Name))
	}
}

// pass adds the keys of a type and of the types it can be; an object can also
// be entered by a key of its interfaces.
func (c *labelCollector) pass(id schema.TypeID) {
	if c.types.Has(int(id)) {
		return
	}
	c.types.Add(int(id))
	t := &c.g.Types[id]
	c.keys(t)
	for _, i := range t.Interfaces {
		c.keys(&c.g.Types[i])
	}
	for possible := range t.Possible.All() {
		c.pass(schema.TypeID(possible))
	}
}

func (c *labelCollector) keys(t *schema.Type) {
	for i := range t.In {
		for _, key := range t.In[i].Keys {
			c.set(key.Fields)
		}
	}
}

// context adds what a contextual argument reads, for every type that sets its
// context.
func (c *labelCollector) context(arg schema.ContextArgument) {
	if c.contexts[arg] {
		return
	}
	c.contexts[arg] = true
	for i := range c.g.Types {
		t := &c.g.Types[i]
		if !slices.Contains(t.Contexts, arg.Context) {
			continue
		}
		if set, err := c.g.ParseFieldSet(t.ID, arg.Selection); err == nil { // composition checked it
			c.set(set)
		}
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
