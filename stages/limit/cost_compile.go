package limit

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// program is what an operation costs as a function of its values. It is
// compiled once per operation and shared.
type program struct {
	base int64 // of the operation itself
	root selection
	// fixed says that no value matters; total is the cost then.
	fixed bool
	total int64
	// conditions are Operation.Conditions.
	conditions []int
	// subgraphs are programs of what single subgraphs are asked.
	subgraphs []budget
}

// budget is what one subgraph may cost.
type budget struct {
	name    string
	most    int64
	program *program
}

// selection is the fields of an object. Of an abstract type, some apply to some
// objects only: choices are the sets of them that can occur together, and the
// dearest counts.
type selection struct {
	nodes   []node
	always  []int
	choices [][]int
}

// node is one field: what it counts is
//
//	size · (each + selection) + arguments
type node struct {
	response string
	each     int64
	args     int64 // of arguments that no value changes
	terms    []term
	list     bool
	size     size
	guard    plan.Guard
	below    selection
	// fixed says that no value matters; total is the cost then.
	fixed bool
	total int64
}

// term is an argument, or a part of one, that a variable gives.
type term struct {
	variable int
	in       *input
}

// size is the number of items of a list: of the first that has a say.
type size struct {
	fixed  int64 // where there is nothing to slice by
	given  []reference
	sizes  *sizes // of given
	absent int64  // without a slicing argument; -1 if nothing is known
}

// reference is a value within a variable, or a constant one.
type reference struct {
	variable int // -1: constant
	path     []string
	constant int64
	none     bool // there is no value
}

// compiler compiles one operation.
type compiler struct {
	weights     *weights
	op          *operation.Operation
	index       map[string]int // of variables
	defaultSize int64
	// only is the subgraph whose fields alone count, -1 for all.
	only int
}

// compile returns the program of an operation.
func (w *weights) compile(op *operation.Operation, defaultSize int64, only int) *program {
	c := &compiler{weights: w, op: op, index: make(map[string]int, len(op.Variables)), defaultSize: defaultSize, only: only}
	for i, v := range op.Variables {
		c.index[v.Name] = i
	}
	p := &program{conditions: op.Conditions}
	if op.Kind == plan.Mutation && only < 0 {
		p.base = 10
	}
	p.root = c.selection(op.Select, nil, -1)
	if p.fixed = p.root.fixed(); p.fixed {
		p.total = max(0, bounded(p.base+p.root.cost(&run{})))
	}
	return p
}

// pending is a list below the field at hand whose size a @listSize above gives.
type pending struct {
	path []string
	size size
}

// selection compiles the fields of an object. at is the subgraph it is in.
func (c *compiler) selection(fields []operation.Field, sized []pending, at int) selection {
	var s selection
	fields = asked(fields)
	for i := range fields {
		if f := &fields[i]; f.Def != schema.NoField && (f.Out == nil || !f.Out.Denied) {
			s.nodes = append(s.nodes, c.node(f, sized, at))
			if f.On == nil {
				s.always = append(s.always, len(s.nodes)-1)
			}
		}
	}
	if len(s.always) < len(s.nodes) {
		s.choose(fields)
	}
	return s
}

// asked lists what is asked of an object: a field that a client profile computes
// stands for what it is computed from.
func asked(fields []operation.Field) []operation.Field {
	virtual := func(f operation.Field) bool { return f.Out != nil && f.Out.Virtual && !f.Out.Denied }
	if !slices.ContainsFunc(fields, virtual) {
		return fields
	}
	var out []operation.Field
	for _, f := range fields {
		if !virtual(f) {
			out = append(out, f)
			continue
		}
		for _, hidden := range f.Select {
			if hidden.On == nil {
				hidden.On = f.On
			}
			if hidden.Guard == nil {
				hidden.Guard = f.Guard
			}
			out = append(out, hidden)
		}
	}
	return out
}

// maxChoices bounds the sets told apart; with more of them all fields count.
const maxChoices = 64

// choose fills choices: objects for which the same fields apply are one choice.
func (s *selection) choose(fields []operation.Field) {
	var on []schema.Bits // by node
	var all schema.Bits
	for i := range fields {
		if f := &fields[i]; f.Def != schema.NoField && (f.Out == nil || !f.Out.Denied) {
			on = append(on, f.On)
			for id := range f.On.All() {
				all.Add(id)
			}
		}
	}
	for id := range all.All() {
		var choice []int
		for i, types := range on {
			if types != nil && types.Has(id) {
				choice = append(choice, i)
			}
		}
		if !slices.ContainsFunc(s.choices, func(other []int) bool { return slices.Equal(choice, other) }) {
			s.choices = append(s.choices, choice)
		}
		if len(s.choices) > maxChoices {
			s.choices, s.always = nil, nil
			for i := range s.nodes {
				s.always = append(s.always, i)
			}
			return
		}
	}
}

func (c *compiler) node(f *operation.Field, sized []pending, at int) node {
	w := c.weights.field(f.Def)
	n := node{response: f.Response, each: w.each, list: w.list, guard: f.Guard}
	at = c.place(f.Def, at)
	counts := c.only < 0 || at == c.only
	if !counts {
		n.each = 0
	}
	for _, a := range f.Args {
		if in := w.args[a.Name]; in != nil && !in.free() && counts {
			c.argument(&n, in, c.value(a.Value), 0)
		}
	}
	below := c.sizes(&n, f, w, sized)
	n.below = c.selection(f.Select, below, at)
	if len(n.guard) == 0 && len(n.terms) == 0 && len(n.size.given) == 0 && n.below.fixed() {
		n.total = n.cost(&run{})
		n.fixed = true
	}
	return n
}

// place returns the subgraph that a field is counted for: the one of the object
// around it if that has the field, or else the first that has it.
func (c *compiler) place(id schema.FieldID, at int) int {
	if c.only < 0 {
		return -1
	}
	first := -1
	for i := range c.weights.graph.Fields[id].In {
		in := &c.weights.graph.Fields[id].In[i]
		if in.External || in.UsedOverridden {
			continue
		}
		of := c.weights.graph.Subgraphs[in.Subgraph].Of
		if of == at {
			return at
		}
		if first < 0 {
			first = of
		}
	}
	if first < 0 { // an interface object's, say
		return at
	}
	return first
}

// sizes says how long the field's list is, and returns what is known of lists
// below it.
func (c *compiler) sizes(n *node, f *operation.Field, w *weighed, sized []pending) []pending {
	var below []pending
	n.size = size{fixed: c.defaultSize}
	fromAbove := false
	for _, p := range sized {
		switch {
		case p.path[0] != f.Name:
		case len(p.path) == 1:
			n.size, fromAbove = p.size, true
		default:
			below = append(below, pending{path: p.path[1:], size: p.size})
		}
	}
	s := w.sizes
	if s == nil {
		return below
	}
	own := size{absent: -1, sizes: s, fixed: c.defaultSize}
	for _, slice := range s.slicing {
		own.given = append(own.given, c.references(f, slice.path)...)
		own.absent = max(own.absent, slice.fallback)
	}
	if own.absent < 0 {
		own.absent = s.assumed
	}
	if len(s.slicing) == 0 {
		own = size{fixed: s.assumed}
		if s.assumed < 0 {
			own.fixed = c.defaultSize
		}
	} else if len(own.given) == 0 {
		own.given = []reference{{variable: -1, none: true}} // to be refused at run time
	}
	for _, path := range s.sized {
		below = append(below, pending{path: path, size: own})
	}
	if len(s.sized) == 0 && !fromAbove {
		n.size = own
	}
	return below
}

// value parses the text of an argument's value.
func (c *compiler) value(text string) *ast.Value {
	if name, ok := strings.CutPrefix(text, "$"); ok { // nearly all are
		return &ast.Value{Kind: ast.Variable, Raw: name}
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "{f(a:" + text + ")}"})
	if err != nil { // it came from a parser
		return &ast.Value{Kind: ast.NullValue}
	}
	field, _ := doc.Operations[0].SelectionSet[0].(*ast.Field) // as written above
	return field.Arguments[0].Value
}

// argument adds what an argument's value counts. Its recursion is bounded by the
// document's nesting.
func (c *compiler) argument(n *node, in *input, v *ast.Value, depth int) {
	if in == nil || in.free() || depth > maxValue {
		return
	}
	switch v.Kind {
	case ast.Variable:
		n.terms = append(n.terms, term{variable: c.index[v.Raw], in: in})
	case ast.NullValue:
	case ast.ListValue:
		n.args = bounded(n.args + in.weight)
		for _, item := range v.Children {
			c.argument(n, in, item.Value, depth+1)
		}
	case ast.ObjectValue:
		n.args = bounded(n.args + in.own())
		for _, f := range v.Children {
			if in.object != nil {
				c.argument(n, in.field(f.Name), f.Value, depth+1)
			}
		}
	default:
		n.args = bounded(n.args + in.weight)
	}
}

// references returns where the value at a path of the arguments comes from, none
// if the document does not give it.
func (c *compiler) references(f *operation.Field, path []string) []reference {
	i := slices.IndexFunc(f.Args, func(a operation.Argument) bool { return a.Name == path[0] })
	if i < 0 {
		return nil
	}
	v, path := c.value(f.Args[i].Value), path[1:]
	for len(path) > 0 && v.Kind == ast.ObjectValue {
		if v = v.Children.ForName(path[0]); v == nil {
			return nil
		}
		path = path[1:]
	}
	switch v.Kind {
	case ast.Variable:
		return []reference{{variable: c.index[v.Raw], path: path}}
	case ast.IntValue:
		n, _ := jsonscan.Integer([]byte(v.Raw))
		return []reference{{variable: -1, constant: min(n, maxCost)}}
	}
	return nil
}

// integer returns a number that is not negative.
func integer(text []byte) (int64, bool) {
	n, ok := jsonscan.Integer(text)
	return max(0, min(n, maxCost)), ok
}
