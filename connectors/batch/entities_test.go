package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// subgraph is a GraphQL subgraph whose entities tell of themselves. What an id
// begins with says what becomes of it.
type subgraph struct {
	mu   sync.Mutex
	log  []string
	fail func(ids []string) (body string, err error) // nil or "": the usual answer
}

func (s *subgraph) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	return &subgraphCall{s, *spec}, nil
}

type subgraphCall struct {
	of   *subgraph
	spec subgraphs.Spec
}

func (c *subgraphCall) Fetch(_ context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	alias := "none"
	var ids, headers, objects, errs []string
	for _, h := range req.Header {
		headers = append(headers, h.Value)
	}
	if len(c.spec.Sets) > 0 {
		alias = c.spec.Sets[0].Alias
		var list []struct{ ID string }
		if err := json.Unmarshal([]byte("["+string(req.Sets[0].Reps)+"]"), &list); err != nil || len(list) != len(req.Sets[0].Ends) {
			return fmt.Errorf("representations %s: %w", req.Sets[0].Reps, err)
		}
		for _, r := range list {
			ids = append(ids, r.ID)
		}
	}
	c.of.mu.Lock()
	c.of.log = append(c.of.log, strings.Join(append(ids, headers...), " "))
	c.of.mu.Unlock()
	for i, id := range ids {
		switch id[0] {
		case 'n':
			objects = append(objects, "null")
		case 'e':
			objects = append(objects, "null")
			errs = append(errs, fmt.Sprintf(`{"message":"no %s","path":["%s",%d],"extensions":{"code":"NOT_FOUND"}}`, id, alias, i))
		case 'f':
			objects = append(objects, `{"id":"`+id+`","x":[null]}`)
			errs = append(errs, fmt.Sprintf(`{"path":["%s",%d,"x",0],"message":"no x of %s"}`, alias, i, id))
		default:
			objects = append(objects, `{"id":"`+id+`"}`)
		}
	}
	body := `{"data":{"` + alias + `":[` + strings.Join(objects, ",") + `]}`
	if errs != nil {
		body += `,"errors":[` + strings.Join(errs, ",") + `]`
	}
	body += "}"
	if c.of.fail != nil {
		other, err := c.of.fail(ids)
		if err != nil {
			return err
		}
		if other != "" {
			body = other
		}
	}
	res.Body, res.Status = append(res.Body, body...), 200
	return nil
}

func (s *subgraph) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := s.log
	s.log = nil
	slices.Sort(log)
	return log
}

func entitySpec(operation string) *subgraphs.Spec {
	return &subgraphs.Spec{Kind: plan.Query, Operation: operation, Variables: []string{"x"}, Sets: []subgraphs.SetSpec{{Alias: "_entities", Variable: "r", Type: "T"}}}
}

const entitiesText = `query($r: [_Any!]!, $x: Int){_entities(representations: $r){... on T{id x(a: $x)}}}`

func asked(ids ...string) []subgraphs.Set {
	var set subgraphs.Set
	for i, id := range ids {
		if i > 0 {
			set.Reps = append(set.Reps, ',')
		}
		set.Reps = append(set.Reps, `{"__typename":"T","id":"`+id+`"}`...)
		set.Ends = append(set.Ends, uint32(len(set.Reps)))
	}
	return []subgraphs.Set{set}
}

func fetch(t testing.TB, call subgraphs.Call, req *subgraphs.Request) string {
	t.Helper()
	res := &subgraphs.Response{Body: []byte("kept")}
	if err := call.Fetch(context.Background(), req, res); err != nil {
		return "error: " + err.Error()
	}
	body, ok := strings.CutPrefix(string(res.Body), "kept")
	if !ok || !json.Valid([]byte(body)) {
		t.Errorf("the answer is %s", res.Body)
	}
	return body
}

func prepare(t testing.TB, s subgraphs.Source, spec *subgraphs.Spec) subgraphs.Call {
	t.Helper()
	call, err := s.Prepare(spec)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func coalesced(s subgraphs.Source) subgraphs.Source {
	return Coalesce(s, Options{Window: 2 * time.Millisecond, Threshold: -1})
}

// TestEntitiesOfOperationsGoTogether compares random operations in one window
// with the same ones alone.
func TestEntitiesOfOperationsGoTogether(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 2))
		synctest.Test(t, func(t *testing.T) {
			s := &subgraph{}
			alone, together := prepare(t, s, entitySpec(entitiesText)), prepare(t, coalesced(s), entitySpec(entitiesText))
			var wait sync.WaitGroup
			var want []string
			for range 1 + random.IntN(6) {
				var ids []string
				for range 1 + random.IntN(5) {
					id := string("onef"[random.IntN(4)]) + fmt.Sprint(random.IntN(4))
					if !slices.Contains(ids, id) {
						ids = append(ids, id)
					}
				}
				want = append(want, ids...)
				req := &subgraphs.Request{Values: [][]byte{[]byte("1")}, Sets: asked(ids...)}
				expected := normal(fetch(t, alone, req))
				wait.Go(func() {
					if got := normal(fetch(t, together, req)); got != expected {
						t.Errorf("seed %d:\n got %s\nwant %s", seed, got, expected)
					}
				})
			}
			s.seen()
			wait.Wait()
			slices.Sort(want)
			got := s.seen()
			all := strings.Fields(strings.Join(got, " "))
			slices.Sort(all)
			if len(got) != 1 || !slices.Equal(all, slices.Compact(want)) {
				t.Errorf("seed %d: requests %q for %q", seed, got, want)
			}
		})
	}
}

// normal is an answer with the members of objects in one order.
func normal(answer string) string {
	var v any
	if json.Unmarshal([]byte(answer), &v) != nil {
		return answer
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// TestEntitiesOfDifferentClientsNeverMeet has pairs of clients in one window
// that differ in one thing.
func TestEntitiesOfDifferentClientsNeverMeet(t *testing.T) {
	token := func(v string) []subgraphs.Header { return []subgraphs.Header{{Name: "authorization", Value: v}} }
	who := func(v string) *caller.Caller { return &caller.Caller{Principal: &caller.Principal{Subject: v}} }
	one := [][]byte{[]byte("1")}
	for _, c := range []struct {
		name     string
		a, b     subgraphs.Request
		requests int
	}{
		{"same", subgraphs.Request{Values: one, Header: token("a"), Caller: who("ann")}, subgraphs.Request{Values: one, Header: token("a"), Caller: who("ann")}, 1},
		{"token", subgraphs.Request{Header: token("a"), Caller: who("ann")}, subgraphs.Request{Header: token("b"), Caller: who("ann")}, 2},
		{"no token", subgraphs.Request{Header: token("a"), Caller: who("ann")}, subgraphs.Request{Caller: who("ann")}, 2},
		{"principal", subgraphs.Request{Header: token("a"), Caller: who("ann")}, subgraphs.Request{Header: token("a"), Caller: who("bob")}, 2},
		{"nobody", subgraphs.Request{Caller: who("ann")}, subgraphs.Request{}, 2},
		{"variable", subgraphs.Request{Values: one}, subgraphs.Request{Values: [][]byte{[]byte("2")}}, 2},
		{"variable not given", subgraphs.Request{Values: one}, subgraphs.Request{Values: [][]byte{nil}}, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &subgraph{}
			call := prepare(t, coalesced(s), entitySpec(entitiesText))
			var wait sync.WaitGroup
			for i, req := range []*subgraphs.Request{&c.a, &c.b} {
				req.Sets = asked("o1", fmt.Sprint("o", 2+i))
				wait.Go(func() {
					if got, want := fetch(t, call, req), fmt.Sprintf(`{"data":{"_entities":[{"id":"o1"},{"id":"o%d"}]}}`, 2+i); got != want {
						t.Errorf("%s: %s", c.name, got)
					}
				})
			}
			wait.Wait()
			if got := s.seen(); len(got) != c.requests {
				t.Errorf("%s: %q", c.name, got)
			}
		})
	}
}

func TestEntitiesOfBrokenAnswers(t *testing.T) {
	for _, c := range []struct {
		name, body string
		err        error
		want       string // of both callers
	}{
		{name: "fault", err: &fault.Error{Code: fault.GatewayTimeout, Message: "slow"}, want: "error: GATEWAY_TIMEOUT: slow"},
		{name: "no JSON", body: `{"data":`, want: "error: SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is not JSON"},
		{name: "too few", body: `{"data":{"_entities":[{}]}}`, want: "error: SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer has not one entity for each that was asked for"},
		{name: "nothing", body: `{}`, want: "error: SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer has not one entity for each that was asked for"},
		{name: "no data", body: `{"errors":[{"message":"down"}],"data":null}`, want: `{"data":null,"errors":[{"message":"down"}]}`},
		{name: "no entities", body: `{"data":{"_entities":null},"errors":[{"message":"down","path":["_entities"]}]}`, want: `{"data":null,"errors":[{"message":"down","path":["_entities"]}]}`},
		{name: "strange paths", body: `{"data":{"_entities":[null,null]},"errors":[{"message":"a","path":["_entities",7]},{"message":"b","path":3},{"message":"c","path":["x",0]}]}`,
			want: `{"data":{"_entities":[null]},"errors":[{"message":"a","path":["_entities",7]},{"message":"b","path":3},{"message":"c","path":["x",0]}]}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &subgraph{fail: func([]string) (string, error) { return c.body, c.err }}
			call := prepare(t, coalesced(s), entitySpec(entitiesText))
			var wait sync.WaitGroup
			for _, id := range []string{"o1", "o2"} {
				wait.Go(func() {
					if got := fetch(t, call, &subgraphs.Request{Sets: asked(id)}); got != c.want {
						t.Errorf("%s: %s", c.name, got)
					}
				})
			}
			wait.Wait()
			if got := s.seen(); len(got) != 1 {
				t.Errorf("%s: %q", c.name, got)
			}
		})
	}
}

// TestEntitiesOfSeveralBatches has a caller whose entities are in two requests,
// one of which fails.
func TestEntitiesOfSeveralBatches(t *testing.T) {
	for err, want := range map[error]string{
		&fault.Error{Code: fault.GatewayTimeout, Message: "slow"}: `{"data":{"_entities":[{"id":"o1"},{"id":"o2"},null]},"errors":[{"message":"slow","path":["_entities",2],"extensions":{"code":"GATEWAY_TIMEOUT"}}]}`,
		nil: `{"data":{"_entities":[{"id":"o1"},{"id":"o2"},null]},"errors":[{"message":"down"}]}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &subgraph{fail: func(ids []string) (string, error) {
				if slices.Contains(ids, "o3") {
					return `{"data":null,"errors":[{"message":"down"}]}`, err
				}
				return "", nil
			}}
			source := Coalesce(s, Options{Window: time.Millisecond, Threshold: -1, Capacity: 2})
			got := fetch(t, prepare(t, source, entitySpec(entitiesText)), &subgraphs.Request{Sets: asked("o1", "o2", "o3")})
			if got != want {
				t.Error(got)
			}
		})
	}
}

func TestWhatPassesThrough(t *testing.T) {
	s := &subgraph{}
	if Coalesce(s, Options{}) != subgraphs.Source(s) {
		t.Error("a source without a window is decorated")
	}
	source := coalesced(s)
	mutation := entitySpec(entitiesText)
	mutation.Kind = plan.Mutation
	for _, spec := range []*subgraphs.Spec{
		{Kind: plan.Query, Operation: `{a}`}, mutation, entitySpec(`{a _entities(representations: $r){id}}`),
		{Kind: plan.Query, Operation: `{_e0: _entities(representations: $a){id} _e1: _entities(representations: $b){id}}`, Sets: make([]subgraphs.SetSpec, 2)},
	} {
		if _, ok := prepare(t, source, spec).(*subgraphCall); !ok {
			t.Errorf("%s waits for others", spec.Operation)
		}
	}
}

// starting is a subgraph whose calls can be started.
type starting struct{ subgraph }

func (s *starting) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	return &startingCall{subgraphCall{&s.subgraph, *spec}}, nil
}

type startingCall struct{ subgraphCall }

func (c *startingCall) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	p := &startedCall{}
	p.err = c.Fetch(ctx, req, &p.res)
	return p, nil
}

type startedCall struct {
	res subgraphs.Response
	err error
}

func (p *startedCall) Finish(res *subgraphs.Response) error {
	res.Body = append(res.Body, p.res.Body...)
	return p.err
}

func (p *startedCall) Interrupt() {}

func TestStartedEntities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &starting{}
		start := func(source subgraphs.Source, id string) subgraphs.Pending {
			p, err := prepare(t, source, entitySpec(entitiesText)).(subgraphs.Starter).Start(context.Background(), &subgraphs.Request{Sets: asked(id)})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		source := coalesced(s)
		a, b, c := start(source, "o1"), start(source, "o2"), start(source, "o3")
		synctest.Wait()
		c.Interrupt()
		for i, p := range []subgraphs.Pending{a, b} {
			var res subgraphs.Response
			if err := p.Finish(&res); err != nil || string(res.Body) != fmt.Sprintf(`{"data":{"_entities":[{"id":"o%d"}]}}`, i+1) {
				t.Errorf("%s %v", res.Body, err)
			}
		}
		if err := c.Finish(&subgraphs.Response{}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if got := s.seen(); len(got) != 1 {
			t.Errorf("%q", got)
		}
		quiet := Coalesce(s, Options{Window: time.Millisecond})
		if _, ok := start(quiet, "o1").(*startedCall); !ok {
			t.Error("a lone fetch waits for others")
		}
	})
}
