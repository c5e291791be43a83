package overlay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/overlay"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/subgraphs"
)

// heavyWorld is the data of the heavy query: users and products whose reviews
// point at each other. An answer has 90 kB.
type heavyWorld struct{ types map[string]string }

type heavyNode struct {
	typ string
	n   int
}

func (w heavyWorld) Root(ast.Operation) any   { return heavyNode{typ: "Query"} }
func (w heavyWorld) TypeName(node any) string { return node.(heavyNode).typ }

func (w heavyWorld) Find(typeName string, _ ast.SelectionSet, rep *testkit.Object) any {
	for _, key := range []string{"id", "upc"} {
		if text := rep.Text(key); text != "" {
			n, _ := strconv.Atoi(text)
			return heavyNode{typeName, n}
		}
	}
	return nil
}

func (w heavyWorld) Field(node any, field string, _ *testkit.Object) (any, error) {
	at := node.(heavyNode)
	list := func(typ string, count, from, step, of int) []any {
		var out []any
		for i := range count {
			out = append(out, heavyNode{typ, (from + i*step) % of})
		}
		return out
	}
	switch at.typ + "." + field {
	case "Query.users":
		return list("User", 6, 0, 1, 6), nil
	case "Query.topProducts":
		return list("Product", 5, 0, 1, 9), nil
	case "User.reviews":
		return list("Review", 2, at.n*2, 1, 1000), nil
	case "Product.reviews":
		return list("Review", 4, 1000+at.n*4, 1, 2000), nil
	case "Review.author":
		return heavyNode{"User", at.n % 6}, nil
	case "Review.product":
		return heavyNode{"Product", at.n * 3 % 9}, nil
	case "Product.vendor":
		return heavyNode{"Vendor", at.n}, nil
	case "Product.media":
		return list("Media", 2, at.n, 1, 100), nil
	case "Review.body":
		return strings.Repeat("ridge upland amber ", 18+at.n%6), nil
	case "Review.mood":
		return []any{"GOOD", "BAD"}[at.n%2], nil
	case "Media.main", "Product.inStock":
		return at.n%2 == 0, nil
	case "User.id", "Product.upc", "Review.id":
		return strconv.Itoa(at.n), nil
	case "Product.shippingEstimate":
		return json.Number(strconv.Itoa(at.n*3) + ".5"), nil
	}
	if w.types[at.typ+"."+field] == "Int" {
		return json.Number(strconv.Itoa(100 + at.n*7)), nil
	}
	return fmt.Sprintf("%s %d", field, at.n), nil
}

// recorded answers a request once from the world, and then from memory.
type recorded struct{ subgraphs.Source }

type recordedCall struct {
	subgraphs.Call
	known []byte
}

func (r recorded) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	c, err := r.Source.Prepare(spec)
	return &recordedCall{Call: c}, err
}

func (c *recordedCall) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	if c.known == nil {
		var res subgraphs.Response
		if err := c.Fetch(ctx, req, &res); err != nil {
			return nil, err
		}
		c.known = res.Body
	}
	return c, nil
}

func (c *recordedCall) Finish(res *subgraphs.Response) error {
	res.Body = append(res.Body, c.known...)
	return nil
}

func (c *recordedCall) Interrupt() {}

// heavy returns the graph of the heavy query and its sources.
func heavy(t testing.TB) (*schema.Supergraph, func(string) subgraphs.Source) {
	t.Helper()
	sdls := map[string]string{}
	var inputs []compose.Input
	for _, name := range []string{"accounts", "inventory", "products", "reviews"} {
		sdls[name] = text(t, name+".graphql")
		inputs = append(inputs, compose.Input{Name: name, URL: "http://" + name, SDL: sdls[name]})
	}
	result := compose.Compose(inputs, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	w := heavyWorld{map[string]string{}}
	for _, f := range result.Graph.Fields {
		if f.ID != schema.NoField {
			w.types[result.Graph.Types[f.Owner].Name+"."+f.Name] = f.Type.Name()
		}
	}
	members, err := testkit.Federate(w, sdls, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.Graph, func(name string) subgraphs.Source {
		for _, m := range members {
			if m.Name == name {
				return recorded{&testkit.Source{Name: name, Server: m}}
			}
		}
		return nil
	}
}

func text(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata/heavy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// heavyProgram prepares the heavy query, with or without the overlay of twenty
// fields.
func heavyProgram(t testing.TB, file, overlaid string) (*executor.Program, *operation.Operation) {
	t.Helper()
	graph, source := heavy(t)
	view := graph.API
	var o *overlay.Overlay
	if overlaid != "" {
		var err error
		if o, err = overlay.Compile(view, "overlay.graphql", []byte(overlaid)); err != nil {
			t.Fatal(describe(err))
		}
		view = o.View
	}
	op, err := operation.Prepare(context.Background(), view, &operation.Request{Document: []byte(text(t, file))})
	if err != nil {
		t.Fatal(describe(err))
	}
	if o != nil {
		if op, err = o.Rewrite(op); err != nil {
			t.Fatal(err)
		}
	}
	p, err := planner.New(graph, planner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	planned, err := p.Plan(context.Background(), op, operation.Choice{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := executor.New(executor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	program, err := x.Compile(planned, source)
	if err != nil {
		t.Fatal(err)
	}
	return program, op
}

// BenchmarkHeavy answers the heavy query from memory: coercing, deriving,
// parsing, joining and writing. The overlay has twenty fields, all of them
// asked for wherever they stand.
func BenchmarkHeavy(b *testing.B) {
	for _, one := range []struct{ name, file, overlay string }{
		{"plain", "plain.graphql", ""},
		{"overlay", "client.graphql", text(b, "overlay.graphql")},
	} {
		b.Run(one.name, func(b *testing.B) {
			program, op := heavyProgram(b, one.file, one.overlay)
			var values operation.Values
			b.ReportAllocs()
			for b.Loop() {
				var conditions uint64
				var err error
				if values, conditions, err = op.Coerce(nil, values); err != nil {
					b.Fatal(err)
				}
				if op.Derive != nil {
					if values, err = op.Derive(nil, values); err != nil {
						b.Fatal(err)
					}
				}
				res := program.Execute(context.Background(), &executor.Input{Values: values, Conditions: conditions, Exprs: op.Exprs})
				if len(res.Errors) > 0 {
					b.Fatal(res.Errors[0])
				}
				b.SetBytes(int64(len(res.Body)))
				res.Release()
			}
		})
	}
}

// BenchmarkExpression evaluates a price for one object, as @expr does: one it has
// met before, and others.
func BenchmarkExpression(b *testing.B) {
	_, op := heavyProgram(b, "client.graphql", text(b, "overlay.graphql"))
	for _, known := range []bool{true, false} {
		b.Run(map[bool]string{true: "known", false: "new"}[known], func(b *testing.B) {
			args := [][]byte{[]byte("12345")}
			var out []byte
			var err error
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if !known {
					args[0] = strconv.AppendInt(args[0][:0], int64(n), 10)
				}
				if out, err = op.Exprs[0](nil, args, out[:0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
