package limit

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/redistest"
)

func openRedis(t testing.TB, address string, limits config.Limits, m *Metrics) *Store {
	t.Helper()
	if limits.Store == "" {
		limits.Store = "redis"
	}
	stores := config.Stores{Redis: config.Redis{URL: "redis://" + address}}
	if limits.OnStoreError == "closed" { // a busy test machine is no slow Redis
		stores.Redis.Timeout = config.Duration(5 * time.Second)
	}
	s, err := Open(stores, limits, StoreOptions{Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func testRule(text string, burst int) *rule {
	every, err := config.ParseRate(text)
	if err != nil {
		panic(err)
	}
	return &rule{name: "test", prefix: "{g}::test:", pace: paceOf(every, burst), weight: 1}
}

func (r *rule) demand(key string, cost int64) []demand {
	return []demand{{rule: r, key: []byte(r.prefix + key), cost: r.of(cost)}}
}

// hammer takes as often as it can until done, and returns how often it could.
func hammer(s *Store, r *rule, workers int, until time.Time) int64 {
	var allowedOnes atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for time.Now().Before(until) {
				if s.take(context.Background(), r.demand("k", 1)) == allowed {
					allowedOnes.Add(1)
				}
			}
		})
	}
	all.Wait()
	return allowedOnes.Load()
}

const (
	childRate  = "200/s"
	childBurst = 100
)

// TestRedisChild is a process of TestTwoProcessesShareARate.
func TestRedisChild(t *testing.T) {
	address := os.Getenv("WEFT_TEST_REDIS")
	if address == "" {
		return // this is not a child
	}
	s := openRedis(t, address, config.Limits{OnStoreError: "closed"}, nil)
	s.take(context.Background(), testRule("1/s", 1).demand("warm", 1))
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nallowed=%d\n", hammer(s, testRule(childRate, childBurst), 4, time.Now().Add(2*time.Second)))
}

// TestTwoProcessesShareARate: two processes that ask one Redis as fast as they
// can get the rate of one, within 5 %.
func TestTwoProcessesShareARate(t *testing.T) {
	redis := redistest.Start(t, "")
	type child struct {
		command *exec.Cmd
		in      io.WriteCloser
		out     *bufio.Scanner
	}
	var children []*child
	for range 2 {
		c := &child{command: exec.Command(os.Args[0], "-test.run=^TestRedisChild$", "-test.v")}
		c.command.Env = append(os.Environ(), "WEFT_TEST_REDIS="+redis.Address)
		var err error
		if c.in, err = c.command.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		out, err := c.command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.command.Start(); err != nil {
			t.Fatal(err)
		}
		c.out = bufio.NewScanner(out)
		for c.out.Scan() && c.out.Text() != "ready" {
		}
		children = append(children, c)
	}
	start := time.Now()
	for _, c := range children {
		if _, err := io.WriteString(c.in, "go\n"); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for _, c := range children {
		for c.out.Scan() {
			if text, ok := strings.CutPrefix(c.out.Text(), "allowed="); ok {
				n, _ := strconv.Atoi(text)
				total += n
				t.Logf("one process was allowed %d", n)
			}
		}
		if err := c.command.Wait(); err != nil {
			t.Error(err)
		}
	}
	took := min(time.Since(start), 2*time.Second)
	want := childBurst + took.Seconds()*200
	t.Logf("%d allowed, %.0f by the rate", total, want)
	if f := float64(total); f < 0.95*want || f > 1.05*want {
		t.Errorf("%d allowed, not %.0f", total, want)
	}
}

// TestRedisCountsAsMemoryDoes asks one store in memory and one on Redis the same
// in the same moments, refunds and all.
func TestRedisCountsAsMemoryDoes(t *testing.T) {
	s := openRedis(t, redistest.Start(t, "").Address, config.Limits{OnStoreError: "closed"}, nil)
	r, watched := testRule("10/h", 10), testRule("10/h", 3)
	watched.observed = true
	steps := []struct {
		cost            int64
		is              answer
		left, leftOther int64
		watchedRefused  bool
	}{
		{cost: 3, is: allowed, left: 7, leftOther: 0},
		{cost: 3, is: allowed, left: 4, leftOther: 0, watchedRefused: true},
		{cost: 5, is: refused, left: 4, leftOther: 0, watchedRefused: true},
		{cost: 4, is: allowed, left: 0, leftOther: 0, watchedRefused: true},
	}
	for i, step := range steps {
		d := append(r.demand("a", step.cost), watched.demand("b", step.cost)...)
		if is := s.take(context.Background(), d); is != step.is || d[0].left() != step.left || d[1].refused != step.watchedRefused {
			t.Errorf("step %d: %v, %d left, observed %v", i, is, d[0].left(), d[1].refused)
		}
		if step.is == refused && (d[0].wait < int64(5*time.Minute) || d[0].wait > int64(6*time.Minute)) {
			t.Errorf("step %d: wait %v", i, time.Duration(d[0].wait))
		}
	}
	s.redis.settleAll([]adjustment{{s.redis.key(r.demand("a", 1)[0].key), -r.of(6), r.tolerance}})
	d := r.demand("a", 6)
	if is := s.take(context.Background(), d); is != allowed || d[0].left() != 0 {
		t.Errorf("after a refund of 6: %v, %d left", is, d[0].left())
	}
	s.redis.settleAll([]adjustment{{s.redis.key(d[0].key), r.of(1000), r.tolerance}, {s.redis.key(d[0].key), -r.of(12), r.tolerance}})
	d = r.demand("a", 3)
	if is := s.take(context.Background(), d); is != refused || d[0].left() != 2 {
		t.Errorf("after a charge that ends at twice the burst, and a refund of 12: %v, %d left", is, d[0].left())
	}
}

// load asks a store all the time and keeps what happened.
type load struct {
	asked, failed, slow atomic.Int64
	longest             atomic.Int64
	stop                chan struct{}
	all                 sync.WaitGroup
}

func startLoad(s *Store, r *rule) *load {
	l := &load{stop: make(chan struct{})}
	for i := range 8 {
		l.all.Go(func() {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-l.stop:
					return
				case <-tick.C:
				}
				start := time.Now()
				if s.take(context.Background(), r.demand(strconv.Itoa(i), 1)) != allowed {
					l.failed.Add(1)
				}
				took := int64(time.Since(start))
				if l.asked.Add(1); took > int64(10*time.Millisecond) {
					l.slow.Add(1)
				}
				for old := l.longest.Load(); took > old && !l.longest.CompareAndSwap(old, took); old = l.longest.Load() {
				}
			}
		})
	}
	return l
}

func (l *load) end() { close(l.stop); l.all.Wait() }

// until waits for something to become true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	end := time.After(10 * time.Second)
	for !is() {
		select {
		case <-end:
			t.Fatalf("%s does not come", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestRedisTroubleFailsNobody stops Redis, starts it again, and slows it to half
// a second, all under load.
func TestRedisTroubleFailsNobody(t *testing.T) {
	for _, store := range []string{"redis", "redis+local"} {
		t.Run(store, func(t *testing.T) {
			redis := redistest.Start(t, "")
			p := redistest.NewProxy(t, redis.Address)
			registry := prometheus.NewRegistry()
			m := NewMetrics(registry)
			s := openRedis(t, p.Address, config.Limits{Store: store}, m)
			l := startLoad(s, testRule("1000000/s", 0))
			stage := func(what string, do func(), up bool) {
				before := l.asked.Load()
				do()
				until(t, what, func() bool { return s.redis.breaker.open() != up })
				seen := l.asked.Load()
				until(t, "load", func() bool { return l.asked.Load() > seen+500 })
				t.Logf("%s: %d asked, longest %v, %d over 10 ms, %v store errors", what, l.asked.Load()-before,
					time.Duration(l.longest.Swap(0)), l.slow.Swap(0), metric(t, registry, "weft_limit_store_errors_total"))
			}
			stage("all is well", func() { until(t, "load", func() bool { return l.asked.Load() > 500 }) }, true)
			stage("Redis is stopped", redis.Stop, false)
			stage("Redis is back", func() { redis = redistest.Start(t, redis.Address) }, true)
			stage("Redis is slow", func() { p.Delay.Store(int64(500 * time.Millisecond)) }, false)
			errorsBefore, seen := metric(t, registry, "weft_limit_store_errors_total"), l.asked.Load()
			until(t, "load", func() bool { return l.asked.Load() > seen+1000 })
			if n := metric(t, registry, "weft_limit_store_errors_total") - errorsBefore; n > 0 {
				t.Errorf("%v operations waited for a Redis that is known to be slow", n)
			}
			stage("Redis is fast", func() { p.Delay.Store(0) }, true)
			stage("Redis is restarted", func() {
				redis.Stop()
				redis = redistest.Start(t, redis.Address)
				until(t, "trouble", s.redis.breaker.open)
			}, true)
			l.end()
			if n := l.failed.Load(); n > 0 {
				t.Errorf("%d of %d failed", n, l.asked.Load())
			}
			if metric(t, registry, "weft_limit_store_up") != 1 {
				t.Error("weft_limit_store_up is not 1")
			}
		})
	}
}

// metric returns the sum of a metric over its labels.
func metric(t *testing.T, r *prometheus.Registry, name string) (sum float64) {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// TestStoreErrorPolicies: what becomes of operations while the store is away.
func TestStoreErrorPolicies(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	for policy, want := range map[string]answer{"local": allowed, "": allowed, "open": unknown, "closed": unknown} { // refused at once
		s := openRedis(t, address, config.Limits{OnStoreError: policy}, nil)
		if is := s.take(context.Background(), testRule("5/m", 5).demand("k", 1)); is != want {
			t.Errorf("%s: %v", policy, is)
		}
	}
	s := openRedis(t, address, config.Limits{Instances: 4}, nil)
	n := 0
	for range 100 {
		if s.take(context.Background(), testRule("40/h", 40).demand("k", 1)) == allowed {
			n++
		}
	}
	if n != 10 {
		t.Errorf("one of four processes allows %d of 40", n)
	}
}

func TestRedisKeys(t *testing.T) {
	r := &shared{prefix: "weft:"}
	if got := r.key([]byte("{shop}::ip:=192.0.2.7")); got != "weft:{shop}::ip:=192.0.2.7" {
		t.Error(got)
	}
	long := []byte("{shop}::ip:=" + strings.Repeat("x", 5000))
	other := append(long[:len(long):len(long)], 'y')
	if a, b := r.key(long), r.key(other); a == b || len(a) != len("weft:")+maxKey || !strings.HasPrefix(a, "weft:{shop}::ip:=") {
		t.Errorf("%s, %s", a, b)
	}
}

// BenchmarkRedis takes three rates in one round trip, from several goroutines.
func BenchmarkRedis(b *testing.B) {
	s := openRedis(b, redistest.Start(b, "").Address, config.Limits{OnStoreError: "closed"}, nil)
	r := testRule("1000000/s", 0)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			d := append(append(r.demand("a", 1), r.demand("b", 1)...), r.demand("c", 1)...)
			if is := s.take(context.Background(), d); is != allowed {
				b.Errorf("answer %d", is)
			}
		}
	})
}
