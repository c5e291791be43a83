package connectorlab

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/weftql/weft/internal/testkit"
)

// operation is a query as a tree, so that it can be made smaller.
type operation struct {
	mutation   bool
	selections []*selection
}

// selection is one field, or a fragment if it has no field.
type selection struct {
	alias, name string
	on          string // of a fragment
	guard       string
	args        []argument
	below       []*selection
}

// argument is what is written; a variable if name of it is not "".
type argument struct {
	name, typ, value string
	variable         bool
}

// asker makes operations.
type asker struct {
	*rand.Rand
	g    *graph
	next int
	left int // fields
}

func (a *asker) operation() *operation {
	a.left = 8 + a.IntN(60)
	op := &operation{mutation: len(a.g.mutation.fields) > 0 && a.IntN(5) == 0}
	root := a.g.query
	if op.mutation {
		root = a.g.mutation
	}
	for range 1 + a.IntN(3) {
		f := pick(a.Rand, root.fields)
		op.selections = append(op.selections, a.selection(f, 0))
	}
	return op
}

func (a *asker) selection(f *field, depth int) *selection {
	a.left--
	s := &selection{name: f.name}
	for _, arg := range f.args {
		if v, ok := a.argument(f, arg); ok {
			s.args = append(s.args, v)
		}
	}
	if len(f.args) > 0 || a.IntN(6) == 0 {
		a.next++
		s.alias = fmt.Sprintf("a%d", a.next)
	}
	if a.IntN(15) == 0 {
		s.guard = pick(a.Rand, []string{"@include(if: $yes)", "@skip(if: $yes)", "@include(if: $no)", "@skip(if: $no)"})
	}
	if f.of != nil {
		s.below = a.below(f.of, depth+1)
	}
	return s
}

func (a *asker) below(t *typ, depth int) []*selection {
	var list []*selection
	for _, f := range t.fields {
		if f.gone || f.of != nil && (depth > 3 || a.left < 0) || a.IntN(100) > 45 {
			continue
		}
		s := a.selection(f, depth)
		if a.IntN(12) == 0 {
			s = &selection{on: t.name, below: []*selection{s}}
		}
		list = append(list, s)
	}
	if len(list) == 0 || a.IntN(10) == 0 {
		list = append(list, &selection{name: "__typename"})
	}
	a.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// argument draws a value; !ok leaves it out.
func (a *asker) argument(f *field, arg arg) (argument, bool) {
	v := argument{name: arg.name, typ: arg.typ, variable: a.IntN(3) == 0}
	if f.root == oneRoot {
		n := pick(a.Rand, f.of.nodes)
		v.value = testkit.FormatJSON(n.values[arg.name])
		if a.IntN(12) == 0 {
			v.value = map[bool]string{true: "77", false: `"77"`}[arg.typ == "Int!"]
		}
		return v, true
	}
	if a.IntN(4) == 0 {
		return v, false
	}
	switch arg.typ {
	case "Int":
		v.value = pick(a.Rand, []string{"1", "2", "0", "4"})
		if arg.name != "first" {
			v.value = pick(a.Rand, []string{"-3", "0", "2147483647", "null"})
		}
	case "String":
		v.value = testkit.FormatJSON(pick(a.Rand, texts))
	case "Boolean":
		v.value = pick(a.Rand, []string{"true", "false", "null"})
	case "Color":
		v.value = pick(a.Rand, []string{"GREEN", "BLUE"})
	case "ID":
		v.value = pick(a.Rand, []string{`"7"`, "7", `"ü"`})
	case "[Int]":
		v.value = pick(a.Rand, []string{"[]", "[1, null, 3]", "5", "null"})
	case "[String!]":
		v.value = pick(a.Rand, []string{"[]", `["a,b", "\"", "é"]`, `"one"`})
	case "Filter":
		v.value = pick(a.Rand, []string{"{}", `{c: [RED, BLUE], b: "x{y}"}`, `{a: null}`, `{b: "\n\\", a: 2}`, `{c: GREEN}`})
	}
	return v, true
}

// text is the operation as a document, and its variables.
func (o *operation) text() (document, variables string) {
	w := &operationWriter{}
	w.set(o.selections)
	head := "query("
	if o.mutation {
		head = "mutation("
	}
	vars := "{"
	for i, v := range w.variables {
		head += fmt.Sprintf("$w%d: %s ", i, v.typ)
		vars += fmt.Sprintf(`"w%d":%s,`, i, v.json())
	}
	head += "$yes: Boolean = true $no: Boolean = false"
	return head + ") " + w.String(), strings.TrimSuffix(vars, ",") + "}"
}

// json is a literal as JSON.
func (v *argument) json() string {
	text := v.value
	switch v.typ {
	case "Color":
		return `"` + text + `"`
	case "Filter":
		for _, name := range []string{"a", "b", "c"} {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "{"+name+":", `{"`+name+`":`), ", "+name+":", `, "`+name+`":`)
		}
		for _, color := range []string{"RED", "GREEN", "BLUE"} {
			text = strings.ReplaceAll(text, color, `"`+color+`"`)
		}
	}
	return text
}

type operationWriter struct {
	strings.Builder
	variables []argument
}

func (w *operationWriter) set(list []*selection) {
	w.WriteString("{")
	for _, s := range list {
		w.WriteString(" ")
		w.one(s)
	}
	w.WriteString(" }")
}

func (w *operationWriter) one(s *selection) {
	switch {
	case s.on != "":
		w.WriteString("... on " + s.on)
	case s.alias != "":
		w.WriteString(s.alias + ": " + s.name)
	default:
		w.WriteString(s.name)
	}
	for i, a := range s.args {
		w.WriteString([]string{"(", ", "}[min(i, 1)] + a.name + ": ")
		if a.variable {
			fmt.Fprintf(w, "$w%d", len(w.variables))
			w.variables = append(w.variables, a)
		} else {
			w.WriteString(a.value)
		}
	}
	if len(s.args) > 0 {
		w.WriteString(")")
	}
	if s.guard != "" {
		w.WriteString(" " + s.guard)
	}
	if len(s.below) > 0 {
		w.WriteString(" ")
		w.set(s.below)
	}
}
