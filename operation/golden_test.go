package operation_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// zoo is the supergraph of this package's cases.
func zoo(t testing.TB) *schema.Supergraph {
	t.Helper()
	sdl, err := os.ReadFile("testdata/zoo.graphql")
	if err != nil {
		t.Fatal(err)
	}
	g, err := schema.Load(string(sdl))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Cases below normalise hold query.graphql and the normal form it has.
func TestNormalise(t *testing.T) {
	g := zoo(t)
	golden.Run(t, "testdata/normalise", []string{"normal.txt"}, func(t *testing.T, c *golden.Case) {
		op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(c.Must(t, "query.graphql"))})
		if err != nil {
			t.Fatal(err)
		}
		c.Output(t, "normal.txt", printOperation(g, op))
	})
}

// Cases below refuse hold query.graphql, which is refused with faults.txt.
func TestRefuse(t *testing.T) {
	g := zoo(t)
	golden.Run(t, "testdata/refuse", []string{"faults.txt"}, func(t *testing.T, c *golden.Case) {
		_, err := operation.Prepare(t.Context(), g.API, &operation.Request{
			Document: []byte(c.Must(t, "query.graphql")), Name: c.Header("operation"),
		})
		if err == nil {
			t.Fatal("accepted")
		}
		c.Output(t, "faults.txt", printFaults(err))
	})
}

// Cases below coerce hold query.graphql and one request per line of
// variables.txt; values.txt has the values or the faults of each.
func TestCoerce(t *testing.T) {
	g := zoo(t)
	golden.Run(t, "testdata/coerce", []string{"values.txt"}, func(t *testing.T, c *golden.Case) {
		op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(c.Must(t, "query.graphql"))})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, line := range strings.Split(strings.TrimRight(c.Must(t, "variables.txt"), "\n"), "\n") {
			fmt.Fprintf(&out, "%s\n", line)
			values, conditions, err := op.Coerce([]byte(line), nil)
			if err != nil {
				for _, l := range strings.Split(strings.TrimRight(printFaults(err), "\n"), "\n") {
					fmt.Fprintf(&out, "    %s\n", l)
				}
				continue
			}
			for i, v := range values {
				text := "(not given)"
				if v != nil {
					text = string(v)
					if !json.Valid(v) {
						t.Errorf("%s is not JSON", v)
					}
				}
				fmt.Fprintf(&out, "    $%s = %s\n", op.Variables[i].Name, text)
			}
			if len(op.Conditions) > 0 {
				fmt.Fprintf(&out, "    conditions %0*b\n", len(op.Conditions), conditions)
			}
		}
		c.Output(t, "values.txt", out.String())
	})
}

// caseQueries returns the documents of all cases.
func caseQueries(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var queries []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, query, _ := strings.Cut(string(text), "-- query.graphql --\n")
		query, _, _ = strings.Cut(query, "\n-- ")
		queries = append(queries, query)
	}
	return queries
}

func printFaults(err error) string {
	var b strings.Builder
	for _, e := range fault.Of(err) {
		fmt.Fprintf(&b, "%s %s", e.Code, e.Message)
		for _, l := range e.Locations {
			fmt.Fprintf(&b, " %d:%d", l.Line, l.Column)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// printOperation prints all of an operation but its hash.
func printOperation(g *schema.Supergraph, op *operation.Operation) string {
	p := &opPrinter{g: g, op: op}
	p.fields(op.Select, 0)
	literals := len(op.Variables) - len(op.Literals)
	for i, v := range op.Variables {
		fmt.Fprintf(&p.b, "$%s: %s", v.Name, v.Type)
		if i >= literals {
			fmt.Fprintf(&p.b, " is %s", op.Literals[i-literals])
		}
		p.b.WriteByte('\n')
	}
	for bit, i := range op.Conditions {
		fmt.Fprintf(&p.b, "condition %d is $%s\n", bit, op.Variables[i].Name)
	}
	if len(op.Labels) > 0 {
		fmt.Fprintf(&p.b, "labels %s\n", strings.Join(op.Labels, " "))
	}
	return p.b.String()
}

type opPrinter struct {
	g  *schema.Supergraph
	op *operation.Operation
	b  strings.Builder
}

func (p *opPrinter) fields(fields []operation.Field, depth int) {
	for i := range fields {
		p.field(&fields[i], depth)
	}
}

func (p *opPrinter) field(f *operation.Field, depth int) {
	p.b.WriteString(strings.Repeat("  ", depth))
	if f.Response != f.Name {
		p.b.WriteString(f.Response + ": ")
	}
	if f.Def != schema.NoField {
		p.b.WriteString(p.g.Types[p.g.Fields[f.Def].Owner].Name + ".")
	}
	p.b.WriteString(f.Name)
	for i, a := range f.Args {
		p.b.WriteString([]string{"(", ", "}[min(i, 1)] + a.Name + ": " + a.Value)
	}
	if len(f.Args) > 0 {
		p.b.WriteByte(')')
	}
	p.b.WriteString(f.Text)
	if f.On != nil {
		var names []string
		for id := range f.On.All() {
			names = append(names, p.g.Types[id].Name)
		}
		p.b.WriteString(" on " + strings.Join(names, " "))
	}
	if f.Guard != nil {
		p.b.WriteString(" if" + p.guard(f.Guard))
	}
	if f.Out != nil && f.Out.Denied {
		p.b.WriteString(" denied")
	}
	for d := f.Defer; d != nil; d = d.Parent {
		fmt.Fprintf(&p.b, " defer %q", d.Label)
		if d.If >= 0 {
			p.b.WriteString(" while" + p.guard(plan.Guard{{Set: 1 << d.If}}))
		}
	}
	p.b.WriteByte('\n')
	p.fields(f.Select, depth+1)
}

func (p *opPrinter) guard(guard plan.Guard) string {
	var b strings.Builder
	for i, l := range guard {
		if i > 0 {
			b.WriteString(" or")
		}
		for bit, v := range p.op.Conditions {
			if l.Set&(1<<bit) != 0 {
				b.WriteString(" $" + p.op.Variables[v].Name)
			}
			if l.Clear&(1<<bit) != 0 {
				b.WriteString(" !$" + p.op.Variables[v].Name)
			}
		}
	}
	return b.String()
}
