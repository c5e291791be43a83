package executor

import (
	"fmt"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// shape is a plan.Shape as the parser reads it: the members it expects, in the
// order the request selected them.
type shape struct {
	keys []key
	// size counts the slots of a record: keys, links, the parent.
	size   uint32
	links  uint32 // slot of the first link
	parent uint32 // slot of the enclosing record, 0 when it is not kept
	target int    // list its records are collected in, -1 for none
	// path is the client's place of the objects, without list indices; seen is
	// false while no client object reads the shape.
	path []fault.Step
	seen bool
}

// key is one expected member.
type key struct {
	name  string
	text  string // `"name":`
	at    uint32 // its slot
	lists uint8
	class plan.Class
	enum  []string // legal values, with their quotes
	shape *shape   // nil for a leaf
	quick bool     // a single leaf that may be a string
	// client is the response name of a client's field made from it, "" when only
	// the plan needs the value.
	client string
	// place is where errors about a value the client does not see are reported:
	// at the object.
	place []fault.Step
}

// compileShapes makes the key tables. Shape 0 stays nil.
func (c *compiler) compileShapes() error {
	c.shapes = make([]*shape, len(c.plan.Shapes))
	for i := 1; i < len(c.shapes); i++ {
		c.shapes[i] = &shape{target: -1}
	}
	for i := 1; i < len(c.shapes); i++ {
		s := &c.plan.Shapes[i]
		out := c.shapes[i]
		out.links = uint32(len(s.Keys))
		out.size = out.links + uint32(s.Links)
		if s.Parent {
			out.parent = out.size
			out.size++
		}
		out.size = max(out.size, 1)
		for j := range s.Keys {
			k, err := c.compileKey(&s.Keys[j], uint32(j))
			if err != nil {
				return fmt.Errorf("shape %d: %w", i, err)
			}
			out.keys = append(out.keys, k)
		}
	}
	return nil
}

func (c *compiler) compileKey(k *plan.Key, at uint32) (key, error) {
	out := key{name: k.Name, text: quoted(k.Name) + ":", at: at, lists: k.Lists, class: k.Class}
	if k.Shape != 0 {
		child, err := c.shape(k.Shape)
		if err != nil {
			return key{}, fmt.Errorf("key %s: %w", k.Name, err)
		}
		out.shape = child
	}
	out.quick = k.Shape == 0 && k.Lists == 0 && (k.Class == plan.String || k.Class == plan.ID || k.Class == plan.Any)
	for _, value := range k.Enum {
		out.enum = append(out.enum, quoted(value))
	}
	return out, nil
}

// shape returns the compiled shape of a plan's index.
func (c *compiler) shape(i int) (*shape, error) {
	if i <= 0 || i >= len(c.shapes) {
		return nil, fmt.Errorf("no shape %d", i)
	}
	return c.shapes[i], nil
}

// collected gives the shape a list of its records.
func (c *compiler) collected(s *shape) {
	if s.target < 0 {
		s.target = c.targets
		c.targets++
	}
}

// quoted is a GraphQL name as a JSON string.
func quoted(name string) string { return `"` + name + `"` }
