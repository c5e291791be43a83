package connectorlab

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
)

var scalars = []string{"ID", "Int", "Float", "String", "Boolean", "Color"}

// drawer makes one graph.
type drawer struct {
	*rand.Rand
	g      *graph
	values []*typ // objects without a key
}

func (d *drawer) chance(percent int) bool { return d.IntN(100) < percent }

func pick[T any](d *rand.Rand, list []T) T { return list[d.IntN(len(list))] }

// draw makes a graph. The same seed makes the same one.
func draw(seed uint64) *graph {
	d := &drawer{Rand: rand.New(rand.NewPCG(seed, 1)), g: &graph{seed: seed}}
	d.g.failing = d.chance(40)
	d.g.together = !d.g.failing && d.chance(30)
	d.subgraphs()
	d.types()
	d.roots()
	d.data()
	for _, s := range d.g.subs {
		if s.rest {
			d.connectors(s)
		}
	}
	d.g.unseen()
	return d.g
}

func (d *drawer) subgraphs() {
	for i := range 2 + d.IntN(3) {
		d.g.subs = append(d.g.subs, &subgraph{
			name: string(rune('a' + i)), rest: i == 0 || d.chance(60),
			keys: map[*typ][][]*field{}, stub: map[*typ][]*field{},
		})
	}
}

func (d *drawer) types() {
	var entities []*typ
	for i := range 1 + d.IntN(3) {
		t := &typ{name: fmt.Sprintf("E%d", i)}
		entities = append(entities, t)
		d.keys(t)
	}
	for i := range d.IntN(3) {
		t := &typ{name: fmt.Sprintf("V%d", i)}
		for n := range 1 + d.IntN(3) {
			t.fields = append(t.fields, &field{name: fmt.Sprintf("v%d", n), scalar: pick(d.Rand, scalars), list: d.chance(15)})
		}
		if i > 0 && d.chance(40) {
			t.fields = append(t.fields, &field{name: "inner", of: d.values[0], list: d.chance(30)})
		}
		if d.chance(30) {
			t.fields = append(t.fields, &field{name: "entity", of: pick(d.Rand, entities), list: d.chance(40)})
		}
		d.values = append(d.values, t)
		d.g.types = append(d.g.types, t)
	}
	d.g.types = append(d.g.types, entities...)
	for _, t := range entities {
		for n := range 2 + d.IntN(5) {
			t.fields = append(t.fields, d.field(fmt.Sprintf("f%d", n), entities))
		}
		d.needs(t)
		d.dependent(t)
	}
}

// keys gives an entity one or two keys and says who uses which.
func (d *drawer) keys(t *typ) {
	key := func(name, scalar string) *field {
		f := &field{name: name, scalar: scalar, nonNull: true, key: true}
		t.fields = append(t.fields, f)
		return f
	}
	id := key("id", pick(d.Rand, []string{"ID", "ID", "ID", "Int", "String"}))
	first := []*field{id}
	if d.chance(20) {
		first = append(first, key("part", pick(d.Rand, []string{"ID", "Int", "String"})))
	}
	t.keys = append(t.keys, first)
	if d.chance(15) {
		t.keys = append(t.keys, []*field{key("code", pick(d.Rand, []string{"ID", "Int"}))})
	}
	for i, s := range d.g.subs {
		n := d.IntN(len(t.keys))
		if i == 0 {
			n = 0
		}
		s.keys[t], s.stub[t] = [][]*field{t.keys[n]}, t.keys[n]
		if len(t.keys) > 1 && (i == 0 || d.chance(40)) {
			s.keys[t] = t.keys
		}
	}
}

func (d *drawer) field(name string, entities []*typ) *field {
	f := &field{name: name, scalar: pick(d.Rand, scalars), list: d.chance(20), nonNull: !d.g.failing && d.chance(15)}
	switch n := d.IntN(100); {
	case n < 30:
		f.scalar, f.of, f.list = "", pick(d.Rand, entities), d.chance(45)
	case n < 45 && len(d.values) > 0:
		f.scalar, f.of, f.list = "", pick(d.Rand, d.values), d.chance(40)
	case n < 60:
		f.scalar, f.list, f.nonNull = "String", false, false
		f.args = d.args()
	}
	f.subs = []*subgraph{pick(d.Rand, d.g.subs)}
	if other := pick(d.Rand, d.g.subs); d.chance(15) && other != f.subs[0] && len(f.args) == 0 {
		f.subs = append(f.subs, other)
	}
	return f
}

var argTypes = []arg{
	{typ: "Int"}, {typ: "Int", value: "3"}, {typ: "String"}, {typ: "String", value: `"d ü/&?=#"`}, {typ: "Boolean", value: "true"},
	{typ: "Color"}, {typ: "Color", value: "RED"}, {typ: "ID"}, {typ: "[Int]"}, {typ: "[String!]", value: `["x"]`}, {typ: "Filter"},
	{typ: "Filter", value: "{b: \"q\"}"},
}

func (d *drawer) args() []arg {
	var list []arg
	for i := range 1 + d.IntN(2) {
		a := pick(d.Rand, argTypes)
		a.name = fmt.Sprintf("x%d", i)
		list = append(list, a)
	}
	return list
}

// needs makes a field depend on another one of the same object.
func (d *drawer) needs(t *typ) {
	for _, f := range t.fields {
		if f.key || f.of != nil || f.list || len(f.subs) > 1 || f.scalar != "String" || !d.chance(35) {
			continue
		}
		on := pick(d.Rand, t.fields)
		if on == f || on.key || on.of != nil || on.list || len(on.args) > 0 || on.needs != nil || len(on.subs) > 1 || on.scalar == "Float" {
			continue
		}
		f.needs, f.foreign, f.nonNull = on, on.subs[0] != f.subs[0], false
	}
}

// dependent takes back needs of fields that are needed themselves.
func (d *drawer) dependent(t *typ) {
	for _, f := range t.fields {
		if f.needs != nil && f.needs.needs != nil {
			f.needs, f.foreign = nil, false
		}
	}
}

func (d *drawer) roots() {
	d.g.query, d.g.mutation = &typ{name: "Query"}, &typ{name: "Mutation"}
	for i, s := range d.g.subs {
		for n := range 1 + d.IntN(3) {
			f := &field{name: fmt.Sprintf("q%d%d", i, n), subs: []*subgraph{s}}
			t := d.g.types[len(d.g.types)-1-d.IntN(len(d.g.types)-len(d.values))]
			switch d.IntN(5) {
			case 0, 1:
				f.root, f.of, f.list = allRoot, t, true
				if d.chance(60) {
					f.args = []arg{{name: "first", typ: "Int", value: strconv.Itoa(1 + d.IntN(6))}}
				}
			case 2, 3:
				f.root, f.of = oneRoot, t
				for _, k := range pick(d.Rand, s.keys[t]) {
					f.args = append(f.args, arg{name: k.name, typ: k.scalar + "!"})
				}
			default:
				f.root = ownRoot
				own := d.field(f.name, d.g.types[len(d.values):])
				own.subs, own.root, own.nonNull = f.subs, ownRoot, false
				f = own
			}
			d.g.query.fields = append(d.g.query.fields, f)
		}
		if d.chance(30) {
			d.mutation(i, s)
		}
	}
}

// mutation is a field of Mutation that changes nothing and returns an entity by
// its key.
func (d *drawer) mutation(i int, s *subgraph) {
	t := d.g.types[len(d.values)+d.IntN(len(d.g.types)-len(d.values))]
	f := &field{name: fmt.Sprintf("m%d", i), subs: []*subgraph{s}, root: oneRoot, of: t}
	for _, k := range pick(d.Rand, s.keys[t]) {
		f.args = append(f.args, arg{name: k.name, typ: k.scalar + "!"})
	}
	d.g.mutation.fields = append(d.g.mutation.fields, f)
}

var texts = []string{"", "plain", "ü & / ? # \" \\ {x}", "line\nbreak\ttab", "\U0001F9F5 thread", "null", "12", "<html>", "[1,2]", "a,b"}

func (d *drawer) data() {
	for _, t := range d.g.types {
		if t.entity() {
			for _, f := range t.fields {
				f.certain = true
			}
			for i := range 1 + d.IntN(6) {
				d.entity(t, i)
			}
		}
	}
	for _, t := range d.g.types {
		for _, n := range t.nodes {
			d.fill(n)
		}
	}
	for _, t := range []*typ{d.g.query, d.g.mutation} {
		root := &node{typ: t, values: map[string]any{}}
		t.nodes = []*node{root}
		d.fill(root)
	}
}

func (d *drawer) entity(t *typ, i int) {
	n := &node{typ: t, values: map[string]any{}, unknown: map[*subgraph]bool{}, fails: map[*subgraph]bool{}}
	for k, f := range t.fields {
		if !f.key {
			continue
		}
		number := i + 1
		if len(t.keys[0]) > 1 && k < 2 { // neither part alone is distinct
			number = [...]int{i/2 + 1, i%2 + 1}[k]
		}
		switch f.scalar {
		case "Int":
			n.values[f.name] = json.Number(strconv.Itoa(number))
		case "ID":
			n.values[f.name] = strconv.Itoa(number)
			if number == 5 {
				n.values[f.name] = "9007199254740993"
			}
		default:
			n.values[f.name] = fmt.Sprintf("k%d ü/%%", number)
		}
	}
	for _, s := range d.g.subs {
		shared := len(t.keys) > 1 // who does not know it cannot lead from one key to the other
		for _, f := range t.fields {
			shared = shared || len(f.subs) > 1
		}
		n.unknown[s] = !shared && d.chance(12)
		if n.unknown[s] {
			for _, f := range t.fields {
				f.certain = false
			}
		}
		n.fails[s] = d.g.failing && s.rest && len(t.keys) == 1 && d.chance(35)
	}
	t.nodes = append(t.nodes, n)
}

func (d *drawer) fill(n *node) {
	for _, f := range n.typ.fields {
		if f.key || f.root == oneRoot || f.root == allRoot {
			continue
		}
		n.values[f.name] = d.value(f)
	}
}

func (d *drawer) value(f *field) any {
	if d.chance(15) && !f.nonNull {
		return nil
	}
	if !f.list {
		return d.item(f)
	}
	list := []any{}
	for range d.IntN(4) {
		v := d.item(f)
		if f.scalar != "" && d.chance(10) {
			v = nil
		}
		list = append(list, v)
	}
	return list
}

func (d *drawer) item(f *field) any {
	switch f.scalar {
	case "ID":
		return pick(d.Rand, []string{"7", "x-1", "9007199254740993", "0", "é"})
	case "Int":
		return json.Number(pick(d.Rand, []string{"0", "1", "-7", "2147483647", "-2147483648", "40"}))
	case "Float":
		return json.Number(pick(d.Rand, []string{"0", "1.5", "-0.25", "100", "3.0", "12345.678", "1E5", "-0.0", "2.5e-7"}))
	case "String":
		return pick(d.Rand, texts)
	case "Boolean":
		return d.chance(50)
	case "Color":
		return pick(d.Rand, []string{"RED", "GREEN", "BLUE"})
	}
	if f.of.entity() {
		return pick(d.Rand, f.of.nodes)
	}
	n := &node{typ: f.of, values: map[string]any{}}
	d.fill(n)
	return n
}
