package restapi

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/fault"
)

// serve starts an HTTP server for the test.
func serve(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// script serves connections by hand: serve is called once per connection, with
// its number from 0, when a whole request was read.
func script(t testing.TB, serve func(n int, c net.Conn, r *bufio.Reader)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { listener.Close(); wg.Wait() })
	wg.Go(func() { // ends when the listener is closed
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { // ends with serve
				defer conn.Close()
				r := bufio.NewReader(conn)
				if readRequest(r) {
					serve(n, conn, r)
				}
			})
		}
	})
	return "http://" + listener.Addr().String()
}

// readRequest reads one request whole; false at the end.
func readRequest(r *bufio.Reader) bool {
	request, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, request.Body)
	return err == nil
}

// untilClosed waits for the other side to close.
func untilClosed(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func get(url string) *text { return &text{URL: url + "/x"} }

func fromSource(url, path string) *text { return &text{Source: &sourceText{BaseURL: url}, URL: path} }

// What an answer becomes: its body, by content type and status.
func TestAnswers(t *testing.T) {
	latin := string([]byte{'"', 0xe9, '"'})
	for _, c := range []struct {
		name, contentType string
		status            int
		body, want        string
		failed            bool
		invalid           string
	}{
		{name: "json", contentType: "application/json", status: 200, body: ` {"a":1} `, want: `{"a":1}`},
		{name: "json nested too deeply", contentType: "application/json", status: 200, body: strings.Repeat("[", 1000) + strings.Repeat("]", 1000), invalid: "is not JSON"},
		{name: "json with a suffix", contentType: "application/problem+json; charset=utf-8", status: 200, body: `[]`, want: `[]`},
		{name: "other json", contentType: "text/json", status: 200, body: `1`, want: `1`},
		{name: "no content type", contentType: "-", status: 200, body: `"x"`, want: `"x"`},
		{name: "byte order mark", contentType: "application/json", status: 200, body: "\uFEFF{}", want: `{}`},
		{name: "json in another charset", contentType: "application/json; charset=iso-8859-1", status: 200, body: latin, want: `"é"`},
		{name: "json that is no UTF-8", contentType: "application/json", status: 200, body: latin, invalid: "is not JSON"},
		{name: "invalid json", contentType: "application/json", status: 200, body: `{"a":`, invalid: "is not JSON"},
		{name: "two values", contentType: "application/json", status: 200, body: `{} {}`, invalid: "is not JSON"},
		{name: "text", contentType: "text/plain; charset=ISO-8859-1", status: 200, body: "caf\xe9 \"\n", want: `"café \"\n"`},
		{name: "text in UTF-16", contentType: "text/plain; charset=utf-16le", status: 200, body: "a\x00b\x00", want: `"ab"`},
		{name: "text in Shift JIS", contentType: "text/plain; charset=shift_jis", status: 200, body: "\x93\xfa", want: `"日"`},
		{name: "text in no charset we know", contentType: "text/plain; charset=klingon", status: 200, body: "a\xff", want: `"a` + "\uFFFD" + `"`},
		{name: "empty text", contentType: "text/plain", status: 200, body: "", want: `null`},
		{name: "html", contentType: "text/html", status: 200, body: "<p>", invalid: `answered with "text/html" instead of JSON`},
		{name: "empty html", contentType: "text/html", status: 200, want: `null`},
		{name: "nonsense", contentType: ";;;", status: 200, body: "{}", invalid: `answered with ";;;"`},
		{name: "empty", contentType: "application/json", status: 200, body: "", want: `null`},
		{name: "blank", contentType: "application/json", status: 200, body: " \n", want: `null`},
		{name: "no content", contentType: "application/json", status: 204, want: `null`},
		{name: "created", contentType: "application/json", status: 201, body: `{}`, want: `{}`},
		{name: "redirect", contentType: "application/json", status: 302, body: `{}`, want: `{}`, failed: true},
		{name: "not found", contentType: "application/json", status: 404, body: `{"e":1}`, want: `{"e":1}`, failed: true},
		{name: "bad gateway", contentType: "text/html", status: 502, body: `<h1>`, want: `null`, failed: true},
		{name: "failed and too large", contentType: "application/json", status: 500, body: strings.Repeat(" ", 5000), want: `null`, failed: true},
		{name: "text with a byte order mark", contentType: "text/plain; charset=utf-16le", status: 200, body: "\xff\xfea\x00", want: `"a"`},
		{name: "failed without json", contentType: "-", status: 500, body: `oops`, want: `null`, failed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{c.contentType}
				if c.contentType == "-" {
					w.Header()["Content-Type"] = nil
				}
				w.Header()["X-Many"] = []string{"b", "a"}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			out, err := call(t, open(t, get(url).connector(t), Settings{MaxResponseBytes: 4000}), "")
			if c.invalid != "" {
				wantCode(t, err, fault.ConnectorResponseInvalid, c.invalid)
				if len(out.Body) > 0 || len(out.Headers) > 0 {
					t.Error("a failed call leaves something behind")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(out.Body) != c.want || out.Status != c.status || out.Failed != c.failed {
				t.Errorf("got %s, status %d, failed %v", out.Body, out.Status, out.Failed)
			}
			if got := fmt.Sprint(out.Headers); !strings.Contains(got, "{x-many b} {x-many a}") {
				t.Errorf("headers %s", got)
			}
		})
	}
}

// A page is as good as any answer to a connector that looks at none.
func TestAnswerNobodyReads(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<p>done</p>")
	})
	b := open(t, get(url).connector(t), Settings{})
	b.reads = false
	if out, err := call(t, b, ""); err != nil || string(out.Body) != "null" || out.Failed {
		t.Error(err, string(out.Body))
	}
}

// gzipped is text compressed.
func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompressedAnswers(t *testing.T) {
	bomb := gzipped(t, `"`+strings.Repeat("a", 4<<20)+`"`)
	hollow := strings.Repeat(gzipped(t, ""), 20_000)
	for _, c := range []struct {
		name, encoding, body, want string
		code                       fault.Code
		words                      string
	}{
		{name: "gzip", encoding: "gzip", body: gzipped(t, `{"a":1}`), want: `{"a":1}`},
		{name: "in capitals", encoding: "X-GZIP", body: gzipped(t, `{}`), want: `{}`},
		{name: "identity", encoding: "identity", body: `{}`, want: `{}`},
		{name: "of nothing", encoding: "gzip", body: "", want: `null`},
		{name: "bomb", encoding: "gzip", body: bomb, code: fault.ConnectorResponseInvalid, words: "larger than 1048576 bytes"},
		{name: "much of nothing", encoding: "gzip", body: hollow + hollow + hollow, code: fault.HTTPClientError, words: "cut off"},
		{name: "not gzip", encoding: "gzip", body: "{\"aaaaaaaaaaa\":1}", code: fault.ConnectorResponseInvalid, words: "is not gzip"},
		{name: "spoilt", encoding: "gzip", body: gzipped(t, `{"a":1}`)[:20] + "xxxxxxxxxxxxxxxxxxxxxx", code: fault.ConnectorResponseInvalid, words: "is not gzip"},
		{name: "cut off", encoding: "gzip", body: gzipped(t, `{"a":1}`)[:15], code: fault.HTTPClientError, words: "cut off"},
		{name: "brotli", encoding: "br", body: "x", code: fault.ConnectorResponseInvalid, words: "not asked for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Encoding", c.encoding)
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, c.body)
			})
			out, err := call(t, open(t, get(url).connector(t), Settings{MaxResponseBytes: 1 << 20}), "")
			if c.code != "" {
				wantCode(t, err, c.code, c.words)
				return
			}
			if err != nil || string(out.Body) != c.want {
				t.Fatal(err, string(out.Body))
			}
		})
	}
}

const jsonHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// Backends that behave badly cost a deadline or a limit, and say what happened.
func TestUglyBackends(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve func(n int, c net.Conn, r *bufio.Reader)
		code  fault.Code
		words string
	}{
		{"never answers", func(_ int, c net.Conn, _ *bufio.Reader) { untilClosed(c) }, fault.GatewayTimeout, "in time"},
		{"stalls in the head", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Ty")
			untilClosed(c)
		}, fault.GatewayTimeout, "in time"},
		{"stalls in the body", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, jsonHead+"Content-Length: 10\r\n\r\n{\"a\"")
			untilClosed(c)
		}, fault.GatewayTimeout, "in time"},
		{"never ends", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, jsonHead+"Transfer-Encoding: chunked\r\n\r\n")
			for {
				if _, err := io.WriteString(c, "400\r\n"+strings.Repeat(" ", 1024)+"\r\n"); err != nil {
					return
				}
			}
		}, fault.ConnectorResponseInvalid, "larger than 65536 bytes"},
		{"states a size too large", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, jsonHead+"Content-Length: 99999999999\r\n\r\n")
			untilClosed(c)
		}, fault.ConnectorResponseInvalid, "larger than 65536 bytes"},
		{"sends an endless head", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, jsonHead)
			for {
				if _, err := io.WriteString(c, "X-A: "+strings.Repeat("a", 1024)+"\r\n"); err != nil {
					return
				}
			}
		}, fault.HTTPClientError, "broke"},
		{"hangs up", func(int, net.Conn, *bufio.Reader) {}, fault.HTTPClientError, "broke"},
		{"hangs up in the body", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, jsonHead+"Content-Length: 10\r\n\r\n{\"a\"")
		}, fault.HTTPClientError, "cut off"},
		{"speaks no HTTP", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, "220 smtp.test ESMTP\r\n")
		}, fault.HTTPClientError, "broke"},
		{"switches protocols", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
			untilClosed(c)
		}, "", "101"},
		{"stalls in a page nobody reads", func(_ int, c net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 10\r\n\r\n<p>")
			untilClosed(c)
		}, "", "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := Settings{MaxResponseBytes: 64 << 10}
			if c.code == fault.GatewayTimeout {
				settings.Timeout = soon
			}
			out, err := call(t, open(t, get(script(t, c.serve)).connector(t), settings), "")
			if c.code != "" {
				wantCode(t, err, c.code, c.words)
				return
			}
			if err != nil || !out.Failed || fmt.Sprint(out.Status) != c.words || string(out.Body) != "null" {
				t.Fatal(err, out.Status, string(out.Body))
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	listener.Close()
	_, err = call(t, open(t, get(closed).connector(t), Settings{}), "")
	wantCode(t, err, fault.HTTPClientError, "refused")
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err = call(t, open(t, get("https"+strings.TrimPrefix(plain, "http")).connector(t), Settings{}), "")
	wantCode(t, err, fault.HTTPClientError, "does not speak TLS")
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := script(t, func(_ int, c net.Conn, _ *bufio.Reader) {
		cancel()
		untilClosed(c)
	})
	var out connectors.Answer
	err := open(t, get(url).connector(t), Settings{}).Call(ctx, &connectors.Input{}, &out)
	wantCode(t, err, fault.HTTPClientError, "cancelled")
}

// So is a request whose client left while it waits for another attempt.
func TestCancelledBetweenAttempts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		time.AfterFunc(soon, cancel)
	})
	var out connectors.Answer
	err := open(t, get(url).connector(t), Settings{Retry: Retry{Attempts: 1}}).Call(ctx, &connectors.Input{Retry: true}, &out)
	wantCode(t, err, fault.HTTPClientError, "cancelled")
}

// The engine's deadline counts if it is the earlier one.
func TestDeadlineOfTheOperation(t *testing.T) {
	url := script(t, func(_ int, c net.Conn, _ *bufio.Reader) { untilClosed(c) })
	var out connectors.Answer
	err := open(t, get(url).connector(t), Settings{}).Call(t.Context(), &connectors.Input{Deadline: time.Now().Add(soon)}, &out)
	wantCode(t, err, fault.GatewayTimeout, "in time")
}

func TestRedirects(t *testing.T) {
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("another origin was asked") })
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		to := map[string]string{
			"/a": "b?c=1", "/loop": "/loop", "/other": other + "/x", "/none": "", "/user": "http://u:p@" + r.Host + "/b",
			"/scheme": "https://" + r.Host + "/b", "/bad": "http://%zz/",
		}
		if location, ok := to[r.URL.Path]; ok {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(http.StatusFound)
			return
		}
		fmt.Fprintf(w, `"%s %s %s"`, r.Method, r.URL, r.Header.Get("X-A"))
	})
	ask := func(method, path string, follow Redirects) (*connectors.Answer, error) {
		c := fromSource(url, path)
		c.Method, c.Headers = method, []headerText{{Name: "x-a", Value: "1"}}
		return call(t, open(t, c.connector(t), Settings{Redirects: follow}), "")
	}
	out, err := ask("GET", "/a", RedirectsSameOrigin)
	if err != nil || string(out.Body) != `"GET /b?c=1 1"` {
		t.Error(err, string(out.Body))
	}
	for _, path := range []string{"/loop", "/other", "/none", "/user", "/scheme", "/bad"} {
		if out, err = ask("GET", path, RedirectsSameOrigin); err != nil || !out.Failed || out.Status != 302 {
			t.Errorf("%s: %v, status %d", path, err, out.Status)
		}
	}
	if out, err = ask("GET", "/a", RedirectsNone); err != nil || !out.Failed || out.Status != 302 {
		t.Error(err, out.Status)
	}
	if out, err = ask("POST", "/a", RedirectsSameOrigin); err != nil || !out.Failed || out.Status != 302 {
		t.Error(err, out.Status)
	}
}

// A client's header that could not have come over HTTP is not sent on.
func TestClientHeaders(t *testing.T) {
	c := get("http://svc.test")
	c.Headers = []headerText{{Name: "x-a", From: "x-b"}}
	b := open(t, c.connector(t), Settings{})
	var out connectors.Answer
	err := b.Call(t.Context(), &connectors.Input{Caller: &caller.Caller{Header: http.Header{"X-B": {"a\nb"}}}}, &out)
	wantCode(t, err, fault.ConnectorRequest, "line break")
	if _, err := b.request(&connectors.Input{}); err != nil {
		t.Error("a request without a client:", err)
	}
}

// A source without settings has the defaults, and several connectors of it
// share connections.
func TestDefaults(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	transports := New(Options{})
	s, err := transports.Subgraph("a", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b, err := s.Open(get(url).connector(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = call(t, b.(*backend), ""); err != nil {
			t.Error(err)
		}
	}
	if len(transports.pools) != 1 {
		t.Errorf("%d pools", len(transports.pools))
	}
	transports.Close()
	s.Close()
	s.Close()
	if len(transports.pools)+len(transports.states) != 0 {
		t.Error("something stays")
	}
}

// Connections are used again, whatever became of the answer's body.
func TestConnectionsAreKept(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		_, _ = io.WriteString(w, strings.Repeat(" ", 3000))
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	b := open(t, fromSource(server.URL, "/x?type={$args.type}").connector(t), Settings{MaxResponseBytes: 2000})
	for _, media := range []string{"text/html", "application/json", "text/plain", "image/png"} {
		_, _ = call(t, b, `{"$args":{"type":"`+media+`"}}`)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// A snapshot that goes while its requests are under way takes nothing from them.
func TestCloseWhileCalling(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	})
	connector := fromSource(url, "/x").connector(t)
	transports := New(Options{})
	defer transports.Close()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				s, err := transports.Subgraph("a", map[string]Settings{"s": {Concurrency: 3}})
				if err != nil {
					t.Error(err)
					return
				}
				b, err := s.Open(connector, nil)
				if err != nil {
					t.Error(err)
					return
				}
				var calls sync.WaitGroup
				for range 3 {
					calls.Go(func() {
						var out connectors.Answer
						if err := b.Call(t.Context(), &connectors.Input{Retry: true}, &out); err != nil {
							t.Error(err)
						}
					})
				}
				s.Close()
				calls.Wait()
			}
		})
	}
	wg.Wait()
	if len(transports.pools)+len(transports.states) != 0 {
		t.Errorf("%d pools and %d states stay", len(transports.pools), len(transports.states))
	}
}

// Nothing is left running when a gateway's transports are closed.
func TestNoGoroutineStays(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("calls", func(t *testing.T) {
		url := script(t, func(n int, c net.Conn, _ *bufio.Reader) {
			switch n % 3 {
			case 0:
				untilClosed(c)
			case 1:
				_, _ = io.WriteString(c, jsonHead+"Content-Length: 10\r\n\r\n{\"a\"")
				untilClosed(c)
			default:
				_, _ = io.WriteString(c, jsonHead+"Content-Length: 2\r\n\r\n{}")
				untilClosed(c)
			}
		})
		b := open(t, get(url).connector(t), Settings{Timeout: soon})
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() { _, _ = call(t, b, "") })
		}
		wg.Wait()
	})
	late := time.After(5 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-late:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		default:
			runtime.Gosched()
		}
	}
}
