package traffic

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// TestRetries is reason × way of asking.
func TestRetries(t *testing.T) {
	all := &Conditions{Connect: true, Reset: true, Timeout: true, Statuses: []int{500, 503}}
	none := &Conditions{}
	for _, c := range []struct {
		name  string
		fail  func(res *subgraphs.Response) error
		usual int // times asked with the defaults, with all and with no conditions
		all   int
		none  int
	}{
		{"refused", func(*subgraphs.Response) error { return refused() }, 3, 3, 1},
		{"reset", func(*subgraphs.Response) error { return reset() }, 3, 3, 1},
		{"timeout", func(*subgraphs.Response) error { return timeout() }, 1, 3, 1},
		{"cancelled", func(*subgraphs.Response) error { return cancelled() }, 1, 1, 1},
		{"broken amid the answer", func(res *subgraphs.Response) error { res.Status = 200; return reset() }, 1, 1, 1},
		{"late amid the answer", func(res *subgraphs.Response) error { res.Status = 200; return timeout() }, 1, 3, 1},
		{"500", func(res *subgraphs.Response) error { return status(res, 500) }, 1, 3, 1},
		{"502", func(res *subgraphs.Response) error { return status(res, 502) }, 3, 1, 1},
		{"503", func(res *subgraphs.Response) error { return status(res, 503) }, 3, 3, 1},
		{"503 with a body", func(res *subgraphs.Response) error {
			res.Status = 503
			res.Body = append(res.Body, `{"errors":[{}]}`...)
			return nil
		}, 3, 3, 1},
		{"404", func(res *subgraphs.Response) error { return status(res, 404) }, 1, 1, 1},
		{"429", func(res *subgraphs.Response) error { return status(res, 429) }, 1, 1, 1},
		{"a bug", func(*subgraphs.Response) error { return errors.New("bug") }, 1, 1, 1},
		{"fine", good, 1, 1, 1},
	} {
		for _, way := range ways {
			for i, on := range []*Conditions{nil, all, none} {
				source := &scripted{start: way.start, follow: way.follow, answer: func(_ context.Context, _ int, res *subgraphs.Response) error { return c.fail(res) }}
				retry := noWait()
				retry.On = on
				call := prepare(t, New(Options{Retry: retry}), source, plan.Query)
				_ = ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{})
				if want := [...]int{c.usual, c.all, c.none}[i]; source.asked != want {
					t.Errorf("%s by %s, conditions %d: asked %d times, not %d", c.name, way.name, i, source.asked, want)
				}
			}
		}
	}
}

// TestRepeatedAnswer is whole: what a failed attempt left is gone, what stood
// before stays.
func TestRepeatedAnswer(t *testing.T) {
	for _, way := range ways {
		retried := 0
		source := &scripted{start: way.start, follow: way.follow, answer: func(_ context.Context, n int, res *subgraphs.Response) error {
			if n == 0 {
				res.Status = 503
				res.Body = append(res.Body, `{"errors":[{"message":"busy"}]}`...)
				return nil
			}
			return good(res)
		}}
		call := prepare(t, New(Options{Retry: noWait(), Trace: Trace{Retried: func() { retried++ }}}), source, plan.Query)
		res := subgraphs.Response{Body: []byte("before")}
		if err := ask(t.Context(), call, &subgraphs.Request{}, &res); err != nil || string(res.Body) != `before{"data":{}}` || res.Status != 200 || retried != 1 {
			t.Errorf("%s: %v %s %d, %d told", way.name, err, res.Body, res.Status, retried)
		}
	}
}

// TestMutationsAreSentOnce, whatever happens to them.
func TestMutationsAreSentOnce(t *testing.T) {
	for _, way := range ways {
		for _, fail := range []func(res *subgraphs.Response) error{
			func(*subgraphs.Response) error { return refused() }, func(*subgraphs.Response) error { return reset() }, func(*subgraphs.Response) error { return timeout() },
			func(res *subgraphs.Response) error { return status(res, 503) },
		} {
			source := &scripted{start: way.start, follow: way.follow, answer: func(_ context.Context, _ int, res *subgraphs.Response) error { return fail(res) }}
			traffic := New(Options{Retry: Retry{Attempts: 5, Pause: 1, On: &Conditions{Connect: true, Reset: true, Timeout: true, Statuses: []int{503}}}, Breaker: Breaker{Enabled: true}})
			call := prepare(t, traffic, source, plan.Mutation)
			if err := ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{}); err == nil || source.asked != 1 {
				t.Errorf("%s: %v, sent %d times", way.name, err, source.asked)
			}
		}
	}
}

// TestRetryTime ends in time: neither beyond an operation's deadline, nor after
// it was given up.
func TestRetryTime(t *testing.T) {
	for _, way := range ways {
		synctest.Test(t, func(t *testing.T) {
			source := &scripted{start: way.start, follow: way.follow, answer: func(context.Context, int, *subgraphs.Response) error { return refused() }}
			traffic := New(Options{Retry: Retry{Attempts: 100, Pause: 25 * time.Millisecond, MaxPause: 250 * time.Millisecond, Budget: Budget{MinPerSecond: 1000}}})
			call := prepare(t, traffic, source, plan.Query)
			begin := time.Now()
			_ = ask(t.Context(), call, &subgraphs.Request{Deadline: begin.Add(time.Second)}, &subgraphs.Response{})
			if took := time.Since(begin); took > 980*time.Millisecond || source.asked < 5 {
				t.Errorf("%s: %d attempts within %v", way.name, source.asked, took)
			}

			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(300*time.Millisecond, cancel)
			begin = time.Now()
			_ = ask(ctx, call, &subgraphs.Request{}, &subgraphs.Response{})
			if took := time.Since(begin); took != 300*time.Millisecond {
				t.Errorf("%s: given up after 300ms, ended after %v", way.name, took)
			}
		})
	}
}

// TestPauses grow and are left to chance.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		source := &scripted{answer: func(context.Context, int, *subgraphs.Response) error {
			at = append(at, time.Now())
			return refused()
		}}
		call := prepare(t, New(Options{Retry: Retry{Attempts: 6, MaxPause: 250 * time.Millisecond, Budget: Budget{MinPerSecond: 1e6}}}), source, plan.Query)
		longest := make([]time.Duration, 6)
		var first []time.Duration
		for range 300 {
			at = at[:0]
			_ = ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{})
			for i := range longest {
				longest[i] = max(longest[i], at[i+1].Sub(at[i]))
			}
			first = append(first, at[1].Sub(at[0]))
		}
		for i, ceiling := range []time.Duration{25, 50, 100, 200, 250, 250} {
			if ceiling *= time.Millisecond; longest[i] > ceiling || longest[i] < ceiling*9/10 {
				t.Errorf("the longest pause before attempt %d was %v, not about %v", i+1, longest[i], ceiling)
			}
		}
		slices.Sort(first)
		if median := first[len(first)/2]; median < 8*time.Millisecond || median > 17*time.Millisecond {
			t.Errorf("the first pause is %v in the middle", median)
		}
	})
}

// TestAmplification lets everything fail: the subgraph gets at most a fifth
// more than the clients ask.
func TestAmplification(t *testing.T) {
	for _, c := range []struct {
		name    string
		breaker bool
		budget  Budget
		limit   float64
	}{
		{"the share alone", false, Budget{MinPerSecond: -1}, 1.2},
		{"by default", false, Budget{}, 1.211}, // 10 a second beside the fifth of 1000
		{"with a breaker", true, Budget{}, 0.05},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &scripted{start: true, follow: true, answer: func(_ context.Context, _ int, res *subgraphs.Response) error { return status(res, 503) }}
				traffic := New(Options{Retry: Retry{Attempts: 2, Budget: c.budget}, Breaker: Breaker{Enabled: c.breaker}})
				call := prepare(t, traffic, source, plan.Query)
				const clients = 60_000 // a minute of 1000 a second
				done := make(chan struct{}, clients)
				for i := range clients {
					go func() {
						_ = ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{})
						done <- struct{}{}
					}()
					if i%10 == 9 {
						time.Sleep(10 * time.Millisecond) // of the test's own clock
					}
				}
				for range clients {
					<-done
				}
				times := float64(source.count()) / clients
				t.Logf("%.4f requests for one", times)
				if times > c.limit {
					t.Errorf("%.4f requests for one", times)
				}
			})
		})
	}
}

// TestBudget follows the rule over a window that moves.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(Budget{Ratio: 0.2, MinPerSecond: 1, TTL: 10 * time.Second}, time.Now())
		spent := func() (n int) {
			for b.spend() {
				n++
			}
			return n
		}
		if n := spent(); n != 10 {
			t.Errorf("%d of the reserve", n)
		}
		for range 100 {
			b.earn()
		}
		if n := spent(); n != 20 {
			t.Errorf("%d for 100 requests", n)
		}
		time.Sleep(9 * time.Second)
		if n := spent(); n != 0 {
			t.Errorf("%d within the time", n)
		}
		time.Sleep(2 * time.Second)
		if n := spent(); n != 10 {
			t.Errorf("%d after it", n)
		}
	})
}

func TestNothingToDo(t *testing.T) {
	source := &scripted{}
	if got := New(Options{}).Decorate(source); got != subgraphs.Source(source) {
		t.Error("a source is decorated for nothing")
	}
	both := New(Options{Retry: noWait(), Breaker: Breaker{Enabled: true}})
	if inner, ok := both.Decorate(source).(interface{ Unwrap() subgraphs.Source }); !ok || inner.Unwrap() != subgraphs.Source(source) {
		t.Error("the source within is lost")
	}
	for kind, want := range map[plan.Kind]bool{plan.Query: true, plan.Mutation: true, plan.Subscription: false} {
		if _, wrapped := prepare(t, both, source, kind).(*call); wrapped != want {
			t.Errorf("kind %d: decorated %v", kind, wrapped)
		}
	}
	if _, wrapped := prepare(t, New(Options{Retry: noWait()}), source, plan.Mutation).(*call); wrapped {
		t.Error("a mutation is decorated by retries alone")
	}
	if _, starts := prepare(t, both, &scripted{start: true}, plan.Query).(subgraphs.Starter); !starts {
		t.Error("a call cannot be started any more")
	}
	if fault.CodeOf(both.refusal) != fault.SubgraphCircuitOpen {
		t.Error(both.refusal)
	}
}
