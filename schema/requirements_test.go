package schema_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weftql/weft/schema"
)

// guarded is a supergraph with the given links and body.
func guarded(links, definitions, body string) string {
	return `schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  ` + links + `
{
  query: Query
}
directive @join__field(graph: join__Graph) repeatable on FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: String) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
` + definitions + `
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
` + body
}

func TestRequirements(t *testing.T) {
	g, err := schema.Load(guarded(schema.RequirementLinks, schema.RequirementDefinitions, `
type Query @join__type(graph: A) {
  open: Int
  trivial: Int @requiresScopes(scopes: [[]])
  me: User @authenticated
  all: User @authenticated @requiresScopes(scopes: [["b", "a"], ["c"]]) @policy(policies: [["p"], ["q", "r"]])
  same: User @policy(policies: [["r", "q"], ["p"]]) @requiresScopes(scopes: [["c", "c"], ["a", "b"], ["c", "a"]]) @authenticated
}
type User @join__type(graph: A) @requiresScopes(scopes: [["a"], ["a", "b"]]) { name: String mood: Mood at: Time }
enum Mood @join__type(graph: A) @policy(policies: [["p"]]) { GOOD }
scalar Time @join__type(graph: A) @authenticated
`))
	if err != nil {
		t.Fatal(err)
	}
	of := func(r int) string { return g.Requirements[r].String() }
	all := "authenticated, scope c, policy p or authenticated, scope a, scope b, policy p or " +
		"authenticated, scope c, policy q, policy r or authenticated, scope a, scope b, policy q, policy r"
	for field, want := range map[string]string{"open": "", "trivial": "", "me": "authenticated", "all": all, "same": all} {
		if got := of(g.Fields[g.FieldNamed(g.Query, field)].Requirement); got != want {
			t.Errorf("Query.%s: %s, want %s", field, got, want)
		}
	}
	for typ, want := range map[string]string{"Query": "", "User": "scope a", "Mood": "policy p", "Time": "authenticated"} {
		if got := of(g.Types[g.TypeNamed(typ)].Requirement); got != want {
			t.Errorf("%s: %s, want %s", typ, got, want)
		}
	}
	if g.Requirements[0] != nil || len(g.Requirements) != 5 {
		t.Errorf("%d requirements, the first %v", len(g.Requirements), g.Requirements[0])
	}
}

// TestRequirementsRenamed: the directives go by the names @link gives them, and
// a directive that is not linked is somebody else's.
func TestRequirementsRenamed(t *testing.T) {
	g, err := schema.Load(guarded(`@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "auth", for: SECURITY)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", import: [{name: "@requiresScopes", as: "@needs"}, {name: "Scope", as: "Right"}], for: SECURITY)`,
		`directive @auth on FIELD_DEFINITION
directive @needs(scopes: [[Right!]!]!) on FIELD_DEFINITION
directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION
scalar Right`,
		`type Query @join__type(graph: A) { a: Int @auth b: Int @needs(scopes: [["x"]]) c: Int @policy(policies: [["p"]]) }`))
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"a": "authenticated", "b": "scope x", "c": ""} {
		if got := g.Requirements[g.Fields[g.FieldNamed(g.Query, field)].Requirement].String(); got != want {
			t.Errorf("Query.%s: %q, want %q", field, got, want)
		}
	}
}

// someone is a caller for the truth table.
type someone struct {
	scopes, policies int // bits of names
	authenticated    bool
}

var names = []string{"a", "b", "c"}

func (s *someone) meets(r schema.Requirement) bool {
	has := func(held int, wanted []string) bool {
		for _, w := range wanted {
			if held&(1<<strings.Index("abc", w)) == 0 {
				return false
			}
		}
		return true
	}
	for _, a := range r {
		if (s.authenticated || !a.Authenticated) && has(s.scopes, a.Scopes) && has(s.policies, a.Policies) {
			return true
		}
	}
	return len(r) == 0
}

func randomRequirement(rng *rand.Rand) schema.Requirement {
	var parts []schema.Requirement
	if rng.IntN(3) == 0 {
		parts = append(parts, schema.Requirement{{Authenticated: true}})
	}
	some := func() (list []string) {
		for _, n := range names {
			if rng.IntN(2) == 0 {
				list = append(list, n)
			}
		}
		return list
	}
	var scopes, policies schema.Requirement
	for range rng.IntN(3) {
		scopes = append(scopes, schema.Alternative{Scopes: some()})
	}
	for range rng.IntN(3) {
		policies = append(policies, schema.Alternative{Policies: some()})
	}
	return schema.Requirement(nil).And(append(parts, scopes, policies)...)
}

// TestRequirementAnd compares conjunctions, and what their directives mean when
// they are read again, with the truth table.
func TestRequirementAnd(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for range 100 {
		a, b, c := randomRequirement(rng), randomRequirement(rng), randomRequirement(rng)
		and := a.And(b, c)
		g, err := schema.Load(guarded(schema.RequirementLinks, schema.RequirementDefinitions,
			`type Query @join__type(graph: A) { f: Int`+and.Directives()+` }`))
		if err != nil {
			t.Fatal(err)
		}
		again := g.Requirements[g.Fields[1].Requirement]
		for bits := range 1 << 7 {
			s := &someone{scopes: bits & 7, policies: bits >> 3 & 7, authenticated: bits>>6 == 1 || bits&7 != 0}
			want := s.meets(a) && s.meets(b) && s.meets(c)
			if s.meets(and) != want || s.meets(again) != want {
				t.Fatalf("%v and %v and %v: %v, read again %v; %+v: want %v", a, b, c, and, again, s, want)
			}
		}
	}
}

// TestRequirementBounds: a conjunction that grows beyond its bound asks for
// more, never for less, and ends soon.
func TestRequirementBounds(t *testing.T) {
	var r schema.Requirement
	for i := range 14 {
		r = r.And(schema.Requirement{{Scopes: []string{fmt.Sprintf("a%02d", i)}}, {Scopes: []string{fmt.Sprintf("b%02d", i)}}})
	}
	if len(r) == 0 || len(r) > 512 {
		t.Fatalf("%d alternatives", len(r))
	}
	for _, a := range r {
		for i := range 14 {
			if !strings.Contains(strings.Join(a.Scopes, " "), fmt.Sprintf("%02d", i)) {
				t.Fatalf("%v misses operand %d", a.Scopes, i)
			}
		}
	}
	if d := r.Directives(); !strings.HasPrefix(d, " @requiresScopes(") {
		t.Errorf("printed as %.80s", d)
	}
}
