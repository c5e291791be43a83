package executor

import (
	"errors"
	"fmt"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// Program is a compiled plan: key tables, request templates, a writer, and one
// prepared call per fetch. It is immutable and safe for concurrent use.
type Program struct {
	executor  *Executor
	kind      plan.Kind
	root      *shape // of the run's own record
	fetches   []fetch
	joins     []join
	targets   int // lists of records
	data      *object
	steps     int // longest client path
	tuple     int // most records in use at once
	omitNulls bool
	inline    bool
}

// fetch is one request of the plan.
type fetch struct {
	index, sub    int
	subgraph      string
	call          subgraphs.Call
	starter       subgraphs.Starter // nil when the call has none
	guard         plan.Guard
	need          int   // how many fetches it waits for
	next          []int // the fetches that wait for it
	variables     []int
	sets          []set
	root          *set  // the set that is data itself, nil for none
	joins         []int // program.joins that wait for it
	context       []contextual
	unconditional bool // it is sent even if no record asks for anything
}

// set is one list of objects a fetch asks for.
type set struct {
	alias, quoted string
	shape         *shape
	guard         plan.Guard
	targets       []target
	apart         bool
	root          bool // data itself
	first         bool // it fills the run's own record
	flat          bool // representations are the same few leafs at all targets
	entities      key  // the list of entities, as a key
	place         []fault.Step
}

// compiler holds what compiling needs besides the program.
type compiler struct {
	plan    *plan.Plan
	program *Program
	shapes  []*shape
	targets int
	// linked says which shape hangs in a link; holders who encloses a shape.
	linked  map[linkOf]*shape
	holders map[*shape][]*shape
	beside  []plan.Field // read of the next object beside its own fields
}

type linkOf struct {
	shape *shape
	slot  uint32
}

// Compile prepares a plan for execution: it calls Prepare once per fetch on the
// source of its subgraph. source returns nil for an unknown subgraph. The plan
// must not change afterwards. The errors are bugs of a planner, or what a
// source returned.
func (x *Executor) Compile(p *plan.Plan, source func(subgraph string) subgraphs.Source) (*Program, error) {
	if len(p.Blocks) > 0 {
		return nil, errors.New("compile plan: deferred blocks are not supported")
	}
	c := &compiler{
		plan:    p,
		program: &Program{executor: x, kind: p.Kind, omitNulls: p.OmitNulls, inline: p.Inline},
		linked:  map[linkOf]*shape{},
		holders: map[*shape][]*shape{},
	}
	for _, step := range []func() error{
		c.compileShapes, c.compileFetches, c.compileHolders, c.compileJoins, c.compileTargets, c.compileData, c.compilePlaces,
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("compile plan: %w", err)
		}
	}
	if err := c.prepare(source); err != nil {
		return nil, err
	}
	c.program.targets = c.targets
	return c.program, nil
}

// compileFetches makes fetches and sets, all but what targets refer to.
func (c *compiler) compileFetches() error {
	root, err := c.shape(1)
	if err != nil {
		return err
	}
	c.program.root = root
	c.program.fetches = make([]fetch, len(c.plan.Fetches))
	for i := range c.plan.Fetches {
		in, out := &c.plan.Fetches[i], &c.program.fetches[i]
		if in.Subgraph < 0 || in.Subgraph >= len(c.plan.Subgraphs) {
			return fmt.Errorf("fetch %d: no subgraph %d", i, in.Subgraph)
		}
		out.index, out.sub, out.subgraph = i, in.Subgraph, c.plan.Subgraphs[in.Subgraph]
		out.guard, out.need, out.variables = in.Guard, len(in.After), in.Variables
		for _, after := range in.After {
			if after < 0 || after >= i {
				return fmt.Errorf("fetch %d: waits for fetch %d", i, after)
			}
			c.program.fetches[after].next = append(c.program.fetches[after].next, i)
		}
		out.sets = make([]set, len(in.Sets))
		for j := range in.Sets {
			if err := c.compileSet(out, &in.Sets[j], &out.sets[j]); err != nil {
				return fmt.Errorf("fetch %d, set %d: %w", i, j, err)
			}
		}
	}
	return nil
}

// compileSet makes a set and enters its links.
func (c *compiler) compileSet(f *fetch, in *plan.Set, out *set) error {
	s, err := c.shape(in.Shape)
	if err != nil {
		return err
	}
	out.alias, out.quoted, out.shape = in.Alias, quoted(in.Alias), s
	out.guard, out.apart = in.Guard, in.Apart
	out.entities = key{name: in.Alias, lists: 1, shape: s}
	if in.Alias == "" {
		if f.root != nil {
			return fmt.Errorf("a second root answer")
		}
		out.root, f.root = true, out
		out.first = true
		for i := range in.Targets {
			out.first = out.first && in.Targets[i].Shape == 0
		}
		if out.first && in.Shape != 1 {
			return fmt.Errorf("shape %d of a root answer without target", in.Shape)
		}
	}
	if out.first {
		f.unconditional = true
		return nil
	}
	for i := range in.Targets {
		t := &in.Targets[i]
		ts, err := c.shape(t.Shape)
		if err != nil {
			return fmt.Errorf("target %d: %w", i, err)
		}
		link, err := c.link(ts, t.Link)
		if err != nil {
			return fmt.Errorf("target %d: %w", i, err)
		}
		at := linkOf{ts, link}
		if other := c.linked[at]; other != nil && other != s {
			return fmt.Errorf("target %d: two shapes in link %d", i, t.Link)
		}
		c.linked[at] = s
		c.collected(ts)
		f.unconditional = f.unconditional || out.root && t.Shape == 1
		out.targets = append(out.targets, target{shape: ts, link: link})
	}
	return nil
}

// link returns the slot of a shape's link.
func (c *compiler) link(s *shape, link int) (uint32, error) {
	end := s.size
	if s.parent != 0 {
		end = s.parent
	}
	at := int(s.links) + link
	if link < 0 || at >= int(end) {
		return 0, fmt.Errorf("the shape has no link %d", link)
	}
	return uint32(at), nil
}

// compileHolders finds who encloses each shape: the shape whose key it stands
// under, or those it is linked to.
func (c *compiler) compileHolders() error {
	for _, s := range c.shapes[1:] {
		for i := range s.keys {
			if child := s.keys[i].shape; child != nil {
				c.holders[child] = append(c.holders[child], s)
			}
		}
	}
	for i := range c.program.fetches {
		for j := range c.program.fetches[i].sets {
			s := &c.program.fetches[i].sets[j]
			for k := range s.targets {
				c.holders[s.shape] = append(c.holders[s.shape], s.targets[k].shape)
			}
		}
	}
	return nil
}

// compileTargets makes representations and context references.
func (c *compiler) compileTargets() error {
	for i := range c.plan.Fetches {
		in, out := &c.plan.Fetches[i], &c.program.fetches[i]
		for j := range out.sets {
			s := &out.sets[j]
			for k := range s.targets {
				if err := c.compileTarget(&in.Sets[j], &in.Sets[j].Targets[k], &s.targets[k]); err != nil {
					return fmt.Errorf("fetch %d, set %d, target %d: %w", i, j, k, err)
				}
			}
		}
		for j := range out.sets {
			out.sets[j].flat = out.sets[j].isFlat()
		}
		if err := c.compileContext(in, out); err != nil {
			return fmt.Errorf("fetch %d: %w", i, err)
		}
	}
	return nil
}

// prepare asks the sources for calls.
func (c *compiler) prepare(source func(string) subgraphs.Source) error {
	for i := range c.plan.Fetches {
		in, out := &c.plan.Fetches[i], &c.program.fetches[i]
		spec := &subgraphs.Spec{Subgraph: out.subgraph, Name: in.Name, Operation: in.Operation, Kind: in.Kind}
		for _, v := range in.Variables {
			if v < 0 || v >= len(c.plan.Variables) {
				return fmt.Errorf("compile plan: fetch %d: no variable %d", i, v)
			}
			spec.Variables = append(spec.Variables, c.plan.Variables[v])
		}
		for j := range in.Sets {
			s := &in.Sets[j]
			if s.Alias == "" {
				spec.Lookup = s.Lookup
				continue
			}
			spec.Sets = append(spec.Sets, subgraphs.SetSpec{Alias: s.Alias, Variable: s.Variable, Type: s.Type, Lookup: s.Lookup})
		}
		src := source(out.subgraph)
		if src == nil {
			return fmt.Errorf("compile plan: no source for subgraph %q", out.subgraph)
		}
		call, err := src.Prepare(spec)
		if err != nil {
			return fmt.Errorf("prepare fetch %d to %s: %w", i, out.subgraph, err)
		}
		out.call = call
		if out.starter, _ = call.(subgraphs.Starter); out.starter == nil {
			c.program.inline = false
		}
	}
	return nil
}

func quotedAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoted(n)
	}
	return out
}
