package traffic

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// TestBreaker opens, asks again after its sleep, and closes.
func TestBreaker(t *testing.T) {
	for _, way := range ways {
		synctest.Test(t, func(t *testing.T) {
			var states []string
			refusals := 0
			broken := true
			source := &scripted{start: way.start, follow: way.follow, answer: func(_ context.Context, _ int, res *subgraphs.Response) error {
				if broken {
					return status(res, 503)
				}
				return good(res)
			}}
			traffic := New(Options{Subgraph: "orders", Breaker: Breaker{Enabled: true}, Trace: Trace{
				State: func(s State) { states = append(states, fmt.Sprint(s)) }, Refused: func() { refusals++ }}})
			call := prepare(t, traffic, source, plan.Query)
			asked := func() error { return ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{}) }
			for range 20 {
				if err := asked(); fault.CodeOf(err) != fault.SubrequestHTTPError {
					t.Fatalf("%s: %v", way.name, err)
				}
			}
			err := asked()
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.SubgraphCircuitOpen || f.Subgraph != "orders" || source.asked != 20 || traffic.State() != Open || refusals != 1 {
				t.Fatalf("%s: %v, asked %d times, %d refusals", way.name, err, source.asked, refusals)
			}
			time.Sleep(6 * time.Second) // 5 s and a fifth; of the test's own clock
			if err := asked(); fault.CodeOf(err) != fault.SubrequestHTTPError || traffic.State() != Open {
				t.Errorf("%s: the probe: %v", way.name, err)
			}
			time.Sleep(7 * time.Second) // the second sleep is twice as long, less a fifth
			if err := asked(); fault.CodeOf(err) != fault.SubgraphCircuitOpen {
				t.Errorf("%s: too early: %v", way.name, err)
			}
			time.Sleep(5 * time.Second)
			broken = false
			for range 3 {
				if err := asked(); err != nil {
					t.Errorf("%s: a probe: %v", way.name, err)
				}
			}
			if got := strings.Join(states, ""); got != "0212"+"10" || traffic.State() != Closed {
				t.Errorf("%s: states %s", way.name, got)
			}
		})
	}
}

// TestProbesAtOnce lets no more through than there are probes, and gives the
// place of one that was given up to another.
func TestProbesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(Breaker{Enabled: true, MinRequests: 1}.withDefaults(), nil)
		ticket, _ := b.admit()
		b.record(ticket, failure)
		time.Sleep(6 * time.Second)
		var tickets []uint64
		for range 3 {
			ticket, ok := b.admit()
			if !ok {
				t.Fatal("a probe is not let through")
			}
			tickets = append(tickets, ticket)
		}
		if _, ok := b.admit(); ok {
			t.Fatal("a fourth probe is let through")
		}
		for range 10 {
			b.record(tickets[0], neither) // its client left
			ticket, ok := b.admit()
			if !ok {
				t.Fatal("the place of a probe that was given up is lost")
			}
			tickets[0] = ticket
		}
		for _, ticket := range tickets {
			b.record(ticket, success)
		}
		if b.now() != Closed {
			t.Errorf("after three successes: %d", b.now())
		}
	})
}

// TestLateVerdicts are of requests sent before the breaker opened: they tell
// nothing about the subgraph after its sleep.
func TestLateVerdicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(Breaker{Enabled: true, MinRequests: 2}.withDefaults(), nil)
		late, _ := b.admit()
		for range 2 {
			ticket, _ := b.admit()
			b.record(ticket, failure)
		}
		time.Sleep(6 * time.Second)
		probe, ok := b.admit()
		b.record(late, failure)
		if !ok || b.now() != HalfOpen {
			t.Errorf("a late failure changed the state to %d", b.now())
		}
		b.record(probe, success)
		b.record(late, success)
		b.record(late, success)
		if b.now() != HalfOpen {
			t.Errorf("late successes changed the state to %d", b.now())
		}
	})
}

// TestWhatIsNoFailure leaves the breaker closed however often it happens.
func TestWhatIsNoFailure(t *testing.T) {
	large := &fault.Error{Code: fault.SubrequestMalformed, Cause: subgraphs.ErrBodyTooLarge}
	malformed := &fault.Error{Code: fault.SubrequestMalformed}
	for _, c := range []struct {
		name   string
		answer func(res *subgraphs.Response) error
		want   State
	}{
		{"left", func(*subgraphs.Response) error { return cancelled() }, Closed},
		{"400", func(res *subgraphs.Response) error { return status(res, 400) }, Closed},
		{"401", func(res *subgraphs.Response) error { return status(res, 401) }, Closed},
		{"429", func(res *subgraphs.Response) error { return status(res, 429) }, Closed},
		{"501", func(res *subgraphs.Response) error { return status(res, 501) }, Closed},
		{"too large", func(res *subgraphs.Response) error { res.Status = 200; return large }, Closed},
		{"a bug", func(*subgraphs.Response) error { return errors.New("bug") }, Closed},
		{"our own mistake", func(*subgraphs.Response) error { return &fault.Error{Code: fault.ConnectorRequest} }, Closed},
		{"fine", good, Closed},
		{"errors of GraphQL", func(res *subgraphs.Response) error {
			res.Status = 200
			res.Body = append(res.Body, `{"errors":[{"message":"no"}]}`...)
			return nil
		}, Closed},
		{"500", func(res *subgraphs.Response) error { return status(res, 500) }, Open},
		{"504 with a body", func(res *subgraphs.Response) error {
			res.Status = 504
			res.Body = append(res.Body, `{"errors":[{}]}`...)
			return nil
		}, Open},
		{"refused", func(*subgraphs.Response) error { return refused() }, Open},
		{"reset", func(*subgraphs.Response) error { return reset() }, Open},
		{"timeout", func(*subgraphs.Response) error { return timeout() }, Open},
		{"not JSON", func(res *subgraphs.Response) error { res.Status = 200; return malformed }, Open},
	} {
		for _, kind := range []plan.Kind{plan.Query, plan.Mutation} {
			traffic := New(Options{Breaker: Breaker{Enabled: true}})
			call := prepare(t, traffic, &scripted{start: true, follow: true, answer: func(_ context.Context, _ int, res *subgraphs.Response) error { return c.answer(res) }}, kind)
			for range 60 {
				_ = ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{})
			}
			if got := traffic.State(); got != c.want {
				t.Errorf("%s: state %d, not %d", c.name, got, c.want)
			}
		}
	}
}

// TestPanicKeepsNoProbe lets a source panic while the breaker is half open.
func TestPanicKeepsNoProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panics := false
		source := &scripted{answer: func(_ context.Context, _ int, res *subgraphs.Response) error {
			if panics {
				panic("a bug")
			}
			return refused()
		}}
		traffic := New(Options{Breaker: Breaker{Enabled: true, MinRequests: 1}})
		call := prepare(t, traffic, source, plan.Query)
		_ = ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{})
		time.Sleep(6 * time.Second)
		panics = true
		for range 10 {
			func() {
				defer func() { _ = recover() }()
				_ = ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{})
			}()
		}
		if source.asked != 11 {
			t.Errorf("asked %d times", source.asked)
		}
	})
}

// model is the breaker in the words of its documentation, one request at a
// time, over a list of everything that happened.
type model struct {
	o         Breaker
	state     State
	changes   int
	until     time.Time // of Open, as the breaker drew it
	window    []verdict // since it was closed
	probing   int
	successes int
}

type verdict struct {
	slice  int64
	failed bool
}

// admit says whether a request may be sent.
func (m *model) admit() bool {
	switch m.state {
	case Closed:
		return true
	case Open:
		if time.Now().Before(m.until) {
			return false
		}
		m.change(HalfOpen)
	case HalfOpen:
		if m.probing == m.o.Probes {
			return false
		}
	}
	m.probing++
	return true
}

func (m *model) change(s State) {
	m.state, m.probing, m.successes, m.window = s, 0, 0, nil
	m.changes++
}

// record takes a verdict on a request that was sent at the given change.
func (m *model) record(change int, how outcome) {
	if change != m.changes {
		return
	}
	switch m.state {
	case Closed:
		if how == neither {
			return
		}
		slice := time.Now().UnixNano() / int64(m.o.Window/10)
		m.window = append(m.window, verdict{slice, how == failure})
		failed, all := 0, 0
		for _, v := range m.window {
			if v.slice > slice-10 {
				all++
				if v.failed {
					failed++
				}
			}
		}
		if share := math.Round(100 * float64(failed) / float64(all)); all >= m.o.MinRequests && share >= 100*m.o.FailureRate { // in whole per cents
			m.change(Open)
		}
	case HalfOpen:
		m.probing--
		switch how {
		case failure:
			m.change(Open)
		case success:
			if m.successes++; m.successes == m.o.Probes {
				m.change(Closed)
			}
		case neither:
		}
	case Open:
	}
}

// TestBreakerModel plays random histories of many requests at once, verdicts
// late and missing, against the model.
func TestBreakerModel(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 4))
			o := Breaker{Enabled: true, FailureRate: []float64{0.25, 0.5, 1}[random.IntN(3)], MinRequests: 1 + random.IntN(12), Probes: 1 + random.IntN(3),
				Sleep: time.Second, MaxSleep: 8 * time.Second, Window: time.Duration(1+random.IntN(10)) * time.Second}.withDefaults()
			b, m := newBreaker(o, nil), &model{o: o}
			type flight struct {
				ticket uint64
				change int
			}
			var flying []flight
			bad := random.IntN(100)
			for step := range 600 {
				switch n := random.IntN(10); {
				case n < 4:
					ticket, ok := b.admit()
					if want := m.admit(); ok != want {
						t.Fatalf("seed %d, step %d: admitted %v, not %v (state %d, %d)", seed, step, ok, want, b.now(), m.state)
					}
					if ok {
						flying = append(flying, flight{ticket, m.changes})
					}
				case n < 8 && len(flying) > 0:
					i := random.IntN(len(flying))
					how := success
					if random.IntN(100) < bad {
						how = failure
					}
					if random.IntN(10) == 0 {
						how = neither
					}
					b.record(flying[i].ticket, how)
					m.record(flying[i].change, how)
					flying = append(flying[:i], flying[i+1:]...)
				case n == 8:
					time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
				case n == 9 && random.IntN(10) == 0:
					time.Sleep(time.Duration(random.IntN(10)) * time.Second)
					bad = random.IntN(100)
				}
				if b.now() != m.state {
					t.Fatalf("seed %d, step %d: state %d, not %d", seed, step, b.now(), m.state)
				}
				if m.state == Open {
					m.until = b.until
				}
			}
		})
	}
}
