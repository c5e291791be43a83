package bff_test

import (
	"strings"
	"testing"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/fault"
)

// A profile that comes to want another's paths goes on as it was, wherever it
// stands in the list; the other one does not notice.
func TestPathsOfTwoProfilesClash(t *testing.T) {
	g := graph(t, shopSDL)
	for name, c := range map[string]struct{ file, text, want string }{
		"one prefix":    {"ios/bff.yaml", "match: [ { client_name: ios } ]\nrest: { prefix: /tv }", "ios/operations/a.graphql:1:19: @rest: BFF ios: the path GET /tv/items/{x} clashes with GET /tv/items/{id} of BFF tv (DIR/tv/operations/b.graphql:1): a request"},
		"its own path":  {"ios/bff.yaml", "match: [ { path: /shop } ]\nrest: { prefix: /tv }", "clashes with GET /tv/items/{id} of BFF tv"},
		"GraphQL there": {"ios/operations/a.graphql", "query A($x: ID!) @rest(method: GET, path: \"/{x}\") { product(id: $x) { id } }", "ios/operations/a.graphql:1:19: @rest: BFF ios: the path GET /ios/{x} clashes with /ios/graphql: a request"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			lay(t, dir, map[string]string{
				"weft.yaml":                folders,
				"ios/bff.yaml":             "match: [ { client_name: ios }, { path: /ios } ]",
				"ios/operations/a.graphql": "query A($x: ID!) @rest(method: GET, path: \"/items/{x}\") { product(id: $x) { id } }",
				"tv/bff.yaml":              "match: [ { client_name: tv } ]",
				"tv/operations/b.graphql":  "query B($id: ID!) @rest(method: GET, path: \"/items/{id}\") { product(id: $id) { id } }",
			})
			first, err := bff.New(options(t, dir, g))
			if err != nil {
				t.Fatal(err)
			}
			lay(t, dir, map[string]string{c.file: c.text})
			o := options(t, dir, g)
			o.Previous = first
			next, err := bff.New(o)
			list := fault.Of(err)
			if len(list) != 1 || !strings.Contains(strings.ReplaceAll(list[0].Message, dir, "DIR"), c.want) {
				t.Fatalf("%v", err)
			}
			if got := serves(next, asIOS); got != "ios (stale)" || !servesPath(next.Named("ios"), "/ios/items/{x}") {
				t.Errorf("ios: %s", got)
			}
			if got := serves(next, asTV); got != "tv" || !servesPath(next.Named("tv"), "/tv/items/{id}") {
				t.Errorf("tv: %s", got)
			}
			o.Previous = nil
			next, err = bff.New(o)
			if err == nil || next.Named("ios").Broken == next.Named("tv").Broken && name != "GraphQL there" {
				t.Errorf("without an earlier version: %v", err)
			}
		})
	}
}

// servesPath reports whether a profile has a path.
func servesPath(p *bff.Profile, pattern string) bool {
	for _, e := range p.Endpoints() {
		if e.Pattern == pattern {
			return true
		}
	}
	return false
}
