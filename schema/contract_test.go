package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
)

// skeleton is what every supergraph of the cases starts with, so that they
// show only what they are about. It is one line: positions stay readable.
const skeleton = `schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) ` +
	`@link(url: "https://specs.apollo.dev/tag/v0.3") @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY) { query: Query } ` +
	`directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA ` +
	`directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA ` +
	`directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION ` +
	joinDefinitions + `enum join__Graph { A @join__graph(name: "a", url: "http://a") } `

const joinDefinitions = `directive @join__graph(name: String!, url: String!) on ENUM_VALUE ` +
	`directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR ` +
	`directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String, contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION ` +
	`directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE ` +
	`directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION ` +
	`directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE ` +
	`scalar join__FieldSet scalar join__FieldValue input join__ContextArgument { name: String! type: String! context: String! selection: join__FieldValue! } ` +
	`scalar link__Import enum link__Purpose { SECURITY EXECUTION } `

// faults prints an error as the cases expect it, one per line.
func faults(err error) string {
	var b strings.Builder
	for _, e := range fault.Of(err) {
		b.WriteString(string(e.Code))
		for _, l := range e.Locations {
			fmt.Fprintf(&b, " %d:%d", l.Line, l.Column)
		}
		fmt.Fprintf(&b, " %s\n", e.Message)
	}
	return b.String()
}

func TestContract(t *testing.T) {
	golden.Run(t, "testdata/contract", []string{"api.graphql", "removed.txt", "faults.txt"}, func(t *testing.T, c *golden.Case) {
		g, err := schema.Load(skeleton + c.Must(t, "types.graphql"))
		if err != nil {
			t.Fatal(err)
		}
		v, err := g.Contract(schema.ContractOptions{
			Include: c.Headers("include"), Exclude: c.Headers("exclude"), Hide: c.Headers("hide"),
			Wide: c.Header("wide") != "", Cascade: c.Header("cascade") != "", HideUnreachable: c.Header("unreachable") != "",
		})
		if err != nil {
			c.Output(t, "faults.txt", faults(err))
			return
		}
		sdl := v.SDL()
		if _, err := gqlparser.LoadSchema(&ast.Source{Name: "api", Input: sdl}); err != nil {
			t.Errorf("the contract is not a schema: %v", err)
		}
		c.Output(t, "api.graphql", sdl)
		var removed strings.Builder
		for _, r := range v.Removed {
			fmt.Fprintf(&removed, "%s: %s", r.Coordinate, r.Reason)
			if r.Tag != "" {
				fmt.Fprintf(&removed, " %q", r.Tag)
			}
			removed.WriteString("\n")
		}
		c.Output(t, "removed.txt", removed.String())
	})
}

// Loading is where @inaccessible is checked and the API schema is cut.
func TestLoad(t *testing.T) {
	golden.Run(t, "testdata/load", []string{"api.graphql", "faults.txt"}, func(t *testing.T, c *golden.Case) {
		sdl, whole := c.Input("supergraph.graphql")
		if !whole {
			sdl = skeleton + c.Must(t, "types.graphql")
		}
		g, err := schema.Load(sdl)
		if err != nil {
			c.Output(t, "faults.txt", faults(err))
			return
		}
		api := g.API.SDL()
		if _, err := gqlparser.LoadSchema(&ast.Source{Name: "api", Input: api}); err != nil {
			t.Errorf("the API schema is not one: %v", err)
		}
		c.Output(t, "api.graphql", api)
	})
}
