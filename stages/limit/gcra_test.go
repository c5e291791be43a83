package limit

import (
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/config"
)

// bucket is the oracle: tokens in a bucket that fills at the rate, in floating
// point. It knows nothing of arrival times.
type bucket struct {
	burst, rate, tokens float64 // rate in tokens a nanosecond
	at                  int64
}

func (b *bucket) fill(now int64) {
	b.tokens = math.Min(b.burst, b.tokens+float64(now-b.at)*b.rate)
	b.at = now
}

// TestRatesAgreeWithTheOracle drives keys of random rates with random loads,
// refunds and charges, and compares what each operation was told.
func TestRatesAgreeWithTheOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for run := range 300 {
		every := config.Every{Count: 1 + random.Int64N(500), Per: time.Duration(1+random.Int64N(120)) * time.Second}
		r := &rule{name: "r", pace: paceOf(every, int(random.Int64N(100))), settled: true}
		l := newLocal(1000)
		oracle := &bucket{burst: float64(r.burst), rate: float64(every.Count) / float64(every.Per), tokens: float64(r.burst), at: 1}
		now, most := int64(1), int64(1)+random.Int64N(r.burst)
		var got, want, differ float64
		const steps = 3000
		for range steps {
			now += random.Int64N(1 + int64(float64(most)*float64(r.each)*random.Float64()*3))
			cost := 1 + random.Int64N(most)
			demands := []demand{{rule: r, key: []byte("k"), cost: r.of(cost)}}
			is := l.take(now, demands, 1)
			oracle.fill(now)
			should := oracle.tokens >= float64(cost)
			if near := math.Abs(oracle.tokens - float64(cost)); is != should && near > 1e-3*float64(r.burst) {
				t.Fatalf("run %d: %v with %v tokens for %d", run, is, oracle.tokens, cost)
			}
			if is != should {
				differ++
			}
			if should {
				want += float64(cost)
			}
			if !is {
				if wait := demands[0].wait; r.of(cost) <= r.tolerance && (wait <= 0 || l.take(now+wait-1, demands, 1)) {
					t.Fatalf("run %d: told to wait %d too long", run, wait)
				}
				continue
			}
			got += float64(cost)
			oracle.tokens -= float64(cost)
			if random.IntN(4) == 0 {
				delta := random.Int64N(2*cost) - cost
				demands[0].adjust(now, sign(delta)*r.of(abs(delta)))
				oracle.tokens = math.Max(math.Min(oracle.burst, oracle.tokens-float64(delta)), -oracle.burst)
			}
		}
		if math.Abs(got-want) > 0.01*math.Max(want, 100) || differ > 0.01*steps {
			t.Errorf("run %d: %v allowed, by the oracle %v, %v differ", run, got, want, differ)
		}
	}
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}

func abs(n int64) int64 { return n * sign(n) }

// TestWaitIsExact: who comes when told to is served, who comes a nanosecond
// earlier is not.
func TestWaitIsExact(t *testing.T) {
	r := &rule{pace: paceOf(config.Every{Count: 7, Per: time.Second}, 3)}
	l := newLocal(1000)
	ask := func(now int64) demand {
		d := []demand{{rule: r, key: []byte("k"), cost: r.of(2)}}
		l.take(now, d, 1)
		return d[0]
	}
	if d := ask(1000); d.refused {
		t.Fatal("the first is refused")
	}
	d := ask(1000)
	if !d.refused || d.wait != r.each {
		t.Fatalf("the second waits %d, not %d", d.wait, r.each)
	}
	if !ask(1000 + d.wait - 1).refused {
		t.Error("served too early")
	}
	if ask(1000 + d.wait).refused {
		t.Error("not served in time")
	}
}

// TestClockGoesBack: nobody waits for the clock to catch up.
func TestClockGoesBack(t *testing.T) {
	r := &rule{pace: paceOf(config.Every{Count: 10, Per: time.Second}, 10)}
	l := newLocal(1000)
	now := int64(time.Hour)
	served := func() (n int) {
		for range 20 {
			if l.take(now, []demand{{rule: r, key: []byte("k"), cost: r.each}}, 1) {
				n++
			}
		}
		return n
	}
	if n := served(); n != 10 {
		t.Fatalf("%d at once", n)
	}
	now -= int64(50 * time.Minute)
	if n := served(); n > 0 {
		t.Errorf("the jump served %d more", n)
	}
	now += int64(500 * time.Millisecond)
	if n := served(); n != 5 {
		t.Errorf("%d half a second after the jump", n)
	}
	now += int64(time.Hour)
	if n := served(); n != 10 {
		t.Errorf("%d after a jump ahead", n)
	}
}

// TestPaceIsBounded: what a configuration can say does not overflow.
func TestPaceIsBounded(t *testing.T) {
	for _, p := range []pace{
		paceOf(config.Every{Count: 1, Per: 366 * 24 * time.Hour}, math.MaxInt32),
		paceOf(config.Every{Count: math.MaxInt32, Per: time.Hour}, math.MaxInt32),
		paceOf(config.Every{Count: 1, Per: time.Millisecond}, 0),
	} {
		now := int64(20 * 365 * 24 * time.Hour)
		next, wait := admit(0, now, p.of(math.MaxInt64), p.tolerance)
		if p.tolerance <= 0 || p.burst < 1 || next < now || wait <= 0 {
			t.Errorf("%+v: next %d, wait %d", p, next, wait)
		}
		if charged := settle(next, now, p.of(math.MaxInt64), p.tolerance); charged != now+2*p.tolerance {
			t.Errorf("%+v: charged to %d", p, charged)
		}
		if back := settle(next, now, -p.of(math.MaxInt64), p.tolerance); back < now {
			t.Errorf("%+v: refunded to %d", p, back)
		}
	}
}

// TestConcurrentTakesAreExact: many goroutines get exactly the burst, and what
// one rate refuses is not left counted at another.
func TestConcurrentTakesAreExact(t *testing.T) {
	wide := &rule{name: "wide", prefix: "w", pace: paceOf(config.Every{Count: 1000, Per: time.Hour}, 1000)}
	narrow := &rule{name: "narrow", prefix: "n", pace: paceOf(config.Every{Count: 500, Per: time.Hour}, 500)}
	l := newLocal(1000)
	var taken atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				d := append(wide.demand("k", 1), narrow.demand("k", 1)...)
				if l.take(int64(time.Hour), d, 1) {
					taken.Add(1)
				}
			}
		})
	}
	all.Wait()
	d := wide.demand("k", 1)
	l.take(int64(time.Hour), d, 1)
	if n := taken.Load(); n != 500 || d[0].left() != 499 {
		t.Errorf("%d of 500 taken, %d left of 1000 less 501", n, d[0].left())
	}
}
