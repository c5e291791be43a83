package overlay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/bff/overlay"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/subgraphs"
)

// shop composes the graph the cases are about, and its subgraphs.
func shop(t testing.TB) (*schema.Supergraph, map[string]*testkit.Fixture) {
	t.Helper()
	var inputs []compose.Input
	fixtures := map[string]*testkit.Fixture{}
	for _, name := range []string{"catalog", "orders"} {
		sdl, err := os.ReadFile(filepath.Join("testdata/shop", name+".graphql"))
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join("testdata/shop", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, compose.Input{Name: name, URL: "http://" + name, SDL: string(sdl)})
		if fixtures[name], err = testkit.LoadFixture(name, sdl, data); err != nil {
			t.Fatal(err)
		}
	}
	result := compose.Compose(inputs, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	return result.Graph, fixtures
}

// TestRewrite compiles overlays over the shop and answers operations over them:
// what the client's schema says of what the overlay touches, what is asked of
// the graph, the plan, and the answer.
func TestRewrite(t *testing.T) {
	graph, fixtures := shop(t)
	golden.Run(t, "testdata/rewrite", []string{"schema.graphql", "operation.txt", "requests.txt", "answer.json", "errors.txt"}, func(t *testing.T, c *golden.Case) {
		o, err := overlay.Compile(graph.API, "schema.graphql", []byte(c.Must(t, "overlay.graphql")))
		if err != nil {
			t.Fatal(describe(err))
		}
		if c.Header("schema") != "" {
			c.Output(t, "schema.graphql", typesOf(o.Graph.SDL, c.Headers("schema")))
		}
		who := callerOf(t, c)
		variables, _ := c.Input("variables.json")
		op, values, choice, err := prepare(o, c.Must(t, "query.graphql"), variables, who, c.Headers("deny"))
		if op != nil {
			c.Output(t, "operation.txt", operationText(op, values))
		}
		if err != nil {
			c.Output(t, "errors.txt", describe(err))
			return
		}
		log := &testkit.FetchLog{}
		gateway, err := testkit.NewGateway(graph, func(name string) subgraphs.Source {
			fixture := fixtures[name]
			if fixture == nil {
				return nil
			}
			return &testkit.Source{Name: name, Server: fixture, Log: log}
		})
		if err != nil {
			t.Fatal(err)
		}
		gateway.Caller = who
		answer := gateway.Run(context.Background(), op, values, choice)
		if answer.Failure != nil {
			t.Fatal(answer.Failure)
		}
		if err := plan.Check(answer.Plan); err != nil {
			t.Errorf("the plan breaks an invariant: %v", err)
		}
		c.Output(t, "requests.txt", requests(answer.Plan))
		c.Output(t, "answer.json", indented(t, answer.Body))
		c.Output(t, "errors.txt", describe(fault.List(answer.Errors)))
	})
}

// prepare takes a client's operation to the graph's terms. deny are fields, by
// response path, that rights took away.
func prepare(o *overlay.Overlay, query, variables string, who *caller.Caller, deny []string) (*operation.Operation, operation.Values, operation.Choice, error) {
	op, err := operation.Prepare(context.Background(), o.View, &operation.Request{Document: []byte(query), Stream: true})
	if err != nil {
		return nil, nil, operation.Choice{}, err
	}
	for _, path := range deny {
		refuse(op.Select, strings.Split(path, "."))
	}
	if op, err = o.Rewrite(op); err != nil {
		return nil, nil, operation.Choice{}, err
	}
	values, conditions, err := op.Coerce([]byte(variables), nil)
	if err == nil && op.Derive != nil {
		values, err = op.Derive(who, values)
	}
	return op, values, operation.Choice{Conditions: conditions}, err
}

func refuse(list []operation.Field, path []string) {
	for i := range list {
		f := &list[i]
		switch {
		case f.Response != path[0]:
		case len(path) > 1:
			refuse(f.Select, path[1:])
		default:
			f.Out, f.Select, f.Args = &operation.Out{Denied: true}, nil, nil
		}
	}
}

// TestInvalid compiles overlays with mistakes: all of them are told at once.
func TestInvalid(t *testing.T) {
	graph, _ := shop(t)
	golden.Run(t, "testdata/invalid", []string{"errors.txt"}, func(t *testing.T, c *golden.Case) {
		_, err := overlay.Compile(graph.API, "schema.graphql", []byte(c.Must(t, "overlay.graphql")))
		c.Output(t, "errors.txt", describe(err))
	})
}

func callerOf(t *testing.T, c *golden.Case) *caller.Caller {
	t.Helper()
	who := &caller.Caller{Principal: &caller.Principal{Kind: "anonymous"}, Header: http.Header{}}
	if claims, ok := c.Input("claims.json"); ok {
		who.Principal = &caller.Principal{Kind: "jwt", Claims: []byte(claims)}
	}
	if lang := c.Header("language"); lang != "" {
		who.Header.Set("Accept-Language", lang)
	}
	return who
}

func describe(err error) string {
	var b strings.Builder
	for _, e := range fault.Of(err) {
		fmt.Fprintf(&b, "%s %s%s\n", e.Code, pathPrefix(e), e.Message)
	}
	return b.String()
}

func pathPrefix(e *fault.Error) string {
	if len(e.Path) == 0 {
		return ""
	}
	return fault.PathString(e.Path) + ": "
}

// typesOf cuts types out of a schema's text.
func typesOf(sdl string, names []string) string {
	var b strings.Builder
	for _, name := range names {
		for _, word := range []string{"type ", "interface ", "enum ", "input ", "union ", "scalar "} {
			i := strings.Index(sdl, "\n"+word+name+" ")
			if i < 0 {
				continue
			}
			text := sdl[i+1:]
			end := strings.Index(text, "\n}")
			if line := strings.Index(text, "\n"); word == "union " || word == "scalar " || end < 0 {
				end = line
			} else {
				end += 2
			}
			b.WriteString(text[:end] + "\n")
		}
	}
	return b.String()
}

func indented(t *testing.T, body []byte) string {
	t.Helper()
	var v json.RawMessage = body
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return string(out) + "\n"
}

// requests lists what is sent.
func requests(p *plan.Plan) string {
	var b strings.Builder
	for i := range p.Fetches {
		f := &p.Fetches[i]
		fmt.Fprintf(&b, "%s: %s\n", p.Subgraphs[f.Subgraph], f.Operation)
	}
	return b.String()
}

// operationText prints a rewritten operation: fields with what becomes of them,
// then its variables' values.
func operationText(op *operation.Operation, values operation.Values) string {
	var b strings.Builder
	fieldsText(&b, op.Select, "")
	for i, v := range op.Variables {
		value := "–"
		if i < len(values) && values[i] != nil {
			value = string(values[i])
		}
		fmt.Fprintf(&b, "$%s: %s = %s\n", v.Name, v.Type, value)
	}
	return b.String()
}

func fieldsText(b *strings.Builder, list []operation.Field, indent string) {
	for i := range list {
		f := &list[i]
		b.WriteString(indent)
		if f.Response != f.Name {
			b.WriteString(f.Response + ": ")
		}
		b.WriteString(f.Name)
		for k, a := range f.Args {
			b.WriteString(map[bool]string{true: "(", false: ", "}[k == 0] + a.Name + ": " + a.Value)
		}
		if len(f.Args) > 0 {
			b.WriteByte(')')
		}
		if f.On != nil {
			fmt.Fprintf(b, " on %d types", f.On.Count())
		}
		if f.Guard != nil {
			fmt.Fprintf(b, " guard %v", f.Guard)
		}
		b.WriteString(outText(f.Out) + "\n")
		fieldsText(b, f.Select, indent+"  ")
	}
}

func outText(o *operation.Out) string {
	if o == nil {
		return ""
	}
	var words []string
	for word, on := range map[string]bool{"hidden": o.Hidden, "denied": o.Denied, "virtual": o.Virtual} {
		if on {
			words = append(words, word)
		}
	}
	if o.Where != "" {
		words = append(words, "where "+o.Where)
	}
	if w := o.Write; w != nil {
		if w.Expr > 0 {
			words = append(words, fmt.Sprintf("expr %d", w.Expr))
		}
		if w.Item > 0 {
			words = append(words, fmt.Sprintf("item %d", w.Item))
		}
		if w.Cap > 0 {
			words = append(words, fmt.Sprintf("cap %d", w.Cap))
		}
		if w.Flat {
			words = append(words, "flat")
		}
		if w.Default != "" {
			words = append(words, "default "+w.Default)
		}
	}
	if o.Type != nil {
		words = append(words, "as "+o.Type.String())
	}
	return " → " + strings.Join(words, ", ")
}
