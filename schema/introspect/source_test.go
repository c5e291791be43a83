package introspect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/introspect"
	"github.com/weftql/weft/subgraphs"
)

func load(t testing.TB, file string) *schema.Supergraph {
	t.Helper()
	sdl, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := schema.Load(string(sdl))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return g
}

// ask runs one introspection; values are name, JSON, name, JSON and so on.
func ask(t testing.TB, v *schema.View, query string, values ...string) (string, error) {
	t.Helper()
	spec := &subgraphs.Spec{Operation: query}
	req := &subgraphs.Request{}
	for i := 0; i < len(values); i += 2 {
		spec.Variables = append(spec.Variables, values[i])
		req.Values = append(req.Values, []byte(values[i+1]))
	}
	call, err := introspect.New(v).Prepare(spec)
	if err != nil {
		t.Fatal(err)
	}
	res := &subgraphs.Response{Body: []byte("kept")}
	err = call.Fetch(t.Context(), req, res)
	pending, startErr := call.(subgraphs.Starter).Start(t.Context(), req)
	if startErr != nil {
		t.Fatal(startErr)
	}
	again := &subgraphs.Response{Body: []byte("kept")}
	if finishErr := pending.Finish(again); (finishErr == nil) != (err == nil) || !bytes.Equal(res.Body, again.Body) {
		t.Errorf("Start answers otherwise than Fetch: %v, %v", err, finishErr)
	}
	body, ok := strings.CutPrefix(string(res.Body), "kept")
	if !ok {
		t.Error("the body that was there is gone")
	}
	return body, err
}

// Cases hold query.graphql, asked of testdata/library.graphql, and the answer.
func TestAnswers(t *testing.T) {
	g := load(t, "testdata/library.graphql")
	golden.Run(t, "testdata/answers", []string{"answer.json"}, func(t *testing.T, c *golden.Case) {
		var values []string
		for _, line := range c.Headers("variable") {
			name, value, _ := strings.Cut(line, "=")
			values = append(values, name, value)
		}
		got, err := ask(t, g.API, c.Must(t, "query.graphql"), values...)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := json.Indent(&out, []byte(got), "", "  "); err != nil {
			t.Fatalf("%v in %s", err, got)
		}
		c.Output(t, "answer.json", out.String()+"\n")
	})
}

// TestStandardQueryRebuildsTheView: what tools ask for holds the whole view, in
// the order of the SDL, and nothing else. It runs over every supergraph of the
// execution vectors too, when they are there.
func TestStandardQueryRebuildsTheView(t *testing.T) {
	files := []string{"testdata/library.graphql"}
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	more, _ := filepath.Glob(filepath.Join(dir, "execution", "*", "supergraph.graphql"))
	for _, file := range append(files, more...) {
		g := load(t, file)
		text, err := ask(t, g.API, standard)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Data struct {
				Schema jsonSchema `json:"__schema"`
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		want, got := describeView(g.API.AST), answer.Data.Schema.describe()
		if want != got {
			a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
			for i := range a {
				if i >= len(b) || a[i] != b[i] {
					t.Errorf("%s: the view has\n%s\nthe answer\n%s", file, a[i], b[min(i, len(b)-1)])
					break
				}
			}
		}
	}
	t.Logf("%d supergraphs", len(more)+1)
}

func TestLargeAnswersAreRefused(t *testing.T) {
	g := load(t, "testdata/library.graphql")
	var query strings.Builder
	query.WriteString("{")
	for i := range 5000 {
		fmt.Fprintf(&query, " a%d: __schema { types { name description fields { name description isDeprecated deprecationReason args { name description defaultValue } type { kind name description } } enumValues { name description isDeprecated } } }", i)
	}
	query.WriteString(" }")
	call, err := introspect.New(g.API).Prepare(&subgraphs.Spec{Operation: query.String()})
	if err != nil {
		t.Fatal(err)
	}
	err = call.Fetch(t.Context(), &subgraphs.Request{}, &subgraphs.Response{})
	if fault.CodeOf(err) != fault.LimitExceeded {
		t.Errorf("got %v", err)
	}
}

func BenchmarkStandardQuery(b *testing.B) {
	g := load(b, "testdata/library.graphql")
	for _, c := range []struct{ name, query string }{
		{"ready", standard},
		{"variables", "query ($x: Boolean = true)" + strings.ReplaceAll(standard, "(includeDeprecated: true)", "(includeDeprecated: $x)")},
	} {
		b.Run(c.name, func(b *testing.B) {
			call, err := introspect.New(g.API).Prepare(&subgraphs.Spec{Operation: c.query})
			if err != nil {
				b.Fatal(err)
			}
			res := &subgraphs.Response{}
			b.ReportAllocs()
			for b.Loop() {
				res.Body = res.Body[:0]
				if err := call.Fetch(b.Context(), &subgraphs.Request{}, res); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(res.Body)))
		})
	}
}

const standard = `{ __schema { description
  queryType { name } mutationType { name } subscriptionType { name }
  types { ...T }
  directives { name description isRepeatable locations args(includeDeprecated: true) { ...I } } } }
fragment T on __Type { kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...I } type { ...R } isDeprecated deprecationReason }
  inputFields(includeDeprecated: true) { ...I } interfaces { ...R }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...R } }
fragment I on __InputValue { name description type { ...R } defaultValue isDeprecated deprecationReason }
fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }`

type (
	jsonSchema struct {
		Description                               string
		QueryType, MutationType, SubscriptionType *jsonType
		Types                                     []jsonType
		Directives                                []jsonDirective
	}
	jsonType struct {
		Kind, Name, Description, SpecifiedByURL string
		IsOneOf                                 bool
		Fields                                  []jsonField
		InputFields                             []jsonField
		Interfaces, PossibleTypes               []jsonType
		EnumValues                              []jsonField
		OfType                                  *jsonType
	}
	jsonField struct {
		Name, Description string
		Args              []jsonField
		Type              jsonType
		DefaultValue      *string
		IsDeprecated      bool
		DeprecationReason string
	}
	jsonDirective struct {
		Name, Description string
		IsRepeatable      bool
		Locations         []string
		Args              []jsonField
	}
)

func (s *jsonSchema) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "schema %q %s %s %s\n", s.Description, s.QueryType.text(), s.MutationType.text(), s.SubscriptionType.text())
	for _, t := range s.Types {
		fmt.Fprintf(&b, "%s %s %q %s %v implements%s\n", t.Kind, t.Name, t.Description, t.SpecifiedByURL, t.IsOneOf, texts(t.Interfaces))
		if t.Kind == "INTERFACE" || t.Kind == "UNION" {
			fmt.Fprintf(&b, "  can be%s\n", texts(t.PossibleTypes))
		}
		for _, f := range append(append(t.Fields, t.InputFields...), t.EnumValues...) {
			fmt.Fprintf(&b, "  %s\n", f.text())
		}
	}
	for _, d := range s.Directives {
		fmt.Fprintf(&b, "@%s %q %v %v\n", d.Name, d.Description, d.IsRepeatable, d.Locations)
		for _, a := range d.Args {
			fmt.Fprintf(&b, "  %s\n", a.text())
		}
	}
	return b.String()
}

func texts(list []jsonType) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(" " + t.text())
	}
	return b.String()
}

func (t *jsonType) text() string {
	switch {
	case t == nil:
		return "-"
	case t.Kind == "NON_NULL":
		return t.OfType.text() + "!"
	case t.Kind == "LIST":
		return "[" + t.OfType.text() + "]"
	}
	return t.Name
}

func (f *jsonField) text() string {
	fallback := "none"
	if f.DefaultValue != nil {
		fallback = *f.DefaultValue
	}
	text := fmt.Sprintf("%s: %s = %s %q %v %s", f.Name, f.Type.text(), fallback, f.Description, f.IsDeprecated, f.DeprecationReason)
	for _, a := range f.Args {
		text += "\n    " + a.text()
	}
	return text
}

// describeView makes the same text from the view itself.
func describeView(s *ast.Schema) string {
	var b strings.Builder
	root := func(def *ast.Definition) string {
		if def == nil {
			return "-"
		}
		return def.Name
	}
	fmt.Fprintf(&b, "schema %q %s %s %s\n", s.Description, root(s.Query), root(s.Mutation), root(s.Subscription))
	for _, def := range viewTypes(s) {
		specified := ""
		if d := def.Directives.ForName("specifiedBy"); d != nil {
			specified = d.Arguments.ForName("url").Value.Raw
		}
		implements := ""
		if def.Kind != ast.InputObject {
			for _, name := range def.Interfaces {
				implements += " " + name
			}
		}
		fmt.Fprintf(&b, "%s %s %q %s %v implements%s\n", def.Kind, def.Name, def.Description, specified, def.Directives.ForName("oneOf") != nil, implements)
		if def.IsAbstractType() {
			b.WriteString("  can be")
			for _, p := range s.PossibleTypes[def.Name] {
				b.WriteString(" " + p.Name)
			}
			b.WriteByte('\n')
		}
		for _, f := range def.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				fmt.Fprintf(&b, "  %s\n", element(f.Name, f.Type, f.DefaultValue, f.Description, f.Directives))
				for _, a := range f.Arguments {
					fmt.Fprintf(&b, "    %s\n", element(a.Name, a.Type, a.DefaultValue, a.Description, a.Directives))
				}
			}
		}
		for _, v := range def.EnumValues {
			fmt.Fprintf(&b, "  %s\n", element(v.Name, nil, nil, v.Description, v.Directives))
		}
	}
	for _, d := range viewDirectives(s) {
		fmt.Fprintf(&b, "@%s %q %v %v\n", d.Name, d.Description, d.IsRepeatable, d.Locations)
		for _, a := range d.Arguments {
			fmt.Fprintf(&b, "  %s\n", element(a.Name, a.Type, a.DefaultValue, a.Description, a.Directives))
		}
	}
	return b.String()
}

func element(name string, t *ast.Type, fallback *ast.Value, description string, applied ast.DirectiveList) string {
	typ, value, reason := "", "none", ""
	if t != nil {
		typ = t.String()
	}
	if fallback != nil {
		value = strings.ReplaceAll(strings.ReplaceAll(fallback.String(), ",", ", "), ":", ": ")
	}
	d := applied.ForName("deprecated")
	if d != nil {
		reason = "No longer supported"
		if arg := d.Arguments.ForName("reason"); arg != nil {
			reason = arg.Value.Raw
		}
	}
	return fmt.Sprintf("%s: %s = %s %q %v %s", name, typ, value, description, d != nil, reason)
}

// viewTypes returns the view's own types as they stand in the SDL, then those
// of the specification as they stand there.
func viewTypes(s *ast.Schema) []*ast.Definition {
	referred := map[string]bool{"String": true, "Boolean": true}
	for _, def := range s.Types {
		for _, f := range def.Fields {
			referred[f.Type.Name()] = true
			for _, a := range f.Arguments {
				referred[a.Type.Name()] = true
			}
		}
	}
	var own, builtIn []*ast.Definition
	for name, def := range s.Types {
		switch {
		case !def.BuiltIn:
			own = append(own, def)
		case referred[name] || strings.HasPrefix(name, "__"):
			builtIn = append(builtIn, def)
		}
	}
	for _, list := range [][]*ast.Definition{own, builtIn} {
		sort.Slice(list, func(i, j int) bool { return list[i].Position.Start < list[j].Position.Start })
	}
	return append(own, builtIn...)
}

func viewDirectives(s *ast.Schema) []*ast.DirectiveDefinition {
	var own, builtIn []*ast.DirectiveDefinition
	for _, d := range s.Directives {
		if d.Position.Src.BuiltIn {
			builtIn = append(builtIn, d)
		} else {
			own = append(own, d)
		}
	}
	for _, list := range [][]*ast.DirectiveDefinition{own, builtIn} {
		sort.Slice(list, func(i, j int) bool { return list[i].Position.Start < list[j].Position.Start })
	}
	return append(own, builtIn...)
}
