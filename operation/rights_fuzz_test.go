package operation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/operation"
)

// maze is a graph in which every kind of type and field asks for something.
const maze = `
type Query { k: K ks: [K!]! u: U a: A b: B n: Int open: Int arg(n: Int = 3): Int @policy(policies: [["p"]]) }
type Mutation @requiresScopes(scopes: [["m"]]) { do: Int }
interface K { id: ID! name: String next: K other(n: Int): Int }
type A implements K @authenticated { id: ID! name: String next: K other(n: Int): Int @policy(policies: [["p"], ["q"]]) u: U mood: Mood }
type B implements K { id: ID! @requiresScopes(scopes: [["id"]]) name: String next: K other(n: Int): Int at: Time! }
type C { c: Int @authenticated u: U }
union U = A | B | C
enum Mood @requiresScopes(scopes: [["mood"]]) { X }
scalar Time @authenticated
`

// FuzzRestrict: any document without any of its needs ends without a panic, in
// bounded time, with an operation whose lists keep their invariants, whose
// removed places are told once each, and which has nothing left of what was
// denied to be fetched.
func FuzzRestrict(f *testing.F) {
	g := protected(f, maze)
	p := operation.NewPreparer(g.API, operation.Limits{})
	for i, query := range caseQueries(f) {
		f.Add(query, uint64(i))
	}
	for _, query := range []string{
		`query ($c: Boolean!, $d: Boolean!) { k { id @include(if: $c) ... @skip(if: $d) { name } ... on A { u { ... on K { id } ... on C { c } } } } ks { ...F } } fragment F on K { name next { ...G } } fragment G on K { other(n: 3) ... on B { at } }`,
		`mutation { do }`, `{ a: arg b: arg(n: 1) c: arg(n: 2) a { mood } }`,
	} {
		f.Add(query, ^uint64(0))
		f.Add(query, uint64(0b10110))
	}
	f.Fuzz(func(t *testing.T, query string, denied uint64) {
		start := time.Now()
		request := &operation.Request{Document: []byte(query)}
		whole, err := p.Prepare(t.Context(), request)
		if err != nil {
			return
		}
		op, err := p.Restrict(t.Context(), request, denied)
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
		if err != nil {
			return // parts by condition may exceed a limit
		}
		invariants(t, op.Select)
		if printNeeds(g, op) != printNeeds(g, whole) || len(op.Needs) > 64 {
			t.Error("other needs")
		}
		if n := len(op.Needs); n < 64 && denied&(1<<n-1) == 0 && len(op.Denied) > 0 {
			t.Error("something is removed that nobody denied")
		}
		if len(op.Denied) > 0 == (op.Hash == whole.Hash) {
			t.Error("the hash does not tell what was removed")
		}
		places := map[string]bool{}
		for _, d := range op.Denied {
			place := strings.Join(d.Path, "/")
			if places[place] {
				t.Errorf("%s is told twice", place)
			}
			places[place] = true
		}
		hollow(t, op.Select)
	})
}

// hollow checks that removed fields carry nothing.
func hollow(t *testing.T, fields []operation.Field) {
	for i := range fields {
		f := &fields[i]
		if f.Out != nil && f.Out.Denied && (len(f.Select) > 0 || len(f.Args) > 0 || f.Def == 0) {
			t.Errorf("%s was removed and is more than its name", f.Response)
		}
		hollow(t, f.Select)
	}
}

// TestRestrictConditions: parts by condition are counted, so that a document
// cannot make them without end.
func TestRestrictConditions(t *testing.T) {
	g := protected(t, maze)
	p := operation.NewPreparer(g.API, operation.Limits{})
	for _, c := range []struct {
		pairs int
		want  string
	}{{4, ""}, {30, "OPERATION_LIMIT_EXCEEDED"}} {
		var head, body strings.Builder
		for i := range c.pairs {
			fmt.Fprintf(&head, "$a%d: Boolean! $b%d: Boolean! ", i, i)
			fmt.Fprintf(&body, "x%d: name @include(if: $a%d) @skip(if: $b%d) ", i, i, i)
		}
		start := time.Now()
		_, err := p.Restrict(t.Context(), &operation.Request{Document: []byte("query (" + head.String() + ") { k { ... on A { id } " + body.String() + "} }")}, ^uint64(0))
		if text := fmt.Sprint(err); c.want == "" && err != nil || !strings.HasPrefix(text, c.want) {
			t.Errorf("%d: %v", c.pairs, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%d pairs took %v", c.pairs, took)
		}
	}
}
