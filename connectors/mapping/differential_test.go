package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// maker makes random mappings, inputs and outputs that have to do with each
// other: they use the same few names.
type maker struct{ *rand.Rand }

var names = []string{"a", "b", "c", "id", "list", "odd key"}

func (m maker) name() string { return names[m.IntN(len(names))] }

func (m maker) key() string {
	if n := m.name(); !strings.Contains(n, " ") {
		return n
	}
	return `"odd key"`
}

// selection makes braces' content. Shapes are fields, paths, groups and
// constants; all is everything else, too.
func (m maker) selection(depth int, all bool) string {
	var b strings.Builder
	for range 1 + m.IntN(4) {
		switch n := m.IntN(12); {
		case n < 3:
			b.WriteString(m.key())
		case n < 5:
			fmt.Fprintf(&b, "%s: %s", m.key(), m.path(all))
		case n < 7 && depth > 0:
			fmt.Fprintf(&b, "%s: %s { %s }", m.key(), m.path(false), m.selection(depth-1, all))
		case n < 8 && depth > 0:
			fmt.Fprintf(&b, "%s: { %s }", m.key(), m.selection(depth-1, all))
		case n < 9:
			fmt.Fprintf(&b, "%s: $(%s)", m.key(), m.literal())
		case n < 10:
			fmt.Fprintf(&b, "%s: $", m.key())
		case n < 11 && all && depth > 0:
			fmt.Fprintf(&b, "... %s { %s }", m.path(all), m.selection(depth-1, all))
		case all:
			fmt.Fprintf(&b, "%s: $(%s ?? %s)", m.key(), m.path(all), m.literal())
		default:
			b.WriteString(m.key() + "?")
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func (m maker) path(all bool) string {
	p := []string{m.key(), "$." + m.key(), m.key(), "$v." + m.key(), "$nope." + m.key(), "$v"}[m.IntN(6)]
	for m.IntN(3) == 0 {
		p += "." + m.key()
	}
	if m.IntN(3) == 0 {
		p += "?"
	}
	if all && m.IntN(3) == 0 {
		p += []string{"->first", "->size", "->map(@.a)", "->entries", "->slice(1)", "->jsonStringify->jsonParse", "->echo([@, b])"}[m.IntN(7)]
	}
	return p
}

func (m maker) literal() string {
	return []string{`"x"`, "1", "-2.50", "true", "null", `{a: 1, "b": [2]}`, "[1, null]"}[m.IntN(7)]
}

func (m maker) json(depth int) string {
	n := m.IntN(10)
	if depth == 0 {
		n = m.IntN(5)
	}
	switch {
	case n < 5:
		return []string{"null", "1", "3.0", `"s"`, "false", `"ü"`, "12345678901234567890", `"\u00e4\n"`}[m.IntN(8)]
	case n < 7:
		var list []string
		for range m.IntN(4) {
			list = append(list, m.json(depth-1))
		}
		return "[" + strings.Join(list, m.space()+",") + m.space() + "]"
	}
	var list []string
	for range m.IntN(6) {
		key := strings.Replace(m.name(), "c", []string{"c", `\u0063`}[m.IntN(2)], 1)
		list = append(list, fmt.Sprintf(`"%s"%s:%s%s`, key, m.space(), m.space(), m.json(depth-1)))
	}
	return "{" + m.space() + strings.Join(list, ",") + "}"
}

func (m maker) space() string { return []string{"", "", " ", "\n\t"}[m.IntN(4)] }

func (m maker) output(depth int) *Output {
	if m.IntN(6) == 0 {
		return nil
	}
	out := &Output{Kind: Kind(m.IntN(8)), Lists: []int{0, 0, 0, 1, 2}[m.IntN(5)], Values: []string{"s"}}
	if m.IntN(3) > 0 && depth > 0 {
		out.Kind = Object
	}
	if out.Kind != Object {
		return out
	}
	if m.IntN(2) == 0 {
		out.Typename = "T"
	}
	for i := range m.IntN(5) {
		out.Fields = append(out.Fields, OutputField{
			Response: fmt.Sprintf("r%d", i), Name: slices.Concat(names, []string{"__typename"})[m.IntN(len(names)+1)],
			Output: m.output(depth - 1),
		})
	}
	return out
}

// outcome is everything an evaluation does. The order of problems counts only
// where the whole value is wanted: with an Output the general evaluator first
// evaluates and then converts, the fast path does both at once.
func outcome(out []byte, ok bool, p *Problems, ordered bool) string {
	var list []string
	for _, n := range p.List() {
		list = append(list, fmt.Sprintf("%v %s @%d", n.Path, n.Message, n.Offset))
	}
	if !ordered {
		slices.Sort(list)
	}
	return fmt.Sprintf("%v %s\n%s", ok, out, strings.Join(list, "\n"))
}

// compare runs a mapping on both evaluators.
func compare(t *testing.T, text, input, variable string, out *Output) (fast bool) {
	t.Helper()
	m, err := Parse(text, V4)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	p := m.Compile(out)
	var quick, slow Problems
	vars := Vars{{Name: "$v", JSON: []byte(variable)}}
	got, ok := p.Append([]byte("x"), []byte(input), vars, &quick)
	if !ok && string(got) != "x" || ok && !json.Valid(got[1:]) {
		t.Fatalf("%s over %s: %q, %v", text, input, got, ok)
	}
	if p.fast == nil {
		return false
	}
	from, to, _, err := checkJSON([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	want, found := p.general([]byte("x"), []byte(input)[from:to], vars, &slow)
	a, b := outcome(got, ok, &quick, out == nil), outcome(want, found, &slow, out == nil)
	if a != b {
		t.Fatalf("%s\nover %s\nwith %s\nto %s\nfast:\n%s\ngeneral:\n%s", text, input, variable, describe(out), a, b)
	}
	return true
}

func describe(out *Output) string {
	text, err := json.Marshal(out)
	return fmt.Sprint(string(text), err)
}

// TestFastAgrees compares the two evaluators on random mappings.
func TestFastAgrees(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(7, 1))}
	fast := 0
	for range 12_000 {
		if compare(t, m.selection(3, false), m.json(5), m.json(3), m.output(3)) {
			fast++
		}
	}
	if fast < 4_000 {
		t.Errorf("only %d of 12000 mappings had a fast form", fast)
	}
	for range 4_000 {
		compare(t, m.selection(3, true), m.json(5), m.json(3), m.output(3))
	}
}

// TestPruningChangesNothing: a program yields what the whole mapping's value is
// once it is typed.
func TestPruningChangesNothing(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(7, 3))}
	for range 6_000 {
		text, input, variable, out := m.selection(3, true), m.json(4), m.json(2), m.output(3)
		parsed, err := Parse(text, V4)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		vars := Vars{{"$v", []byte(variable)}}
		got, ok1 := parsed.Compile(out).Append(nil, []byte(input), vars, nil)
		whole := &Program{root: parsed.root, out: out}
		want, ok2 := whole.Append(nil, []byte(input), vars, nil)
		if ok1 != ok2 || !bytes.Equal(got, want) {
			t.Fatalf("%s\nover %s\nwith %s\nto %s\npruned %s\nwhole  %s", text, input, variable, describe(out), got, want)
		}
	}
}

// TestConcurrent: a program may be used by many at once.
func TestConcurrent(t *testing.T) {
	for _, text := range []string{`a: n b: o { k p { q } } c: $args.id`, `a: xs->map(@->add(n)) ... o k: $([n, n])`} {
		m, err := Parse(text, V4)
		if err != nil {
			t.Fatal(err)
		}
		p := m.Compile(nil)
		want, _ := p.Append(nil, []byte(loom), testVars, nil)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 100 {
					var problems Problems
					if got, _ := p.Append(nil, []byte(loom), testVars, &problems); !bytes.Equal(got, want) {
						t.Errorf("%s, want %s", got, want)
					}
				}
			})
		}
		all.Wait()
	}
}

// TestReadsSuffice: a program yields the same of an input without what it does
// not read.
func TestReadsSuffice(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(7, 2))}
	for range 4_000 {
		text, input, out := m.selection(3, true), m.json(4), m.output(3)
		parsed, err := Parse(text, V4)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		p := parsed.Compile(out)
		var v any
		if err := json.Unmarshal([]byte(input), &v); err != nil {
			t.Fatal(err)
		}
		full, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		less, err := json.Marshal(restrict(v, p.Reads()))
		if err != nil {
			t.Fatal(err)
		}
		a, ok1 := p.Append(nil, full, nil, nil)
		b, ok2 := p.Append(nil, less, nil, nil)
		if ok1 != ok2 || !bytes.Equal(a, b) {
			t.Fatalf("%s\nover %s: %s\nover %s: %s\nto %s", text, full, a, less, b, describe(out))
		}
	}
}

func restrict(v any, r *Reads) any {
	if r.All {
		return v
	}
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = restrict(v[i], r)
		}
		return list
	case map[string]any:
		kept := map[string]any{}
		for _, f := range r.Fields {
			if x, ok := v[f.Name]; ok {
				kept[f.Name] = restrict(x, f.Sub)
			}
		}
		return kept
	}
	return v
}
