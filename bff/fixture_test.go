package bff_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// shopSDL is the graph of the tests here.
const shopSDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag"])
type Query {
  product(id: ID!): Product @tag(name: "mobile")
  products(first: Int = 10, filter: Filter, status: Status): [Product!]! @tag(name: "mobile")
  node(id: ID!): Node
  me: User
  search(text: String!): [Hit!]!
}
type Mutation { review(product: ID!, text: String!): Review  restock(id: ID!, count: Int!): Product @tag(name: "internal") }
type Subscription { sold: Product }
interface Node { id: ID! }
union Hit = Product | User
enum Status { NEW GONE @tag(name: "internal") }
input Filter { name: String  margin: Float @tag(name: "internal") }
type Product implements Node @key(fields: "id") @tag(name: "mobile") {
  id: ID!
  name: String
  margin: Float @tag(name: "internal")
  status: Status
  reviews(first: Int = 3, by: Secret): [Review!]!
}
input Secret @tag(name: "internal") { key: String }
type Review { id: ID! text: String  author: User }
type User implements Node { id: ID! name: String  email: String @tag(name: "internal") }
`

// graph composes one subgraph.
func graph(t testing.TB, sdl string) *schema.Supergraph {
	t.Helper()
	result := compose.Compose([]compose.Input{{Name: "shop", URL: "http://shop", SDL: sdl}}, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	g, err := schema.Load(result.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// lay writes files below a folder.
func lay(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// load reads weft.yaml of a folder.
func load(t testing.TB, dir string) *config.Config {
	t.Helper()
	c, err := config.Load(filepath.Join(dir, "weft.yaml"), config.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// options are those that a gateway makes of a file.
func options(t testing.TB, dir string, g *schema.Supergraph) bff.Options {
	c := load(t, dir)
	introspection := ""
	if len(c.Graphs) > 0 {
		introspection = c.Graphs[0].Introspection
	}
	return bff.Options{Graph: g, Files: bff.Read(c.BFFs), Limits: c.Limits, Auth: c.Auth, Introspection: introspection}
}

// profiles makes those of one weft.yaml, all of which must work.
func profiles(t testing.TB, yaml string, files map[string]string) *bff.Profiles {
	t.Helper()
	dir := t.TempDir()
	lay(t, dir, files)
	lay(t, dir, map[string]string{"weft.yaml": yaml})
	p, err := bff.New(options(t, dir, graph(t, shopSDL)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestLoad makes profiles from files and prints what they show and what is
// wrong with them.
func TestLoad(t *testing.T) {
	golden.Run(t, "testdata/load", []string{"profiles.txt", "errors.txt"}, func(t *testing.T, c *golden.Case) {
		dir := t.TempDir()
		files := map[string]string{}
		for _, name := range c.Inputs("") {
			if !strings.HasSuffix(name, ".txt") {
				files[name] = c.Must(t, name)
			}
		}
		lay(t, dir, files)
		p, err := bff.New(options(t, dir, graph(t, shopSDL)))
		var out strings.Builder
		for _, profile := range p.All() {
			describe(&out, profile)
		}
		c.Output(t, "profiles.txt", out.String())
		out.Reset()
		for _, e := range fault.Of(err) {
			out.WriteString(strings.ReplaceAll(e.Error(), filepath.ToSlash(dir)+"/", "") + "\n")
		}
		if out.Len() > 0 {
			c.Output(t, "errors.txt", out.String())
		}
	})
}

func describe(out *strings.Builder, p *bff.Profile) {
	out.WriteString("== " + p.Name)
	switch {
	case p.Broken:
		out.WriteString(" is broken\n")
		return
	case p.Stale:
		out.WriteString(" is stale")
	}
	out.WriteString(", introspection " + p.Introspection + "\n")
	if len(p.Contract.Removed) > 0 {
		out.WriteString(p.View.SDL())
	}
	for _, o := range p.Operations {
		out.WriteString("-- " + o.Name + " of " + filepath.Base(o.File) + ", owner " + o.Owner + ": " + o.Description + "\n" + o.Document + "\n")
	}
	for _, e := range p.Endpoints() {
		if e.Operation != nil {
			out.WriteString(e.Method + " " + e.Pattern + " → " + e.Operation.Name + "\n")
		}
	}
}
