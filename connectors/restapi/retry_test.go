package restapi

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// Requests are sent again for the statuses told, in number and for the methods
// told, and never for mutations.
func TestRetryStatuses(t *testing.T) {
	var asked atomic.Int32
	var status atomic.Int32
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.Method == "POST" && string(body) != `{"a":1}` {
			t.Errorf("body %q", body)
		}
		if asked.Add(1) < 3 {
			w.Header().Set("X-Attempt", "early")
			w.WriteHeader(int(status.Load()))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{}`)
	})
	for _, c := range []struct {
		name     string
		retry    Retry
		method   string
		status   int
		mutation bool
		want     int // requests
		failed   bool
	}{
		{name: "twice", retry: Retry{Attempts: 2}, method: "GET", status: 503, want: 3},
		{name: "once", retry: Retry{Attempts: 1}, method: "GET", status: 502, want: 2, failed: true},
		{name: "off", method: "GET", status: 503, want: 1, failed: true},
		{name: "not this status", retry: Retry{Attempts: 2}, method: "GET", status: 500, want: 1, failed: true},
		{name: "told statuses", retry: Retry{Attempts: 2, Statuses: []int{500}}, method: "GET", status: 500, want: 3},
		{name: "not this method", retry: Retry{Attempts: 2}, method: "POST", status: 503, want: 1, failed: true},
		{name: "told method", retry: Retry{Attempts: 2, Methods: []string{"POST"}}, method: "POST", status: 503, want: 3},
		{name: "mutation", retry: Retry{Attempts: 2, Methods: []string{"POST"}}, method: "POST", status: 503, mutation: true, want: 1, failed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked.Store(0)
			status.Store(int32(c.status))
			c.retry.Backoff = time.Nanosecond
			connector := get(url)
			if connector.Method = c.method; c.method == "POST" {
				connector.Body = "a: $(1)"
			}
			out := connectors.Answer{Body: []byte("kept")}
			err := open(t, connector.connector(t), Settings{Retry: c.retry}).Call(t.Context(), &connectors.Input{Retry: !c.mutation}, &out)
			want := "kept{}"
			if c.failed {
				want = "keptnull"
			}
			if err != nil || int(asked.Load()) != c.want || out.Failed != c.failed || string(out.Body) != want {
				t.Errorf("%v, %d requests, failed %v, %s", err, asked.Load(), out.Failed, out.Body)
			}
			if early := slices.ContainsFunc(out.Headers, func(h subgraphs.Header) bool { return h.Name == "x-attempt" }); early != c.failed {
				t.Errorf("headers of an attempt before: %v", out.Headers)
			}
		})
	}
}

// A connection that breaks before the answer is worth another attempt; one that
// breaks within the answer is not.
func TestRetryBroken(t *testing.T) {
	var asked atomic.Int32
	url := script(t, func(n int, c net.Conn, _ *bufio.Reader) {
		asked.Add(1)
		switch n {
		case 0:
			return
		case 1:
			_, _ = io.WriteString(c, jsonHead+"Content-Length: 2\r\n\r\n{}")
		default:
			_, _ = io.WriteString(c, jsonHead+"Content-Length: 9\r\n\r\n{")
		}
	})
	b := open(t, get(url).connector(t), Settings{Retry: Retry{Attempts: 3, Backoff: time.Nanosecond}})
	if out, err := call(t, b, ""); err != nil || string(out.Body) != "{}" || asked.Load() != 2 {
		t.Fatal(err, asked.Load())
	}
	_, err := call(t, b, "")
	wantCode(t, err, fault.HTTPClientError, "cut off")
	if asked.Load() != 3 {
		t.Errorf("%d requests", asked.Load())
	}
}

// A kept connection that the backend closed is no failure of a query, and a
// mutation is not sent a second time.
func TestStaleConnection(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		for _, mutation := range []bool{false, true} {
			t.Run(fmt.Sprint(method, mutation), func(t *testing.T) {
				var asked atomic.Int32
				url := script(t, func(n int, c net.Conn, r *bufio.Reader) {
					for i := 0; ; i++ {
						asked.Add(1)
						if n == 0 && i == 1 {
							return // having read the second request
						}
						_, _ = io.WriteString(c, jsonHead+"Content-Length: 2\r\n\r\n{}")
						if !readRequest(r) {
							return
						}
					}
				})
				connector := get(url)
				if connector.Method = method; method == "POST" {
					connector.Body = "a: $(1)"
				}
				b := open(t, connector.connector(t), Settings{})
				in := &connectors.Input{Retry: !mutation}
				var out connectors.Answer
				if err := b.Call(t.Context(), in, &out); err != nil {
					t.Fatal(err)
				}
				err := b.Call(t.Context(), in, &out)
				if (err == nil) == mutation || asked.Load() != map[bool]int32{false: 3, true: 2}[mutation] {
					t.Errorf("%v after %d requests", err, asked.Load())
				}
			})
		}
	}
}

// Retry-After comes before the backoff, and ends the attempts if it is too long.
func TestRetryAfter(t *testing.T) {
	deadline := time.Now().Add(10 * time.Second)
	retry := Settings{}.withDefaults().Retry
	for _, c := range []struct {
		value    string
		from, to time.Duration
		ok       bool
	}{
		{"", 0, 25 * time.Millisecond, true},
		{"2", 2 * time.Second, 2 * time.Second, true},
		{"0", 0, 0, true},
		{"11", 11 * time.Second, 11 * time.Second, false},
		{"99999999999999999999", 0, 25 * time.Millisecond, true},
		{"-1", 0, 25 * time.Millisecond, true},
		{"Mon, 02 Jan 2006 15:04:05 GMT", 0, 0, true},
		{time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 59 * time.Minute, time.Hour, false},
		{"soon", 0, 25 * time.Millisecond, true},
	} {
		pause, ok := (&outcome{retryAfter: c.value}).pause(&retry, 0, deadline)
		if pause < c.from || pause > c.to || ok != c.ok {
			t.Errorf("%q: %v, %v", c.value, pause, ok)
		}
	}
	if pause, _ := (&outcome{}).pause(&retry, 1000, deadline); pause > 64*retry.Backoff {
		t.Errorf("backoff %v", pause)
	}
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "100")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	out, err := call(t, open(t, get(url).connector(t), Settings{Retry: Retry{Attempts: 1}}), "")
	if err != nil || out.Status != http.StatusServiceUnavailable {
		t.Error(err, out.Status)
	}
}

// A backend that always fails is not asked twice as often for long.
func TestRetryBudget(t *testing.T) {
	var asked atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	b := open(t, get(url).connector(t), Settings{Retry: Retry{Attempts: 1, Backoff: time.Nanosecond}})
	for range 100 {
		if _, err := call(t, b, ""); err != nil {
			t.Fatal(err)
		}
	}
	// Ten to begin with, then one in five.
	if n := asked.Load(); n < 125 || n > 131 {
		t.Errorf("%d requests for 100 calls", n)
	}
}
