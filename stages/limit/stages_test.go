package limit

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/stages"
)

// fixture is a profile's chain over a clock that stands still.
type fixture struct {
	t       testing.TB
	now     int64
	chain   *stages.Chain
	store   *Store
	prepare *operation.Preparer
	told    []string
}

const shopSDL = header + `
type Query { me: User products(first: Int): [Product] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false) find(f: Filter, text: [String]): Int }
type Mutation { buy: Product }
type User { name: String cart: [Product] }
type Product { id: ID name: String reviews: [Review] @listSize(assumedSize: 5) }
type Review { stars: Int text: String }
input Filter { and: [Filter!] text: String n: [Int] }
`

func shop(t testing.TB) *schema.Supergraph {
	return compileGraph(t, []compose.Input{{Name: "shop", URL: "http://shop", SDL: shopSDL}})
}

func newFixture(t testing.TB, cfg config.Limits) *fixture {
	t.Helper()
	f := &fixture{t: t, now: int64(time.Hour)}
	g := shop(t)
	var err error
	if f.store, err = Open(config.Stores{}, cfg, StoreOptions{now: func() int64 { return f.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.store.Close)
	f.chain = f.stages(g, cfg, "")
	f.prepare = operation.NewPreparer(g.API, operation.Limits{})
	return f
}

// stages returns the chain of one profile over the fixture's store.
func (f *fixture) stages(g *schema.Supergraph, cfg config.Limits, profile string) *stages.Chain {
	f.t.Helper()
	tell := func(_ *stages.Call, s *stages.Stage, err error) {
		f.told = append(f.told, s.Name+" "+s.Mode.String()+" "+string(fault.CodeOf(err)))
	}
	list, err := Stages(g, cfg, f.store, Options{Graph: "shop", Profile: profile, Rejected: tell})
	if err != nil {
		f.t.Fatal(err)
	}
	return stages.NewChain(tell, list...)
}

// request is one operation on its way through a chain.
type request struct {
	call  *stages.Call
	notes *stages.Notes
}

// run takes an operation through Enter and Check and leaves Settle to the test.
func (f *fixture) run(c *caller.Caller, document, variables string) (*request, error) {
	f.t.Helper()
	r := &request{call: &stages.Call{Caller: c}}
	if err := f.chain.Enter(context.Background(), r.call); err != nil {
		return r, err
	}
	op, err := f.prepare.Prepare(context.Background(), &operation.Request{Document: []byte(document)})
	if err != nil {
		f.t.Fatal(err)
	}
	if r.notes, err = f.chain.Prepare(op); err != nil {
		return r, f.chain.Refuse(r.call, err)
	}
	r.call.Operation = op
	if r.call.Values, _, err = op.Coerce([]byte(variables), nil); err != nil {
		f.t.Fatal(err)
	}
	return r, f.chain.Check(context.Background(), r.call, r.notes)
}

// ask is run and Settle with an actual cost; it returns the code.
func (f *fixture) ask(c *caller.Caller, document string, actual int64) (fault.Code, http.Header) {
	f.t.Helper()
	r, err := f.run(c, document, "")
	r.call.Actual = actual
	f.chain.Settle(r.call, r.notes)
	return fault.CodeOf(err), r.call.Header
}

func from(ip, subject string) *caller.Caller {
	return &caller.Caller{Remote: netip.MustParseAddr(ip), Header: http.Header{}, Principal: &caller.Principal{Subject: subject, Claims: []byte(`{"plan":"gold"}`)}}
}

func (f *fixture) pass(d time.Duration) { f.now += int64(d) }

func TestRates(t *testing.T) {
	f := newFixture(t, config.Limits{Headers: "both", Rates: []config.Rate{
		{Name: "ip", Key: "request.ip", Rate: "10/s", Burst: 5},
		{Name: "user", Key: "principal.sub", Rate: "60/m", Burst: 3, Match: `principal.sub != nil`},
	}})
	ana := from("192.0.2.1", "ana")
	for i := range 3 {
		if code, h := f.ask(ana, "{ me { name } }", 0); code != "" ||
			h.Get("RateLimit") != fmt.Sprintf(`"ip";r=%d;t=1, "user";r=%d;t=%d`, 4-i, 2-i, i+1) ||
			h.Get("RateLimit-Policy") != `"ip";q=5;w=1, "user";q=3;w=3` || h.Get("X-RateLimit-Remaining") != strconv.Itoa(2-i) {
			t.Errorf("%d: %s %v", i, code, h)
		}
	}
	r, err := f.run(ana, "{ me { name } }", "")
	if e := fault.Of(err); len(e) != 1 || e[0].Code != fault.RateLimited || e[0].Message != "Rate limit exceeded." ||
		string(e[0].Extensions) != `"limit":"user","retryAfter":1` || r.call.Header.Get("Retry-After") != "1" ||
		r.call.Header.Get("RateLimit") != `"ip";r=2;t=1, "user";r=0;t=3` {
		t.Errorf("%v %s %v", err, e[0].Extensions, r.call.Header)
	}
	f.chain.Settle(r.call, nil)
	// What the user's rate refused did not count for the address.
	for range 2 {
		if code, _ := f.ask(from("192.0.2.1", ""), "{ me { name } }", 0); code != "" {
			t.Error("another user of the address is refused")
		}
	}
	if code, _ := f.ask(from("192.0.2.1", "bob"), "{ me { name } }", 0); code != fault.RateLimited {
		t.Error("the address is not refused")
	}
	f.pass(time.Second)
	if code, _ := f.ask(ana, "{ me { name } }", 0); code != "" {
		t.Error("refused after the wait")
	}
	if want := "limits.rates enforce RATE_LIMITED"; len(f.told) != 2 || f.told[0] != want {
		t.Errorf("told %q", f.told)
	}
}

// TestObserveNeverBlocks exceeds everything at once.
func TestObserveNeverBlocks(t *testing.T) {
	f := newFixture(t, config.Limits{
		Document:    config.DocumentLimits{Mode: "observe", MaxDepth: 1, MaxHeight: 1, MaxAliases: 1, MaxRootFields: 1},
		Variables:   config.VariableLimits{Mode: "observe", MaxString: 1, MaxList: 1},
		Cost:        config.CostLimits{Mode: "observe", Max: 1, Subgraphs: map[string]int{"shop": 1}},
		Concurrency: config.ConcurrencyLimits{Mode: "observe", Max: 1},
		Rates: []config.Rate{
			{Name: "a", Key: "request.ip", Rate: "1/h", Mode: "observe"},
			{Name: "b", Key: "principal.sub", Rate: "1/h", Cost: "actual", Mode: "observe"},
			{Name: "c", Key: "principal.sub", Rate: "1000/h", Mode: "enforce"},
		},
	})
	const doc = `query ($t: [String]) { a: products { name } b: products { name reviews { stars } } find(text: $t) }`
	for i := range 50 {
		r, err := f.run(from("192.0.2.1", "ana"), doc, `{"t": ["xxxxxxxxxx", "yyyyyyyyyyyyyyyyyyyyyyy", "zzzzzzzzzzzzzzzzzz"]}`)
		if err != nil {
			t.Fatal(err)
		}
		if h := r.call.Header; h.Get("Retry-After") != "" || strings.Contains(h.Get("RateLimit"), `"a"`) {
			t.Errorf("headers tell of what is only observed: %v", h)
		}
		if i > 0 { // the first stays under way
			r.call.Actual = 100
			f.chain.Settle(r.call, r.notes)
		}
	}
	seen := map[string]int{}
	for _, what := range f.told {
		seen[what]++
	}
	want := map[string]int{
		"limits.document observe MAX_DEPTH_LIMIT": 50, "limits.variables observe VARIABLES_LIMIT": 50,
		"limits.cost observe COST_ESTIMATED_TOO_EXPENSIVE": 50, "limits.concurrency observe OVERLOADED": 49,
		"limits.rates observe RATE_LIMITED": 99,
	}
	for what, n := range want {
		if seen[what] != n {
			t.Errorf("%s told %d times, not %d", what, seen[what], n)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("told %v", seen)
	}
}

func TestIPv6CountsByNetwork(t *testing.T) {
	for _, key := range []string{"request.ip", "principal.sub ?? request.ip", `"x" + request.ip`, "claims.missing"} {
		f := newFixture(t, config.Limits{Rates: []config.Rate{{Name: "ip", Key: key, Rate: "1/h"}}})
		for i, c := range []struct {
			ip   string
			code fault.Code
		}{
			{"2001:db8:0:1::1", ""}, {"2001:db8:0:1::2", fault.RateLimited}, {"2001:db8:0:1:ffff::", fault.RateLimited},
			{"2001:db8:0:2::1", ""}, {"fe80::1%eth0", ""}, {"fe80::2%eth1", fault.RateLimited},
			{"192.0.2.1", ""}, {"::ffff:192.0.2.1", fault.RateLimited}, {"192.0.2.2", ""},
		} {
			if code, _ := f.ask(from(c.ip, ""), "{ me { name } }", 0); code != c.code {
				t.Errorf("%s, %d: %s is %q", key, i, c.ip, code)
			}
		}
	}
	// A condition sees the whole address.
	f := newFixture(t, config.Limits{Rates: []config.Rate{{Name: "ip", Key: "request.ip", Rate: "1/h", Match: `request.ip == "2001:db8::7"`}}})
	for ip, want := range map[string]fault.Code{"2001:db8::7": fault.RateLimited, "2001:db8::8": ""} {
		f.ask(from(ip, ""), "{ me { name } }", 0)
		if code, _ := f.ask(from(ip, ""), "{ me { name } }", 0); code != want {
			t.Errorf("%s: %q", ip, code)
		}
	}
}

// TestCostRates: a budget over time is charged the estimate and settled by the
// actual cost.
func TestCostRates(t *testing.T) {
	f := newFixture(t, config.Limits{Rates: []config.Rate{
		{Name: "estimated", Key: "principal.sub", Rate: "1000/h", Cost: "estimated"},
		{Name: "cost", Key: "principal.sub", Rate: "1000/h", Cost: "actual"},
	}})
	ana := from("192.0.2.1", "ana")
	left := func(h http.Header) string { return h.Get("RateLimit") }
	_, h := f.ask(ana, "{ products(first: 100) { name } }", 10)
	if left(h) != `"estimated";r=900;t=360, "cost";r=900;t=360` {
		t.Error(left(h))
	}
	_, h = f.ask(ana, "{ products(first: 100) { name } }", 500)
	if left(h) != `"estimated";r=800;t=720, "cost";r=890;t=396` {
		t.Error(left(h))
	}
	if _, h = f.ask(ana, "{ me { name } }", 0); left(h) != `"estimated";r=799;t=724, "cost";r=489;t=1840` {
		t.Error(left(h))
	}
	r, err := f.run(ana, "{ products(first: 100) { reviews { stars } } }", "")
	if e := fault.Of(err); len(e) != 1 || e[0].Code != fault.RateLimited || string(e[0].Extensions) != `"limit":"cost","retryAfter":400` {
		t.Errorf("%v %s", err, e[0].Extensions)
	}
	f.chain.Settle(r.call, r.notes)
	r, err = f.run(ana, "{ products(first: 5000) { name } }", "")
	if e := fault.Of(err); len(e) != 1 || string(e[0].Extensions) != `"limit":"cost"` || r.call.Header.Get("Retry-After") != "" ||
		e[0].Message != `The operation counts 5000, and the limit "cost" allows 1000 at once.` {
		t.Errorf("%v %v", err, r.call.Header)
	}
	f.chain.Settle(r.call, r.notes)
	if r.call.Measure == nil {
		t.Error("the actual cost is not asked for")
	}
}

func TestLimits(t *testing.T) {
	f := newFixture(t, config.Limits{
		Document:  config.DocumentLimits{MaxDepth: 3, MaxHeight: 6, MaxAliases: 2, MaxRootFields: 3, MaxDirectives: 2, MaxFragments: 2},
		Variables: config.VariableLimits{MaxDepth: 4, MaxList: 3, MaxString: 20},
		Cost:      config.CostLimits{Max: 50, Headers: true},
	})
	for _, c := range []struct{ document, variables, codes string }{
		{`{ me { cart { name } } }`, ``, ``},
		{`{ me { cart { reviews { stars } } } }`, ``, `MAX_DEPTH_LIMIT COST`},
		{`{ me { cart { id name x: name y: id reviews { __typename } } } }`, ``, `MAX_DEPTH_LIMIT MAX_HEIGHT_LIMIT`},
		{`{ a: __typename b: __typename c: __typename }`, ``, `MAX_ALIASES_LIMIT`},
		{`{ a: __typename b: __typename __typename me { name } }`, ``, `MAX_ROOT_FIELDS_LIMIT`},
		{`{ me @skip(if: false) { name @skip(if: false) @include(if: true) } }`, ``, `MAX_DIRECTIVES_LIMIT`},
		{`{ ...A ...B ...C } fragment A on Query { __typename } fragment B on Query { __typename } fragment C on Query { __typename }`, ``, `MAX_FRAGMENTS_LIMIT`},
		{`query ($f: Filter) { find(f: $f) }`, `{"f": {"and": [{"and": [{"text": "x"}]}]}}`, `VARIABLES_LIMIT`},
		{`query ($f: Filter) { find(f: $f) }`, `{"f": {"n": [1, 2, 3]}}`, ``},
		{`query ($f: Filter) { find(f: $f) }`, `{"f": {"n": [1, 2, 3, 4]}}`, `VARIABLES_LIMIT`},
		{`query ($f: Filter) { find(f: $f) }`, `{"f": {"text": "12345678901234567890"}}`, ``},
		{`query ($f: Filter) { find(f: $f) }`, `{"f": {"text": "123456789012345678901"}}`, `VARIABLES_LIMIT`},
		{`{ products(first: 50) { id } }`, ``, ``},
		{`{ products(first: 51) { id } }`, ``, `COST_ESTIMATED_TOO_EXPENSIVE`},
		{`query ($n: Int) { products(first: $n) { id } }`, `{"n": 51}`, `COST_ESTIMATED_TOO_EXPENSIVE`},
	} {
		r, err := f.run(from("192.0.2.1", ""), c.document, c.variables)
		var codes []string
		for _, e := range fault.Of(err) {
			codes = append(codes, string(e.Code))
		}
		if got := strings.Join(codes, " "); got != strings.TrimSuffix(c.codes, " COST") {
			t.Errorf("%s %s: %q", c.document, c.variables, got)
		}
		r.call.Actual = 7
		f.chain.Settle(r.call, r.notes)
		if h := r.call.Header; r.call.Operation != nil && !strings.Contains(c.codes, "VARIABLES") && (h.Get("X-Cost-Max") != "50" || h.Get("X-Cost-Estimated") == "" || h.Get("X-Cost-Actual") != "7") {
			t.Errorf("%s: %v", c.document, h)
		}
	}
}

func TestConcurrency(t *testing.T) {
	f := newFixture(t, config.Limits{Concurrency: config.ConcurrencyLimits{Max: 3}})
	base := config.Limits{Concurrency: config.ConcurrencyLimits{Max: 3}}
	ios := f.stages(shop(t), config.Limits{Concurrency: config.ConcurrencyLimits{Max: 1}}.Within(base), "ios")
	enter := func(ch *stages.Chain) (*stages.Call, fault.Code) {
		c := &stages.Call{Caller: from("192.0.2.1", "")}
		return c, fault.CodeOf(ch.Enter(context.Background(), c))
	}
	a, code := enter(ios)
	if code != "" {
		t.Fatal(code)
	}
	refusedCall, code := enter(ios)
	if code != fault.Overloaded || refusedCall.Header.Get("Retry-After") != "1" {
		t.Errorf("the second of the profile: %q %v", code, refusedCall.Header)
	}
	ios.Settle(refusedCall, nil)
	for i, want := range []fault.Code{"", "", fault.Overloaded} {
		if _, code := enter(f.chain); code != want {
			t.Errorf("%d of the graph: %q", i+2, code)
		}
	}
	ios.Settle(a, nil)
	if _, code := enter(ios); code != "" {
		t.Errorf("after one is done: %q", code)
	}
}

// TestChangedRatesKeepTheirCounts: a reload makes new stages over the store.
func TestChangedRatesKeepTheirCounts(t *testing.T) {
	f := newFixture(t, config.Limits{Rates: []config.Rate{{Name: "user", Key: "principal.sub", Rate: "10/h"}}})
	ana := from("192.0.2.1", "ana")
	for range 10 {
		f.ask(ana, "{ me { name } }", 0)
	}
	f.chain = f.stages(shop(t), config.Limits{Rates: []config.Rate{{Name: "user", Key: "principal.sub", Rate: "20/h", Burst: 11}}}, "")
	if code, _ := f.ask(ana, "{ me { name } }", 0); code != fault.RateLimited {
		t.Errorf("a new rate forgets what was: %q", code)
	}
	// The same name at a profile is another rate.
	f.chain = f.stages(shop(t), config.Limits{Rates: []config.Rate{{Name: "user", Key: "principal.sub", Rate: "10/h", BFF: true}}}, "ios")
	if code, _ := f.ask(ana, "{ me { name } }", 0); code != "" {
		t.Errorf("a profile's own rate: %q", code)
	}
}

func TestOperationsInKeys(t *testing.T) {
	f := newFixture(t, config.Limits{Rates: []config.Rate{
		{Name: "writes", Key: "principal.sub", Rate: "1/h", Match: `operation.type == "mutation"`},
		{Name: "same", Key: "operation.hash", Rate: "2/h"},
		{Name: "name", Key: "operation.name", Rate: "3/h", Match: "operation.name != nil"},
	}})
	ana := from("192.0.2.1", "ana")
	for i, c := range []struct {
		document string
		code     fault.Code
	}{
		{"mutation { buy { id } }", ""}, {"mutation { buy { id } }", fault.RateLimited},
		{"{ me { name } }", ""}, {"{me{name}}", ""}, {"{ me { name } }", fault.RateLimited}, {"{ me { __typename } }", ""},
		{"query A { me { __typename name } }", ""}, {"query A { me { a: name } }", ""}, {"query A { me { b: name } }", ""}, {"query A { me { c: name } }", fault.RateLimited},
	} {
		if code, _ := f.ask(ana, c.document, 0); code != c.code {
			t.Errorf("%d %s: %q", i, c.document, code)
		}
	}
}

// TestMemoryIsBounded counts a million keys.
func TestMemoryIsBounded(t *testing.T) {
	const most = 50_000
	l := newLocal(most)
	r := testRule("1/h", 1)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	now := int64(1)
	key := []byte(r.prefix)
	abuser := r.demand("abuser", 1)
	d := r.demand("", 1)
	for i := range 1_000_000 {
		d[0].key = strconv.AppendInt(key, int64(i), 10)
		l.take(now, d, 1)
		now += int64(time.Microsecond)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d keys in %d KiB", l.size(), grown>>10)
	if l.size() > most || grown > 16<<20 {
		t.Errorf("%d keys, %d bytes", l.size(), grown)
	}
	// Who owes much is not forgotten for who owes little.
	for range 200 {
		l.take(now, abuser, 1)
	}
	big := testRule("1/h", 1000)
	heavy := big.demand("heavy", 1000)
	l.take(now, heavy, 1)
	for i := range 20_000 {
		d[0].key = strconv.AppendInt(append(key, 'x'), int64(i), 10)
		l.take(now, d, 1)
	}
	if l.take(now, big.demand("heavy", 500), 1) {
		t.Error("a flood of keys made room for one that owes much")
	}
	// Keys that owe nothing go.
	now += int64(3 * time.Hour)
	for i := range most {
		d[0].key = strconv.AppendInt(append(key, 'y'), int64(i), 10)
		l.take(now, d, 1)
		now += int64(time.Second)
	}
	if l.size() > most/4 {
		t.Errorf("%d keys are kept, of which 3600 owe something", l.size())
	}
}

func TestStagesErrors(t *testing.T) {
	g := shop(t)
	s, _ := Open(config.Stores{}, config.Limits{}, StoreOptions{})
	for want, cfg := range map[string]config.Limits{
		"limits.rates[1].key: column 1: nobody is unknown":         {Rates: []config.Rate{{Name: "a", Key: "bff", Rate: "1/s"}, {Name: "b", Key: "nobody", Rate: "1/s"}}},
		"limits.rates[0].rate":                                     {Rates: []config.Rate{{Name: "a", Key: "bff", Rate: "soon"}}},
		"limits.rates[0].cost":                                     {Rates: []config.Rate{{Name: "a", Key: "bff", Rate: "1/s", Cost: "0"}}},
		"limits.cost.subgraphs.nowhere: there is no such subgraph": {Cost: config.CostLimits{Subgraphs: map[string]int{"nowhere": 5}}},
	} {
		if _, err := Stages(g, cfg, s, Options{}); fault.CodeOf(err) != fault.ConfigInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	off := config.Limits{Document: config.DocumentLimits{Mode: "off"}, Variables: config.VariableLimits{Mode: "off"},
		Rates: []config.Rate{{Name: "a", Key: "bff", Rate: "1/s", Mode: "off"}}, Cost: config.CostLimits{Max: 5, Mode: "off"}}
	if list, err := Stages(g, off, s, Options{}); len(list) != 0 || err != nil {
		t.Errorf("all is off, and there are %d stages, %v", len(list), err)
	}
}
