package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
)

var start = time.Date(2026, 11, 20, 9, 8, 7, 6_500_000, time.UTC)

// shopping is an operation as most are, of a client who has secrets.
func shopping() *Operation {
	o := &Operation{
		Start: start, End: start.Add(3*time.Millisecond + 1234*time.Microsecond),
		Caller: &caller.Caller{
			Method: "POST", Host: "shop.example.com", Path: "/graphql", Query: "access_token=secret", RequestID: "r-1", Profile: "web",
			Header:    http.Header{"Authorization": {"Bearer secret"}, "Cookie": {"session=secret"}, "X-Region": {"eu"}},
			Remote:    netip.MustParseAddr("203.0.113.7"),
			Client:    caller.Client{Name: "shop-web", Version: "1.2"},
			Principal: &caller.Principal{Kind: "jwt", Subject: "u1", Claims: []byte(`{"tenant":{"id":"t-7"},"email":"a@b.c","n":1.5}`)},
		},
		Operation: &operation.Operation{Kind: plan.Query, Name: "Top"},
		Transport: "http", Status: 200, Bytes: 87_800, DocumentHit: true, PlanHit: true,
		Fetches: []executor.FetchInfo{
			{Fetch: 0, Subgraph: "products", Bytes: 100, Status: 200, Start: start.Add(100 * time.Microsecond), Duration: time.Millisecond},
			{Fetch: 1, Subgraph: "reviews", Bytes: 200, Status: 200, Representations: 5, Start: start.Add(1100 * time.Microsecond), Duration: 2 * time.Millisecond},
			{Fetch: 2, Subgraph: "stock", Bytes: 300, Status: 200, Representations: 5, Start: start.Add(1100 * time.Microsecond), Duration: time.Millisecond},
		},
	}
	for i := range o.Operation.Hash {
		o.Operation.Hash[i] = byte(i)
	}
	return o
}

// cases are operations to be told, by name.
func cases() map[string]*Operation {
	failed := shopping()
	failed.Status, failed.Fetches = 200, nil
	failed.Errors = []*fault.Error{{Code: fault.SubrequestHTTPError, Subgraph: "s", Message: "secret"}, {Code: fault.SubrequestHTTPError}, {Code: `MADE "UP"`}}
	refused := &Operation{Start: start, End: start, Status: 403, Transport: "http", Bytes: 12,
		Caller: &caller.Caller{Method: "GET", Path: "/graphql\n\x7f\xff " + strings.Repeat("é", 200)}, Errors: []*fault.Error{{Code: fault.CSRFPreventionFailed}}}
	odd := shopping()
	odd.Caller.Client = caller.Client{Name: `a "quoted" = name`, Version: "ünï\x00code"}
	odd.Caller.Remote = netip.MustParseAddr("fe80::1%eth0")
	odd.Operation.Kind, odd.Operation.Name = plan.Subscription, ""
	odd.Transport, odd.Status, odd.Events = "websocket", 0, 3
	return map[string]*Operation{"shopping": shopping(), "failed": failed, "refused": refused, "odd": odd}
}

// TestAccessLog compares lines; a secret must be in none.
func TestAccessLog(t *testing.T) {
	golden.Run(t, "testdata/accesslog", []string{"lines.txt", "errors.txt"}, func(t *testing.T, c *golden.Case) {
		settings := load(t, c.Must(t, "weft.yaml"))
		var out buffer
		settings.Logs.Access.Output = &out
		opened, err := Open(settings, Options{Graph: "shop"})
		if err != nil {
			c.Output(t, "errors.txt", err.Error())
			return
		}
		all := cases()
		for _, name := range strings.Fields(c.Header("tell")) {
			o := all[name]
			opened.Begin(o)
			opened.Tell(o)
		}
		opened.Close()
		if strings.Contains(out.String(), "secret") {
			t.Error("a secret was told")
		}
		if settings.Logs.Format == "json" {
			for line := range strings.Lines(out.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("no JSON: %s", line)
				}
			}
		}
		c.Output(t, "lines.txt", out.String())
	})
}

func load(t *testing.T, text string) config.Telemetry {
	t.Helper()
	c, err := config.Parse("weft.yaml", []byte(text), config.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Telemetry
}

// buffer is a bytes.Buffer that goroutines share.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestHashedAddress tells the same address the same way, and not the address.
func TestHashedAddress(t *testing.T) {
	tell := func(ip string) string {
		var out buffer
		opened, err := Open(config.Telemetry{Logs: config.Logs{Format: "json", Access: config.Access{IP: "hash", Output: &out}}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, remote := range []string{ip, ip, "203.0.113.8"} {
			o := shopping()
			o.Caller.Remote = netip.MustParseAddr(remote)
			opened.Tell(o)
		}
		opened.Close()
		var told []string
		for line := range strings.Lines(out.String()) {
			var l struct{ IP string }
			if err := json.Unmarshal([]byte(line), &l); err != nil || len(l.IP) != 16 {
				t.Fatalf("%v: %s", err, line)
			}
			told = append(told, l.IP)
		}
		if told[0] != told[1] || told[0] == told[2] {
			t.Errorf("told %v", told)
		}
		return told[0]
	}
	if one, other := tell("203.0.113.7"), tell("203.0.113.7"); one == other {
		t.Error("two processes tell an address the same way: it could be guessed")
	}
}

// TestSampled leaves out successes, never errors.
func TestSampled(t *testing.T) {
	none := 0.0
	var out buffer
	opened, err := Open(config.Telemetry{Logs: config.Logs{Access: config.Access{Sample2xx: &none, Output: &out}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := cases()
	for _, name := range []string{"shopping", "failed", "refused", "odd"} {
		opened.Tell(all[name])
	}
	opened.Close()
	if n := strings.Count(out.String(), "\n"); n != 2 || strings.Count(out.String(), "codes=") != 2 {
		t.Errorf("%d lines:\n%s", n, out.String())
	}
}

// counting returns metrics and what reads one of them.
func counting(t *testing.T) (*Metrics, func(name string) int) {
	t.Helper()
	registry := prometheus.NewRegistry()
	m, err := NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	return m, func(name string) int {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == name {
				return int(f.Metric[0].GetCounter().GetValue())
			}
		}
		t.Fatalf("no %s", name)
		return 0
	}
}

// TestSlowReader tells as fast as ever while nobody reads, drops what does not
// fit, and counts it.
func TestSlowReader(t *testing.T) {
	r, w := io.Pipe()
	m, count := counting(t)
	opened, err := Open(config.Telemetry{Logs: config.Logs{Access: config.Access{Output: w}}}, Options{Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	const told = 10_000
	for range told {
		opened.Tell(shopping())
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("telling took %v", took)
	}
	dropped := count("weft_access_log_dropped_total")
	if dropped == 0 {
		t.Error("nothing was dropped")
	}
	lines := make(chan int)
	go func() { // ends with the pipe
		text, _ := io.ReadAll(r)
		lines <- bytes.Count(text, []byte("\n"))
	}()
	opened.Close()
	_ = w.Close()
	if got := <-lines; got+dropped != told {
		t.Errorf("%d lines and %d dropped of %d", got, dropped, told)
	}
	opened.Tell(shopping()) // too late, and harmless
	opened.Close()
}

// TestStuckReader closes although nobody reads at all.
func TestStuckReader(t *testing.T) {
	_, w := io.Pipe()
	opened, err := Open(config.Telemetry{Logs: config.Logs{Access: config.Access{Output: w}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	opened.Tell(shopping())
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	closed := make(chan struct{})
	go func() { opened.Close(); close(closed) }() // ends within patience
	select {
	case <-closed:
	case <-ctx.Done():
		t.Error("Close waits for ever")
	}
	_ = w.Close()
}

// TestReopen writes to a file, and to a new one after it was moved away.
func TestReopen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "access.log")
	opened, err := Open(config.Telemetry{Logs: config.Logs{Access: config.Access{File: file}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	opened.Tell(shopping())
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	if err := opened.Reopen(); err != nil {
		t.Fatal(err)
	}
	opened.Tell(shopping())
	opened.Close()
	total := 0
	for _, name := range []string{file, file + ".1"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		total += bytes.Count(text, []byte("\n"))
	}
	if total != 2 {
		t.Errorf("%d lines in both", total)
	}
	if _, err := Open(config.Telemetry{Logs: config.Logs{Access: config.Access{File: filepath.Dir(file)}}}, Options{}); fault.CodeOf(err) != fault.ConfigInvalid {
		t.Errorf("a folder as file: %v", err)
	}
}

// TestOffCostsNothing tells to nobody.
func TestOffCostsNothing(t *testing.T) {
	o := shopping()
	for name, off := range map[string]*Telemetry{"nil": nil, "zero": {}} {
		if n := testing.AllocsPerRun(100, func() {
			off.Begin(o)
			o.Mark(Prepared)
			if o.Depart() != nil {
				t.Error("an operation is traced")
			}
			off.Tell(o)
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestLineAllocations holds a line to the two allocations it may have.
func TestLineAllocations(t *testing.T) {
	opened := discarding(t, config.Logs{Format: "json"})
	o := shopping()
	if n := testing.AllocsPerRun(1000, func() { opened.Tell(o) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}

func discarding(tb testing.TB, c config.Logs) *Telemetry {
	tb.Helper()
	c.Access.Output = io.Discard
	opened, err := Open(config.Telemetry{Logs: c}, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(opened.Close)
	return opened
}

// BenchmarkAccessLog is one line, from operation to queue.
func BenchmarkAccessLog(b *testing.B) {
	for name, c := range map[string]config.Logs{
		"json": {Format: "json"}, "text": {Format: "text"},
		"fields": {Format: "json", Access: config.Access{IP: "hash", Fields: map[string]string{"tenant": "claims.tenant.id", "region": "header[\"x-region\"] ?? 'none'"}}},
	} {
		b.Run(name, func(b *testing.B) {
			opened := discarding(b, c)
			o := shopping()
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					opened.Tell(o)
				}
			})
		})
	}
}

// TestFetching measures when any fetch was under way.
func TestFetching(t *testing.T) {
	at := func(from, until int) executor.FetchInfo {
		return executor.FetchInfo{Start: start.Add(time.Duration(from)), Duration: time.Duration(until - from)}
	}
	for _, c := range []struct {
		fetches []executor.FetchInfo
		want    time.Duration
	}{
		{nil, 0},
		{[]executor.FetchInfo{at(1, 5)}, 4},
		{[]executor.FetchInfo{at(4, 6), at(1, 3)}, 4},
		{[]executor.FetchInfo{at(1, 5), at(2, 3), at(4, 8)}, 7},
		{[]executor.FetchInfo{at(1, 5), at(1, 5), at(5, 6)}, 5},
	} {
		if got := Fetching(c.fetches); got != c.want {
			t.Errorf("%s: %d, want %d", fmt.Sprint(c.fetches), got, c.want)
		}
	}
}

// FuzzLine writes whatever clients and subgraphs choose: it stays one line, and
// JSON.
func FuzzLine(f *testing.F) {
	f.Add("a", "b", "/c")
	f.Add("x\n{\"level\":\"ERROR\"}", `" \ `, "\xff\x00\u2028")
	f.Fuzz(func(t *testing.T, client, name, path string) {
		for _, format := range []string{"json", "text"} {
			a, err := newAccessLog(&config.Logs{Format: format, Access: config.Access{Fields: map[string]string{"own": "client.name"}}})
			if err != nil {
				t.Fatal(err)
			}
			o := shopping()
			o.Caller.Client.Name, o.Operation.Name, o.Caller.Path, o.Caller.RequestID = client, name, path, client+name
			o.Errors = []*fault.Error{{Code: fault.Code(name)}}
			s := &scratch{line: line{json: format == "json"}}
			a.compose(s, o)
			text := string(s.line.buf)
			if strings.Count(text, "\n") != 1 || format == "json" && !json.Valid(s.line.buf) {
				t.Errorf("%s", text)
			}
		}
	})
}
