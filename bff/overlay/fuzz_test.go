package overlay_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/bff/overlay"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
)

// FuzzCompile compiles any text: no panic, and mistakes with a place. What
// compiles can answer its own queries: an operation over every field of Query is
// rewritten and planned.
func FuzzCompile(f *testing.F) {
	graph, _ := shop(f)
	for _, dir := range []string{"rewrite", "invalid"} {
		files, err := filepath.Glob("testdata/" + dir + "/*.txtar")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			_, text, _ := strings.Cut(string(content), "-- overlay.graphql --\n")
			text, _, _ = strings.Cut(text, "\n-- ")
			f.Add(text)
		}
	}
	p, err := planner.New(graph, planner.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := overlay.Compile(graph.API, "f.graphql", []byte(text))
		if err != nil {
			for _, e := range fault.Of(err) {
				if e.Code != fault.ConfigInvalid || !strings.HasPrefix(e.Message, "f.graphql:") {
					t.Fatalf("%s %s", e.Code, e.Message)
				}
			}
			return
		}
		query := everything(o)
		op, err := operation.Prepare(context.Background(), o.View, &operation.Request{Document: []byte(query)})
		if err != nil {
			return // arguments that are required, conflicts of types
		}
		if op, err = o.Rewrite(op); err != nil {
			t.Fatal(err)
		}
		planned, err := p.Plan(context.Background(), op, operation.Choice{})
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, text, query)
		}
		if err := plan.Check(planned); err != nil {
			t.Fatalf("%v\n%s\n%s", err, text, query)
		}
	})
}

// everything asks for all leafs of all products.
func everything(o *overlay.Overlay) string {
	var b strings.Builder
	b.WriteString("{ __typename")
	for _, f := range o.View.AST.Query.Fields {
		t := o.View.AST.Types[f.Type.Name()]
		if strings.HasPrefix(f.Name, "__") || !t.IsCompositeType() || len(f.Arguments) > 0 && f.Arguments[0].Type.NonNull {
			continue
		}
		b.WriteString(" " + f.Name + " { __typename")
		for _, g := range t.Fields {
			if o.View.AST.Types[g.Type.Name()].IsLeafType() && !strings.HasPrefix(g.Name, "__") {
				b.WriteString(" " + g.Name)
			}
		}
		b.WriteString(" }")
	}
	return b.String() + " }"
}
