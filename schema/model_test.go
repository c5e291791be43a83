package schema_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
)

// skeletonThree is skeleton with three subgraphs whose enum order is not their
// name order, and the context feature.
var skeletonThree = strings.NewReplacer(
	`enum join__Graph { A @join__graph(name: "a", url: "http://a") }`,
	`enum join__Graph { Z @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") A @join__graph(name: "c", url: "http://c") }`,
	`@link(url: "https://specs.apollo.dev/tag/v0.3")`,
	`@link(url: "https://specs.apollo.dev/tag/v0.3") @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)`,
	`directive @tag(`, `directive @context(name: String!) repeatable on OBJECT | INTERFACE | UNION directive @tag(`,
).Replace(skeleton)

// TestModel shows everything Load makes of a supergraph but the schemas.
func TestModel(t *testing.T) {
	golden.Run(t, "testdata/model", []string{"model.txt"}, func(t *testing.T, c *golden.Case) {
		sdl, whole := c.Input("supergraph.graphql")
		if !whole {
			sdl = skeletonThree + c.Must(t, "types.graphql")
		}
		g, err := schema.Load(sdl)
		if err != nil {
			t.Fatal(err)
		}
		c.Output(t, "model.txt", modelText(g))
	})
}

func modelText(g *schema.Supergraph) string {
	var b strings.Builder
	for i, s := range g.Subgraphs {
		fmt.Fprintf(&b, "subgraph %d %s %s (%s)", i, s.Name, s.URL, s.Enum)
		if s.Connected {
			b.WriteString(" connected")
		}
		if s.Connector != "" {
			fmt.Fprintf(&b, " row %s of %d batch %d", s.Connector, s.Of, s.Batch)
		}
		b.WriteString("\n")
	}
	for i := 1; i < len(g.Types); i++ {
		t := &g.Types[i]
		if len(t.In) == 0 {
			continue // a built-in scalar
		}
		fmt.Fprintf(&b, "\n%s %s", strings.ToLower(string(t.Kind)), t.Name)
		if t.Inaccessible {
			b.WriteString(" inaccessible")
		}
		writeTypes(&b, g, " implements", t.Interfaces)
		if t.Kind == ast.Interface || t.Kind == ast.Union {
			fmt.Fprintf(&b, " possible%s", objects(g, t.Possible))
		}
		if len(t.Contexts) > 0 {
			fmt.Fprintf(&b, " sets %v", t.Contexts)
		}
		b.WriteString("\n")
		for _, in := range t.In {
			writeTypeIn(&b, g, t, &in)
		}
		for _, id := range t.Fields {
			writeField(&b, g, &g.Fields[id])
		}
	}
	b.WriteString("\n")
	for _, l := range g.Lookups {
		fmt.Fprintf(&b, "lookup %s: %s in %s by %s", l.ID, g.Types[l.Type].Name, nameIn(g, l.Subgraph), selection(g, l.Key.Select))
		if l.Provides != nil {
			fmt.Fprintf(&b, " batch %d provides %s", l.Batch, selection(g, l.Provides.Select))
		}
		b.WriteString("\n")
	}
	if len(g.Labels) > 0 {
		fmt.Fprintf(&b, "labels %q\n", g.Labels)
	}
	return b.String()
}

// nameIn is the subgraph's name, or the connector's id.
func nameIn(g *schema.Supergraph, subgraph int) string {
	s := &g.Subgraphs[subgraph]
	return cmp.Or(s.Connector, s.Name)
}

func writeTypes(b *strings.Builder, g *schema.Supergraph, word string, ids []schema.TypeID) {
	for i, id := range ids {
		if i == 0 {
			b.WriteString(word)
		}
		b.WriteString(" " + g.Types[id].Name)
	}
}

func objects(g *schema.Supergraph, set schema.Bits) string {
	if set == nil {
		return " unknown"
	}
	out := ""
	for i := range set.All() {
		out += " " + g.Types[i].Name
	}
	return out
}

func writeTypeIn(b *strings.Builder, g *schema.Supergraph, t *schema.Type, in *schema.TypeIn) {
	fmt.Fprintf(b, "  in %s", nameIn(g, in.Subgraph))
	if in.Kind != t.Kind {
		fmt.Fprintf(b, " as %s", strings.ToLower(string(in.Kind)))
	}
	if in.InterfaceObject {
		b.WriteString(" interfaceObject")
	}
	writeTypes(b, g, " implements", in.Interfaces)
	if t.Kind == ast.Interface || t.Kind == ast.Union {
		fmt.Fprintf(b, " possible%s", objects(g, in.Possible))
	}
	for _, k := range in.Keys {
		fmt.Fprintf(b, " key %s", selection(g, k.Fields.Select))
		if !k.Resolvable {
			b.WriteString(" not resolvable")
		}
		if k.Extension {
			b.WriteString(" extension")
		}
	}
	if len(in.Values) > 0 {
		fmt.Fprintf(b, " values %v", in.Values)
	}
	b.WriteString("\n")
}

func writeField(b *strings.Builder, g *schema.Supergraph, f *schema.Field) {
	fmt.Fprintf(b, "  .%s: %s", f.Name, f.Type)
	if f.Leaf {
		b.WriteString(" leaf")
	}
	if f.Inaccessible {
		b.WriteString(" inaccessible")
	}
	if f.FromInterfaceObject {
		b.WriteString(" fromInterfaceObject")
	}
	for _, in := range f.In {
		fmt.Fprintf(b, " [%s", nameIn(g, in.Subgraph))
		if in.Type.String() != f.Type.String() {
			fmt.Fprintf(b, " %s", in.Type)
		}
		if in.External {
			b.WriteString(" external")
		}
		if in.UsedOverridden {
			b.WriteString(" usedOverridden")
		}
		if in.Override != "" {
			fmt.Fprintf(b, " override %s", in.Override)
		}
		if in.Label != "" {
			fmt.Fprintf(b, " label %s", in.Label)
		}
		if in.Requires != nil {
			fmt.Fprintf(b, " requires %s", selection(g, in.Requires.Select))
		}
		if in.Provides != nil {
			fmt.Fprintf(b, " provides %s", selection(g, in.Provides.Select))
		}
		for _, c := range in.Contexts {
			fmt.Fprintf(b, " context %+v", c)
		}
		b.WriteString("]")
	}
	b.WriteString("\n")
}

// selection prints a field set with the types its fields were resolved on.
func selection(g *schema.Supergraph, sel []schema.Selection) string {
	var parts []string
	for _, s := range sel {
		part := s.Name
		switch {
		case s.Name == "" && s.On == schema.NoType:
			part = "..."
		case s.Name == "":
			part = "... on " + g.Types[s.On].Name
		case s.Field != schema.NoField:
			part = g.Types[g.Fields[s.Field].Owner].Name + "." + s.Name
		}
		for _, a := range s.Args {
			part += fmt.Sprintf("(%s: %s)", a.Name, a.Value)
		}
		if len(s.Select) > 0 {
			part += " " + selection(g, s.Select)
		}
		parts = append(parts, part)
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// Loading is pure: the same text gives the same model and the same API schema.
func TestLoadIsDeterministic(t *testing.T) {
	sdl := skeleton + `type Query @join__type(graph: A) { a: U  b: I } union U @join__type(graph: A) = X | Y ` +
		`type X implements I @join__type(graph: A) @join__implements(graph: A, interface: "I") { id: ID } interface I @join__type(graph: A) { id: ID } type Y @join__type(graph: A) { id: ID }`
	first, err := schema.Load(sdl)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		g, err := schema.Load(sdl)
		if err != nil {
			t.Fatal(err)
		}
		if modelText(g) != modelText(first) || g.API.SDL() != first.API.SDL() {
			t.Fatal("two loads differ")
		}
	}
}

// FuzzLoad: whatever the text, Load answers, and what it accepts prints as a
// schema that it would cut the same way again.
func FuzzLoad(f *testing.F) {
	f.Add(`type Query @join__type(graph: A) { a: T @join__field(graph: A, provides: "b { c }") } type T @join__type(graph: A, key: "id") { id: ID! b: T c: Int @join__field(graph: A, external: true) }`)
	f.Add(`type Query @join__type(graph: A) { a(x: In = {b: [A, C]} @inaccessible): I } input In @join__type(graph: A) @oneOf { b: [E!] } enum E @join__type(graph: A) { A C @inaccessible } interface I @join__type(graph: A, key: "id", isInterfaceObject: true) { id: ID! }`)
	f.Add(`type Query @join__type(graph: A) { a: Int @join__field(graph: A, type: "[Int!]", overrideLabel: "percent(1)", override: "b", contextArguments: [{context: "a__c", name: "x", type: "Int", selection: "{ a }"}]) }`)
	f.Add(`extend schema @link(url: "https://x.y/z/v1.0", import: [{name: 1}, "@a", 3]) type Query { a: Int }`)
	f.Fuzz(func(t *testing.T, types string) {
		g, err := schema.Load(skeleton + types)
		if err != nil {
			if faults(err) == "" {
				t.Fatal("an error without faults")
			}
			return
		}
		if v, err := g.Contract(schema.ContractOptions{Exclude: []string{"a"}, HideUnreachable: true, Cascade: true}); err == nil {
			_ = v.SDL()
		}
		_ = g.API.SDL()
		_ = modelText(g)
	})
}

// What nests without end is refused, not followed.
func TestLoadBoundsNesting(t *testing.T) {
	for name, text := range map[string]string{
		"types": "type Query @join__type(graph: A) { a: " + strings.Repeat("[", 200_000) + "Int" + strings.Repeat("]", 200_000) + " }\n",
		"key":   "type Query @join__type(graph: A) { a: T }\ntype T @join__type(graph: A, key: \"" + strings.Repeat("t { ", 200_000) + "id" + strings.Repeat(" }", 200_000) + "\") { id: ID! t: T }\n",
	} {
		if _, err := schema.Load(skeleton + text); err == nil {
			t.Errorf("%s: loads", name)
		}
	}
}
