package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/stages"
	"github.com/weftql/weft/stages/auth"
)

// guarded is a supergraph of one subgraph in which directives may stand.
func guarded(t testing.TB, body string) *schema.Supergraph {
	t.Helper()
	g, err := schema.Load(`schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  ` + schema.RequirementLinks + `
{ query: Query }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: String) repeatable on OBJECT
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
` + schema.RequirementDefinitions + body)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

const orders = `type Query {
  open: Int
  me: Int @authenticated
  orders: Int @requiresScopes(scopes: [["orders:read", "me"], ["admin"]])
  order(id: ID!, limit: Int = 10): Int @policy(policies: [["owner"], ["roles:support", "weekday"]])
  audit: Int @authenticated @policy(policies: [["nobody knows"]])
  raise(by: By): Int @policy(policies: [["small"]])
}
input By { amount: Int = 1000 to: ID }`

var policies = config.Policies{
	"owner":         {Expr: `args.id == principal.sub && args.limit < 100`},
	"roles:support": {Expr: `"support" in principal.roles`},
	"weekday":       {Expr: `request.headers["x-day"] != "sunday"`},
	"small":         {Expr: `args.by.amount < 100`},
}

// checked runs the stage for a query and returns the call.
func checked(t testing.TB, r *auth.Rights, g *schema.Supergraph, query, variables string, p *caller.Principal) (*stages.Call, error) {
	t.Helper()
	op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(query)})
	if err != nil {
		t.Fatal(err)
	}
	values, _, err := op.Coerce([]byte(variables), nil)
	if err != nil {
		t.Fatal(err)
	}
	chain := stages.NewChain(nil, r.Stage())
	notes, err := chain.Prepare(op)
	if err != nil {
		t.Fatal(err)
	}
	c := &stages.Call{Caller: &caller.Caller{Principal: p}}
	if err := chain.Enter(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	c.Operation, c.Values = op, values
	return c, chain.Check(t.Context(), c, notes)
}

func TestRightsCheck(t *testing.T) {
	g := guarded(t, orders)
	r, err := auth.NewRights(auth.RightsOptions{Graph: g, Policies: policies})
	if err != nil {
		t.Fatal(err)
	}
	nobody := &caller.Principal{Kind: "anonymous"}
	ann := &caller.Principal{Kind: "user", Subject: "ann", Scopes: []string{"me", "orders:read"}}
	help := &caller.Principal{Kind: "user", Subject: "bob", Roles: []string{"support"}, Scopes: []string{"orders:read"}}
	for _, c := range []struct {
		query, variables string
		who              *caller.Principal
		denied           uint64
	}{
		{`{ open }`, ``, nobody, 0},
		{`{ me orders }`, ``, nil, 0b11},
		{`{ me orders }`, ``, nobody, 0b11},
		{`{ me orders }`, ``, ann, 0},
		{`{ me orders }`, ``, help, 0b10},
		{`{ me orders }`, ``, &caller.Principal{Kind: "key", Scopes: []string{"admin"}}, 0},
		{`{ orders }`, ``, &caller.Principal{Kind: "anonymous", Scopes: []string{"admin"}}, 0},
		{`query ($i: ID!) { a: order(id: $i) b: order(id: "bob") c: order(id: $i, limit: 1000) }`, `{"i":"ann"}`, ann, 0b110},
		{`query ($i: ID!) { a: order(id: $i) b: order(id: "bob") c: order(id: $i, limit: 1000) }`, `{"i":"ann"}`, help, 0},
		{`{ order(id: "x") }`, ``, nobody, 1},
		{`{ audit }`, ``, ann, 1},                                                    // nobody configured its policy
		{`{ raise }`, ``, ann, 1},                                                    // comparing what is not there fails, and failing denies
		{`query ($t: ID) { raise(by: {to: $t}) }`, `{"t":"x"}`, ann, 1},              // the default counts
		{`query ($n: Int) { raise(by: {amount: $n}) }`, `{"n":5}`, ann, 0},           //
		{`query ($n: Int) { raise(by: {amount: $n}) }`, `{"n":null}`, ann, 1},        //
		{`query ($b: By) { raise(by: $b) }`, `{"b":{"to":"x"}}`, ann, 1},             //
		{`query ($b: By) { raise(by: $b) }`, `{"b":{"amount":3}}`, ann, 0},           //
		{`query ($b: By = {amount: 2}) { raise(by: $b) }`, ``, ann, 0},               //
		{`query ($b: By) { a: raise(by: $b) open }`, `{"b":{"amount":300}}`, ann, 1}, //
	} {
		call, err := checked(t, r, g, c.query, c.variables, c.who)
		if err != nil || call.Denied != c.denied {
			t.Errorf("%s %s as %+v: denied %b, %v; want %b", c.query, c.variables, c.who, call.Denied, err, c.denied)
		}
	}
}

// TestRightsRewritten: of a field that a client's schema has rewritten nobody
// knows the arguments, so what looks at them lets nobody pass.
func TestRightsRewritten(t *testing.T) {
	g := guarded(t, `type Query { a(n: Int): Int @policy(policies: [["args"]]) b(n: Int): Int @policy(policies: [["plain"]]) c: Int @policy(policies: [["args"]]) }`)
	for _, name := range []string{"a", "b", "c"} {
		g.Fields[g.FieldNamed(g.Query, name)].Rewritten = true
	}
	r, err := auth.NewRights(auth.RightsOptions{Graph: g, Policies: config.Policies{"args": {Expr: "args.secret != true"}, "plain": {Expr: "true"}}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := checked(t, r, g, `{ a(n: 1) b(n: 1) c }`, ``, nil)
	if err != nil || c.Denied != 0b101 {
		t.Errorf("denied %b, %v", c.Denied, err)
	}
}

// TestRightsModes: off costs nothing, observe reports and lets pass.
func TestRightsModes(t *testing.T) {
	g := guarded(t, orders)
	r, err := auth.NewRights(auth.RightsOptions{Graph: g, Directives: config.Directives{Mode: "off"}})
	if r != nil || err != nil {
		t.Errorf("off: %v, %v", r, err)
	}
	if s := r.Stage(); s.Prepare != nil || s.Check != nil {
		t.Error("off is in the chain")
	}
	open := guarded(t, `type Query { a: Int }`)
	if r, err = auth.NewRights(auth.RightsOptions{Graph: open}); r != nil || err != nil {
		t.Errorf("a graph that asks for nothing: %v, %v", r, err)
	}
	if r, err = auth.NewRights(auth.RightsOptions{Graph: g, Directives: config.Directives{Mode: "observe"}}); err != nil {
		t.Fatal(err)
	}
	op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(`{ me }`)})
	if err != nil {
		t.Fatal(err)
	}
	var told []error
	chain := stages.NewChain(func(_ *stages.Call, _ *stages.Stage, err error) { told = append(told, err) }, r.Stage())
	notes, _ := chain.Prepare(op)
	c := &stages.Call{Caller: &caller.Caller{}, Operation: op}
	if err := errors.Join(chain.Enter(t.Context(), c), chain.Check(t.Context(), c, notes)); err != nil || c.Denied != 0 {
		t.Errorf("observed: %v, denied %b", err, c.Denied)
	}
	if len(told) != 1 || fault.CodeOf(told[0]) != fault.UnauthorizedFieldOrType {
		t.Errorf("told %v", told)
	}
}

// TestRightsLog: what is not configured is a warning at load; what operations
// lack is logged where that is asked for, without anything of the request.
func TestRightsLog(t *testing.T) {
	var out bytes.Buffer
	g := guarded(t, orders)
	r, err := auth.NewRights(auth.RightsOptions{
		Graph: g, Policies: policies, Directives: config.Directives{Log: true}, Logger: slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, `policy="nobody knows"`) || !strings.Contains(text, "level=WARN") {
		t.Errorf("at load: %s", text)
	}
	out.Reset()
	if _, err := checked(t, r, g, `query Q { me order(id: "s3cret") }`, ``, nil); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, `lacks="[authenticated policy owner or policy roles:support, policy weekday]"`) || strings.Contains(text, "s3cret") {
		t.Errorf("at run: %s", text)
	}
	out.Reset()
	everything := config.Policies{"default": {Word: "deny"}}
	if _, err := auth.NewRights(auth.RightsOptions{Graph: g, Policies: everything, Logger: slog.New(slog.NewTextHandler(&out, nil))}); err != nil || out.Len() > 0 {
		t.Errorf("with a default: %s %v", out.String(), err)
	}
}

// TestRightsDefault: the default stands for names that have no policy.
func TestRightsDefault(t *testing.T) {
	g := guarded(t, orders)
	r, err := auth.NewRights(auth.RightsOptions{Graph: g, Policies: config.Policies{"default": {Expr: `principal.sub == "root"`}, "owner": {Word: "deny"}}})
	if err != nil {
		t.Fatal(err)
	}
	for subject, want := range map[string]uint64{"root": 0, "ann": 0b11} {
		call, err := checked(t, r, g, `{ order(id: 1) audit }`, ``, &caller.Principal{Kind: "user", Subject: subject})
		if err != nil || call.Denied != want {
			t.Errorf("%s: denied %b, %v", subject, call.Denied, err)
		}
	}
}

func TestRightsBadPolicies(t *testing.T) {
	_, err := auth.NewRights(auth.RightsOptions{Graph: guarded(t, orders), Policies: config.Policies{
		"b": {Expr: "principal.nothing"}, "a": {Expr: "1 +"}, "c": {Expr: "true"},
	}})
	var list fault.List
	if !errors.As(err, &list) || len(list) != 2 {
		t.Fatalf("%v", err)
	}
	for i, want := range []string{"auth.policies.a.expr: ", "auth.policies.b.expr: "} {
		if list[i].Code != fault.ConfigInvalid || !strings.HasPrefix(list[i].Message, want) {
			t.Errorf("%v", list[i])
		}
	}
}

// TestVerdict: how a caller is told, by settings.
func TestVerdict(t *testing.T) {
	g := guarded(t, orders)
	p := operation.NewPreparer(g.API, operation.Limits{})
	query := &operation.Request{Document: []byte(`query ($c: Boolean!) { open me @include(if: $c) o: orders }`)}
	ann := &caller.Principal{Kind: "user", Scopes: []string{"me"}}
	for _, c := range []struct {
		settings   config.Directives
		denied     uint64
		conditions uint64
		who        *caller.Principal
		want       string
	}{
		{config.Directives{}, 0b11, 1, ann, "errors [me] [o]"},
		{config.Directives{}, 0b11, 0, ann, "errors [o]"},
		{config.Directives{}, 0b01, 0, ann, "nothing told"},
		{config.Directives{Unauthorized: "reject"}, 0b01, 0, ann, "nothing told"},
		{config.Directives{Unauthorized: "reject"}, 0b01, 1, ann, "reject 403 errors [me]"},
		{config.Directives{Unauthorized: "reject", Errors: "disabled"}, 0b01, 1, nil, "reject 401 errors [me]"},
		{config.Directives{Errors: "disabled"}, 0b11, 1, ann, "nothing told"},
		{config.Directives{Errors: "extensions"}, 0b10, 0, ann,
			`extensions "authorizationErrors":[{"message":"Unauthorized field or type","path":["o"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}]`},
		{config.Directives{Errors: "extensions", ExposeRequirements: true}, 0b10, 0, ann,
			`extensions "authorizationErrors":[{"message":"Unauthorized field or type","path":["o"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE",` +
				`"requires":"scope admin or scope me, scope orders:read","missingScopes":[["admin"],["orders:read"]]}}]`},
		{config.Directives{ExposeRequirements: true}, 0b01, 1, nil, `errors [me] {"requires":"authenticated"}`},
	} {
		r, err := auth.NewRights(auth.RightsOptions{Graph: g, Directives: c.settings})
		if err != nil {
			t.Fatal(err)
		}
		op, err := p.Restrict(t.Context(), query, c.denied)
		if err != nil {
			t.Fatal(err)
		}
		if got := printVerdict(r.Verdict(op, c.conditions, c.who)); got != c.want {
			t.Errorf("%+v %b %b: %s, want %s", c.settings, c.denied, c.conditions, got, c.want)
		}
	}
	op, err := p.Restrict(t.Context(), &operation.Request{Document: []byte(`{ me }`)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := auth.NewRights(auth.RightsOptions{Graph: g})
	if got := printVerdict(r.Verdict(op, 0, nil)); got != "nothing left errors [me]" {
		t.Error(got)
	}
}

func printVerdict(v auth.Verdict) string {
	var parts []string
	if v.Nothing {
		parts = append(parts, "nothing left")
	}
	if v.Reject {
		parts = append(parts, fmt.Sprintf("reject %d", v.Status))
	}
	if v.Errors != nil {
		parts = append(parts, "errors")
	}
	for _, e := range v.Errors {
		if e.Code != fault.UnauthorizedFieldOrType || e.Message != "Unauthorized field or type" {
			parts = append(parts, e.Error())
		}
		parts = append(parts, "["+fault.PathString(e.Path)+"]")
		if e.Extensions != nil {
			parts = append(parts, "{"+string(e.Extensions)+"}")
		}
	}
	if v.Extensions != nil {
		parts = append(parts, "extensions "+string(v.Extensions))
	}
	if parts == nil {
		return "nothing told"
	}
	return strings.Join(parts, " ")
}

// BenchmarkRightsCheck is what an operation with three needs pays on the hot
// path.
func BenchmarkRightsCheck(b *testing.B) {
	g := guarded(b, `type Query {
  a: Int @authenticated
  b: Int @requiresScopes(scopes: [["orders:read", "orders:write"], ["admin"]])
  c: Int @authenticated @requiresScopes(scopes: [["profile"]])
  d: Int @policy(policies: [["mine"]])
  e: Int @policy(policies: [["mine"]])
  f: Int @policy(policies: [["mine"]])
}`)
	r, err := auth.NewRights(auth.RightsOptions{Graph: g, Policies: config.Policies{"mine": {Expr: `principal.tenant == "acme"`}}})
	if err != nil {
		b.Fatal(err)
	}
	who := &caller.Caller{Principal: &caller.Principal{Kind: "jwt", Subject: "ann", Tenant: "acme", Scopes: []string{"openid", "email", "profile", "orders:read", "orders:write"}}}
	for _, q := range []struct{ name, query string }{{"directives", `{ a b c }`}, {"policy", `{ a b d }`}} {
		b.Run(q.name, func(b *testing.B) {
			op, err := operation.Prepare(context.Background(), g.API, &operation.Request{Document: []byte(q.query)})
			if err != nil || len(op.Needs) != 3 {
				b.Fatal(len(op.Needs), err)
			}
			s := r.Stage()
			note, _ := s.Prepare(op)
			c := &stages.Call{Caller: who, Operation: op, Note: note}
			b.ReportAllocs()
			for b.Loop() {
				c.Denied = 0
				if err := s.Check(b.Context(), c); err != nil || c.Denied != 0 {
					b.Fatal(c.Denied, err)
				}
			}
		})
	}
}

// TestRightsAllocations: checking three needs allocates nothing.
func TestRightsAllocations(t *testing.T) {
	g := guarded(t, `type Query { a: Int @authenticated b: Int @requiresScopes(scopes: [["x"], ["y"]]) c: Int @requiresScopes(scopes: [["z"]]) }`)
	r, err := auth.NewRights(auth.RightsOptions{Graph: g})
	if err != nil {
		t.Fatal(err)
	}
	op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(`{ a b c }`)})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Stage()
	note, _ := s.Prepare(op)
	c := &stages.Call{Caller: &caller.Caller{Principal: &caller.Principal{Kind: "jwt", Scopes: slices.Repeat([]string{"y"}, 5)}}, Operation: op, Note: note}
	if n := testing.AllocsPerRun(100, func() { err = s.Check(t.Context(), c) }); n > 0 || err != nil {
		t.Errorf("%v allocations, %v", n, err)
	}
}
