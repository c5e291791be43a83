package compose

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// stressLink is what the stress graphs import.
const stressLink = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@shareable\", \"@requires\", \"@external\", \"@provides\", \"@tag\", \"@inaccessible\", \"@interfaceObject\"])\n"

// stressLimit is far above what each graph takes when the machine is idle
// (most of them well below a second), and far below what a quadratic step
// would make of it.
const stressLimit = 15 * time.Second

// stressGraphs are large in one direction each.
var stressGraphs = []struct {
	name   string
	inputs func() []Input
	fails  bool
}{
	{name: "20000 types", inputs: manyTypes},
	{name: "10000 fields in 40 subgraphs", inputs: manyFields},
	{name: "union of 5000 members", inputs: longUnion},
	{name: "2000 enum values in 20 subgraphs", inputs: longEnum},
	{name: "interface with 3000 implementations", inputs: manyImplementations},
	{name: "chain of 300 interfaces", inputs: interfaceChain},
	{name: "chain of 5000 required inputs", inputs: inputChain},
	{name: "cycle of 5000 required inputs", inputs: inputCycle, fails: true},
	{name: "10000 nested list types", inputs: nestedLists, fails: true},
	{name: "deep key", inputs: deepKey, fails: true},
	{name: "wide key", inputs: wideKey},
	{name: "5000 requirements", inputs: manyRequires},
	{name: "300 unsatisfiable types", inputs: manyFailures, fails: true},
	{name: "5000 arguments", inputs: manyArguments},
	{name: "5000 applications of a tag", inputs: manyTags},
	{name: "interface object of 2000 implementations", inputs: wideInterfaceObject},
}

// Graphs that are large in one direction compose, or fail with an error, in
// time that is linear or nearly so.
func TestStress(t *testing.T) {
	for _, g := range stressGraphs {
		t.Run(g.name, func(t *testing.T) {
			inputs := g.inputs()
			start := time.Now()
			r := Compose(inputs, Options{})
			took := time.Since(start)
			if r.OK() == g.fails {
				t.Errorf("composes: %v; %v", r.OK(), r.Errors)
			}
			if took > stressLimit {
				t.Errorf("took %v", took)
			}
			t.Logf("%v", took)
		})
	}
}

// stressInput writes one subgraph.
func stressInput(name string, write func(b *strings.Builder)) Input {
	var b strings.Builder
	b.WriteString(stressLink)
	write(&b)
	return Input{Name: name, URL: "http://" + name, SDL: b.String()}
}

func manyTypes() []Input {
	var inputs []Input
	for s := range 2 {
		inputs = append(inputs, stressInput(fmt.Sprintf("s%d", s), func(b *strings.Builder) {
			for i := range 20_000 {
				fmt.Fprintf(b, "type T%d @key(fields: \"id\") { id: ID! f%d: T%d }\n", i, s, (i*7+1)%20_000)
			}
			fmt.Fprintf(b, "type Query { q%d: T0 }\n", s)
		}))
	}
	return inputs
}

func manyFields() []Input {
	var inputs []Input
	for s := range 40 {
		inputs = append(inputs, stressInput(fmt.Sprintf("s%02d", s), func(b *strings.Builder) {
			fmt.Fprintf(b, "type Query { q%d: T }\ntype T @key(fields: \"id\") { id: ID! shared: Int @shareable\n", s)
			for i := s; i < 10_000; i += 40 {
				fmt.Fprintf(b, "f%d: T\n", i)
			}
			b.WriteString("}\n")
		}))
	}
	return inputs
}

func longUnion() []Input {
	var inputs []Input
	for s := range 2 {
		inputs = append(inputs, stressInput(fmt.Sprintf("s%d", s), func(b *strings.Builder) {
			b.WriteString("type Query { u: U @shareable }\nunion U = A\ntype A @shareable { x: Int }\n")
			for i := range 5000 {
				fmt.Fprintf(b, "type M%d @shareable { x: Int }\nextend union U = M%d\n", i, i)
			}
		}))
	}
	return inputs
}

func longEnum() []Input {
	var inputs []Input
	for s := range 20 {
		inputs = append(inputs, stressInput(fmt.Sprintf("s%02d", s), func(b *strings.Builder) {
			b.WriteString("type Query { e(e: E): E @shareable }\nenum E {\n")
			for i := range 2000 {
				fmt.Fprintf(b, "V%d\n", i)
			}
			b.WriteString("}\n")
		}))
	}
	return inputs
}

func manyImplementations() []Input {
	var inputs []Input
	for s := range 3 {
		inputs = append(inputs, stressInput(fmt.Sprintf("s%d", s), func(b *strings.Builder) {
			fmt.Fprintf(b, "type Query { q%d: I }\ninterface I { id: ID! x: Int }\n", s)
			for i := range 3000 {
				fmt.Fprintf(b, "type T%d implements I @key(fields: \"id\") { id: ID! x: Int @shareable y%d: I }\n", i, s)
			}
		}))
	}
	return inputs
}

func interfaceChain() []Input {
	return []Input{stressInput("a", func(b *strings.Builder) {
		var above []string
		for i := range 300 {
			implements := ""
			if i > 0 {
				implements = " implements " + strings.Join(above, " & ")
			}
			fmt.Fprintf(b, "interface I%d%s { x: Int }\n", i, implements)
			above = append(above, fmt.Sprintf("I%d", i))
		}
		fmt.Fprintf(b, "type T implements %s { x: Int }\ntype Query { i: I0 t: T }\n", strings.Join(above, " & "))
	})}
}

func inputChain() []Input {
	return []Input{stressInput("a", func(b *strings.Builder) {
		for i := range 5000 {
			fmt.Fprintf(b, "input I%d { x: Int = 1 next: I%d! = {} }\n", i, i+1)
		}
		b.WriteString("input I5000 { x: Int = 1 }\ntype Query { q(i: I0! = {}): Int }\n")
	})}
}

func inputCycle() []Input {
	return []Input{stressInput("a", func(b *strings.Builder) {
		for i := range 5000 {
			fmt.Fprintf(b, "input I%d { next: I%d! }\n", i, (i+1)%5000)
		}
		b.WriteString("type Query { q(i: I0): Int }\n")
	})}
}

func nestedLists() []Input {
	return []Input{stressInput("a", func(b *strings.Builder) {
		b.WriteString("type Query { q: " + strings.Repeat("[", 10_000) + "Int" + strings.Repeat("]", 10_000) + " }\n")
	})}
}

func deepKey() []Input {
	return []Input{stressInput("a", func(b *strings.Builder) {
		fmt.Fprintf(b, "type Query { q: T }\ntype T @key(fields: \"%sid%s\") { id: ID! t: T }\n", strings.Repeat("t { ", 10_000), strings.Repeat(" }", 10_000))
	})}
}

func wideKey() []Input {
	var inputs []Input
	for s := range 2 {
		inputs = append(inputs, stressInput(fmt.Sprintf("s%d", s), func(b *strings.Builder) {
			var fields []string
			for i := range 2000 {
				fields = append(fields, fmt.Sprintf("f%d", i))
			}
			fmt.Fprintf(b, "type Query { q%d: T }\ntype T @key(fields: \"%s\") { x%d: Int\n%s: Int\n}\n", s, strings.Join(fields, " "), s, strings.Join(fields, ": Int\n"))
		}))
	}
	return inputs
}

func manyRequires() []Input {
	return []Input{
		stressInput("a", func(b *strings.Builder) {
			b.WriteString("type Query { q: T }\ntype T @key(fields: \"id\") { id: ID!\n")
			for i := range 5000 {
				fmt.Fprintf(b, "f%d: Int\n", i)
			}
			b.WriteString("}\n")
		}),
		stressInput("b", func(b *strings.Builder) {
			b.WriteString("type T @key(fields: \"id\") { id: ID!\n")
			for i := range 5000 {
				fmt.Fprintf(b, "f%d: Int @external\nr%d: Int @requires(fields: \"f%d\")\n", i, i, i)
			}
			b.WriteString("}\n")
		}),
	}
}

func manyFailures() []Input {
	return []Input{
		stressInput("a", func(b *strings.Builder) {
			b.WriteString("type Query { x: Int\n")
			for i := range 300 {
				fmt.Fprintf(b, "t%d: T%d\n", i, i)
			}
			b.WriteString("}\n")
			for i := range 300 {
				fmt.Fprintf(b, "type T%d @shareable { id: ID! }\n", i)
			}
		}),
		stressInput("b", func(b *strings.Builder) {
			for i := range 300 {
				fmt.Fprintf(b, "type T%d @key(fields: \"no\") { no: ID! a: Int b: T%d }\n", i, (i+1)%300)
			}
		}),
	}
}

func manyArguments() []Input {
	var inputs []Input
	for s := range 2 {
		inputs = append(inputs, stressInput(fmt.Sprintf("s%d", s), func(b *strings.Builder) {
			b.WriteString("type Query { q(\n")
			for i := range 5000 {
				fmt.Fprintf(b, "a%d: [Int!] = [%d]\n", i, i)
			}
			b.WriteString("): Int @shareable }\n")
		}))
	}
	return inputs
}

func manyTags() []Input {
	var inputs []Input
	for s := range 2 {
		inputs = append(inputs, stressInput(fmt.Sprintf("s%d", s), func(b *strings.Builder) {
			b.WriteString("type Query { q: Int @shareable }\ntype T @shareable\n")
			for i := range 5000 {
				fmt.Fprintf(b, "@tag(name: \"t%d\")\n", i)
			}
			b.WriteString("{ x: Int }\n")
		}))
	}
	return inputs
}

func wideInterfaceObject() []Input {
	return []Input{
		stressInput("a", func(b *strings.Builder) {
			b.WriteString("type Query { i: I }\ninterface I @key(fields: \"id\") { id: ID! }\n")
			for i := range 2000 {
				fmt.Fprintf(b, "type T%d implements I @key(fields: \"id\") { id: ID! x%d: Int }\n", i, i)
			}
		}),
		stressInput("b", func(b *strings.Builder) {
			b.WriteString("type Query { j: I }\ntype I @key(fields: \"id\") @interfaceObject { id: ID! y: I z: Int }\n")
		}),
	}
}
