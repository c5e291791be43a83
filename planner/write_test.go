package planner_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
)

// TestWrites plans operations whose fields the client does not get as they
// stand. The section out.txt says how: a path of response names, then denied,
// flat, item=N, cap=N, where=NAME (a field beside), default=JSON, type=TYPE, or
// virtual=NAMES, which are the fields beside it that it is computed from.
func TestWrites(t *testing.T) {
	golden.Run(t, "testdata/write", []string{"plan.txt", "data.txt"}, func(t *testing.T, c *golden.Case) {
		got := planCase(t, c, planner.Options{})
		if err := plan.Check(got); err != nil {
			t.Errorf("the plan breaks an invariant: %v", err)
		}
		c.Output(t, "plan.txt", plan.Text(got))
		c.Output(t, "data.txt", dataText(got))
	})
}

// applyOut sets operation.Field.Out as rules say.
func applyOut(t *testing.T, op *operation.Operation, rules string) {
	t.Helper()
	for _, rule := range strings.Split(strings.TrimSpace(rules), "\n") {
		words := strings.Fields(rule)
		if denied := words[1:]; len(denied) == 1 && denied[0] == "denied" {
			op.Denied = append(op.Denied, plan.Denied{Path: strings.Split(words[0], ".")})
		}
		if n := applyRule(t, &op.Select, strings.Split(words[0], "."), words[1:]); n == 0 {
			t.Fatalf("no field at %s", words[0])
		}
	}
}

// applyRule applies a rule to every field at path and counts them.
func applyRule(t *testing.T, list *[]operation.Field, path, words []string) int {
	n := 0
	for i := range *list {
		f := &(*list)[i]
		switch {
		case f.Response != path[0]:
		case len(path) > 1:
			n += applyRule(t, &f.Select, path[1:], words)
		default:
			n++
			if f.Out == nil {
				f.Out = &operation.Out{}
			}
			for _, word := range words {
				setOut(t, f, word)
			}
		}
	}
	for i := range *list {
		if f := &(*list)[i]; n > 0 && f.Out != nil && f.Out.Virtual && f.Select == nil {
			*list, f.Select = take(*list, f)
			break
		}
	}
	return n
}

// take moves the fields that f is computed from into it.
func take(list []operation.Field, f *operation.Field) (rest, uses []operation.Field) {
	names := strings.Split(f.Name, ",")
	f.Name = ""
	for _, c := range list {
		wanted := false
		for _, n := range names {
			wanted = wanted || c.Response == n
		}
		switch {
		case wanted:
			if c.Out == nil {
				c.Out = &operation.Out{}
			}
			c.Out.Hidden = true
			uses = append(uses, c)
		default:
			rest = append(rest, c)
		}
	}
	for i := range rest {
		if rest[i].Response == f.Response {
			rest[i].Name, rest[i].Select = "", uses
		}
	}
	return rest, uses
}

func setOut(t *testing.T, f *operation.Field, word string) {
	t.Helper()
	key, value, _ := strings.Cut(word, "=")
	write := func() *plan.Write {
		if f.Out.Write == nil {
			f.Out.Write = &plan.Write{}
		}
		return f.Out.Write
	}
	number, _ := strconv.Atoi(value)
	switch key {
	case "denied":
		f.Out.Denied = true
	case "hidden":
		f.Out.Hidden = true
	case "flat":
		write().Flat = true
	case "item":
		write().Item = number
	case "cap":
		write().Cap = number
	case "where":
		f.Out.Where = value
	case "default":
		write().Default = value
	case "virtual":
		f.Out.Virtual, f.Name, f.Select = true, value, nil
		write().Expr = 1
	case "type":
		schema, err := parser.ParseSchema(&ast.Source{Input: "type T { f: " + value + " }"})
		if err != nil {
			t.Fatal(err)
		}
		f.Out.Type = schema.Definitions[0].Fields[0].Type
	default:
		t.Fatalf("unknown word %s", word)
	}
}

// dataText prints how the client's answer is written.
func dataText(p *plan.Plan) string {
	var b strings.Builder
	for _, d := range p.Denied {
		fmt.Fprintf(&b, "denied %s\n", strings.Join(d.Path, "."))
	}
	objectText(&b, &p.Data, "")
	return b.String()
}

func objectText(b *strings.Builder, o *plan.Object, indent string) {
	for i := range o.Fields {
		fieldText(b, &o.Fields[i], indent)
	}
}

func fieldText(b *strings.Builder, f *plan.Field, indent string) {
	fmt.Fprintf(b, "%s%s", indent, f.Name)
	if f.From.Record >= 0 {
		fmt.Fprintf(b, " %d.%d", f.From.Record, f.From.Key)
	}
	fmt.Fprintf(b, " lists %d nullable %b", f.Lists, f.Nullable)
	if f.On != nil {
		fmt.Fprintf(b, " on %s", strings.Join(f.On, ","))
	}
	if f.Guard != nil {
		fmt.Fprintf(b, " guard %v", f.Guard)
	}
	if f.Unless != nil {
		fmt.Fprintf(b, " unless %v", f.Unless)
	}
	if w := f.Write; w != nil {
		flat := *w
		flat.Uses, flat.Where = nil, nil
		fmt.Fprintf(b, " write %s", strings.TrimPrefix(fmt.Sprintf("%+v", flat), "plan."))
	}
	b.WriteByte('\n')
	if f.Write != nil {
		for i := range f.Write.Uses {
			b.WriteString(indent + "  uses\n")
			fieldText(b, &f.Write.Uses[i], indent+"    ")
		}
		for i := range f.Write.Where {
			b.WriteString(indent + "  where\n")
			fieldText(b, &f.Write.Where[i], indent+"    ")
		}
	}
	if f.Object != nil {
		objectText(b, f.Object, indent+"  ")
	}
}
