package subgraphs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
)

// eventServer answers every request with serve; flush sends what was written.
func eventServer(t testing.TB, serve func(w http.ResponseWriter, r *http.Request, send func(string))) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The server notices that the client leaves only when it has read all.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		serve(w, r, func(text string) {
			if w.Header().Get("Content-Type") == "" {
				w.Header().Set("Content-Type", "text/event-stream")
			}
			_, _ = io.WriteString(w, text) // the other end may be gone
			_ = http.NewResponseController(w).Flush()
		})
	}))
	t.Cleanup(server.Close)
	return server.URL + "/graphql"
}

func sse(url string) HTTPOptions {
	return HTTPOptions{URL: url, Subscriptions: SubscriptionOptions{Protocol: EventStream}}
}

const aOne = "event: next\ndata: {\"data\":{\"a\":1}}\n\n"

// TestEventStreams lists streams and what a subscriber gets of them.
func TestEventStreams(t *testing.T) {
	const (
		one     = `{"data":{"a":1}}`
		noEnd   = "DOWNSTREAM_SERVICE_ERROR: the subgraph ended the event stream without completing it"
		badData = "SUBREQUEST_MALFORMED_RESPONSE: the subgraph sent an event that is not a JSON object"
	)
	for _, c := range []struct {
		name, stream string
		events       []string
		end          any
	}{
		{"complete", aOne + aOne + "event: complete\ndata: \n\n", []string{one, one}, io.EOF},
		{"empty", "event: complete\ndata:\n\n", nil, io.EOF},
		{"complete without data", aOne + "event: complete\n\n", []string{one}, io.EOF},
		{"complete with null", "event: complete\ndata: null\n\n", nil, io.EOF},
		{"nothing after complete", "event: complete\n\n" + aOne, nil, io.EOF},
		{"no end", aOne, []string{one}, noEnd},
		{"no bytes", "", nil, noEnd},
		{"only heartbeats", ":\n\n: hello\n\n", nil, noEnd},
		{"CRLF", "event: next\r\ndata: " + one + "\r\n\r\nevent: complete\r\n\r\n", []string{one}, io.EOF},
		{"CR", "event: next\rdata: " + one + "\r\revent: complete\r\r", []string{one}, io.EOF},
		{"several lines", "event: next\ndata: {\"data\":\ndata:  {\"a\":\ndata:1}}\n\nevent: complete\n\n", []string{"{\"data\":\n {\"a\":\n1}}"}, io.EOF},
		{"comments, id and retry", ":\n\nid: 7\nretry: 10\nevent: next\n: inside\ndata: " + one + "\n\n:\n\nevent: complete\n\n", []string{one}, io.EOF},
		{"byte order mark", "\ufeffevent: next\ndata: " + one + "\n\nevent: complete\n\n", []string{one}, io.EOF},
		{"no name", "data: " + one + "\n\nevent: complete\n\n", []string{one}, io.EOF},
		{"name behind the data", "data: " + one + "\nevent: next\n\nevent: complete\n\n", []string{one}, io.EOF},
		{"another name", "event: ping\ndata: x\n\n" + aOne + "event: complete\n\n", []string{one}, io.EOF},
		{"no blank line at the end", aOne + "event: complete\ndata: ", []string{one}, io.EOF},
		{"no blank line after an event", "event: next\ndata: " + one, []string{one}, noEnd},
		{"cut in an event", "event: next\ndata: {\"data\":{\"a", nil, noEnd},
		{"errors as an event", "event: next\ndata: {\"errors\":[{\"message\":\"no\"}]}\n\nevent: complete\n\n", []string{`{"errors":[{"message":"no"}]}`}, io.EOF},
		{"a text as an event", aOne + "event: next\ndata: hello\n\n", []string{one}, badData},
		{"a list as an event", "event: next\ndata: [1]\n\n", nil, badData},
		{"too large", aOne + "event: next\ndata: {\"data\":\"" + strings.Repeat("x", 1000) + "\"}\n\n", []string{one}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is larger than 1000 bytes"},
		{"too large in lines", "event: next\n" + strings.Repeat("data: xxxxxxxxx\n", 200), nil, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is larger than 1000 bytes"},
		{"endless comment", ":" + strings.Repeat("x", 20_000) + "\n" + aOne + "event: complete\n\n", []string{one}, io.EOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := eventServer(t, func(_ http.ResponseWriter, _ *http.Request, send func(string)) { send(c.stream) })
			o := sse(url)
			o.MaxResponseBytes = 1000
			stream := subscribe(t, newStreams(t, o), watch1, &Request{})
			for _, want := range c.events {
				next(t, stream, want)
			}
			nextEnds(t, stream, c.end)
		})
	}
}

// TestEventStreamRequest checks what is sent.
func TestEventStreamRequest(t *testing.T) {
	url := eventServer(t, func(_ http.ResponseWriter, r *http.Request, send func(string)) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h := r.Header
		send(fmt.Sprintf("data: {\"got\": %q}\n\n", []any{r.Method, h.Get("Accept"), h.Get("Content-Type"), h.Get("Accept-Encoding"), h.Get("User-Agent"), h.Get("Authorization"), h["X"], string(body)}))
	})
	o := sse(strings.Replace(url, "http://", "http://me:pw@", 1))
	stream := subscribe(t, newStreams(t, o), watch1, &Request{Values: [][]byte{[]byte("1")}, Header: []Header{{"X", "1"}, {"X", "2"}, {"Authorization", "no"}, {"Accept", "no"}}})
	next(t, stream, `{"got": ["POST" "text/event-stream" "application/json" "identity" "weft" "Basic bWU6cHc=" ["1" "2"] "{\"query\":\"subscription{a}\",\"variables\":{\"v\":1}}"]}`)
}

// TestEventStreamRefused lists answers that are no stream.
func TestEventStreamRefused(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		status     int
		body, want string
	}{
		{"errors", "application/json", 200, `{"errors":[{"message":"no","extensions":{"code":"A"}}]}`, "A: no"},
		{"errors with a status", "application/graphql-response+json", 400, `{"errors":[{"message":"no","extensions":{"code":"A"}}]}`, "A: no"},
		{"data", "application/json", 200, `{"data":{"a":1}}`, `SUBREQUEST_MALFORMED_RESPONSE: the subgraph answered a subscription with "application/json" instead of an event stream`},
		{"html", "text/html", 200, `<html>`, `SUBREQUEST_MALFORMED_RESPONSE: the subgraph answered with "text/html" instead of JSON`},
		{"not found", "text/plain", 404, `nope`, `SUBREQUEST_HTTP_ERROR: 404: Not Found {"http":{"status":404}}`},
		{"unauthorized", "application/json", 401, `{}`, `UNAUTHENTICATED: 401: Unauthorized {"http":{"status":401}}`},
		{"redirect", "text/html", 302, ``, `SUBREQUEST_HTTP_ERROR: 302: Found {"http":{"status":302}}`},
		{"stream with a status", "text/event-stream", 503, aOne, `SUBREQUEST_HTTP_ERROR: 503: Service Unavailable {"http":{"status":503}}`},
		{"stream of errors with a status", "text/event-stream", 500, ":\n\nevent: next\ndata: {\"errors\":[{\"message\":\"no\",\"extensions\":{\"code\":\"A\"}}]}\n\nevent: complete\n\n", "A: no"},
		{"empty stream with a status", "text/event-stream", 429, "", `SUBREQUEST_HTTP_ERROR: 429: Too Many Requests {"http":{"status":429}}`},
		{"other charset", "text/event-stream; charset=utf-16", 200, aOne, `SUBREQUEST_MALFORMED_RESPONSE: the subgraph answered with "text/event-stream; charset=utf-16" instead of JSON`},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := eventServer(t, func(w http.ResponseWriter, _ *http.Request, _ func(string)) {
				w.Header().Set("Content-Type", c.kind)
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			_, err := callFor(t, newStreams(t, sse(url)), watch1).Subscribe(t.Context(), &Request{})
			expectError(t, err, c.want)
		})
	}
}

// TestEventStreamCompressed refuses what was not asked for.
func TestEventStreamCompressed(t *testing.T) {
	encoding := "gzip"
	url := eventServer(t, func(w http.ResponseWriter, _ *http.Request, send func(string)) {
		w.Header().Set("Content-Encoding", encoding)
		send(aOne)
	})
	source := newStreams(t, sse(url))
	_, err := callFor(t, source, watch1).Subscribe(t.Context(), &Request{})
	expectError(t, err, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph compressed its event stream although it was not asked to")
	encoding = "none" // as graphql-yoga has it
	next(t, subscribe(t, source, watch1, &Request{}), `{"data":{"a":1}}`)
}

// TestEventStreamBreaks ends the connection inside a chunk.
func TestEventStreamBreaks(t *testing.T) {
	url := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		readRequest(r)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n25\r\n"+aOne+"\r\nff\r\nevent: complete")
	})
	stream := subscribe(t, newStreams(t, sse(url)), watch1, &Request{})
	next(t, stream, `{"data":{"a":1}}`)
	nextEnds(t, stream, "DOWNSTREAM_SERVICE_ERROR: the subgraph's event stream broke")
}

// panicking is a transport with a bug, at once or while the body is read.
type panicking struct{ late bool }

func (p panicking) RoundTrip(*http.Request) (*http.Response, error) {
	if !p.late {
		panic("a bug")
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: p}, nil
}

func (panicking) Read([]byte) (int, error) { panic("a bug") }
func (panicking) Close() error             { return nil }

// TestEventStreamPanics ends the stream, not the process.
func TestEventStreamPanics(t *testing.T) {
	o := sse("http://127.0.0.1:1")
	o.Transport = panicking{late: true}
	nextEnds(t, subscribe(t, newStreams(t, o), watch1, &Request{}), "INTERNAL_SERVER_ERROR: internal server error")
	o.Transport = panicking{}
	_, err := callFor(t, newStreams(t, o), watch1).Subscribe(t.Context(), &Request{})
	expectError(t, err, "INTERNAL_SERVER_ERROR: internal server error")
}

// TestEventStreamTimeouts has the head not come in time, and then the events.
func TestEventStreamTimeouts(t *testing.T) {
	url := eventServer(t, func(_ http.ResponseWriter, r *http.Request, _ func(string)) { <-r.Context().Done() })
	o := sse(url)
	o.Timeout = 50 * time.Millisecond
	_, err := callFor(t, newStreams(t, o), watch1).Subscribe(t.Context(), &Request{})
	expectError(t, err, "GATEWAY_TIMEOUT: the subgraph did not answer in time")

	url = eventServer(t, func(_ http.ResponseWriter, r *http.Request, send func(string)) {
		beat := time.NewTicker(20 * time.Millisecond)
		defer beat.Stop()
		for range 20 { // more than the time allowed for silence
			<-beat.C
			send(":\n\n")
		}
		send(aOne)
		<-r.Context().Done()
	})
	o = sse(url)
	o.Timeout = 200 * time.Millisecond // does not bound the stream
	o.Subscriptions.Silence = 200 * time.Millisecond
	stream := subscribe(t, newStreams(t, o), watch1, &Request{})
	next(t, stream, `{"data":{"a":1}}`)
	nextEnds(t, stream, "GATEWAY_TIMEOUT: the subgraph's event stream fell silent")
}

// TestEventStreamCancel leaves while the head is awaited, and while the stream
// is quiet: the subgraph notices at once.
func TestEventStreamCancel(t *testing.T) {
	reached, gone := make(chan struct{}), make(chan struct{})
	url := eventServer(t, func(_ http.ResponseWriter, r *http.Request, send func(string)) {
		if r.Header.Get("X-Head") != "" {
			send(":\n\n")
		}
		reached <- struct{}{}
		<-r.Context().Done()
		gone <- struct{}{}
	})
	source := newStreams(t, sse(url))
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { // ends with the cancellation
		_, err := callFor(t, source, watch1).Subscribe(ctx, &Request{})
		failed <- err
	}()
	<-reached
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) || fault.CodeOf(err) != fault.SubrequestHTTPError {
		t.Error(err)
	}
	<-gone

	req := &Request{Header: []Header{{"X-Head", "1"}}}
	go func() { <-reached }() // ends with the request
	one, two := subscribe(t, source, watch1, req), subscribe(t, source, watch1, req)
	closeStream(t, one)
	closeStream(t, two)
	<-gone
}

// TestEventStreamBackPressure reads slowly: nothing is lost.
func TestEventStreamBackPressure(t *testing.T) {
	const events = 1000
	text := strings.Repeat("x", 4000)
	url := eventServer(t, func(_ http.ResponseWriter, _ *http.Request, send func(string)) {
		for i := range events {
			send(fmt.Sprintf("event: next\ndata: {\"data\":%d,\"extensions\":%q}\n\n", i, text))
		}
		send("event: complete\n\n")
	})
	o := sse(url)
	o.Subscriptions.QueueEvents = 2
	stream := subscribe(t, newStreams(t, o), watch1, &Request{})
	for i := range events {
		next(t, stream, fmt.Sprintf(`{"data":%d,"extensions":%q}`, i, text))
	}
	nextEnds(t, stream, io.EOF)
}

// TestAuto asks a subgraph that has no WebSockets, which is remembered; then it
// has nothing else.
func TestAuto(t *testing.T) {
	var upgrades, posts atomic.Int32
	var onlySockets atomic.Bool
	socket := peers(t, func(p *peer) {
		p.greet()
		p.next(p.expect("subscribe").ID, `{"data":"socket"}`)
		p.closed()
	})
	forward := http.NewServeMux()
	forward.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			upgrades.Add(1)
			if onlySockets.Load() {
				proxy(t, w, r, strings.TrimPrefix(strings.TrimSuffix(socket, "/graphql"), "http://"))
				return
			}
			http.Error(w, "GET is for queries", http.StatusMethodNotAllowed)
			return
		}
		posts.Add(1)
		if onlySockets.Load() {
			http.Error(w, "no", http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "event: next\ndata: {\"data\":\"stream\"}\n\nevent: complete\n\n")
	})
	server := httptest.NewServer(forward)
	t.Cleanup(server.Close)
	source := newStreams(t, HTTPOptions{URL: server.URL + "/graphql"})
	for range 3 {
		stream := subscribe(t, source, watch1, &Request{})
		next(t, stream, `{"data":"stream"}`)
		nextEnds(t, stream, io.EOF)
	}
	if u, p := upgrades.Load(), posts.Load(); u != 1 || p != 3 {
		t.Errorf("%d upgrades, %d posts", u, p)
	}
	onlySockets.Store(true)
	next(t, subscribe(t, source, watch1, &Request{}), `{"data":"socket"}`)
	if u, p := upgrades.Load(), posts.Load(); u != 2 || p != 4 {
		t.Errorf("%d upgrades, %d posts", u, p)
	}
}

// proxy hands a connection on to another server.
func proxy(t *testing.T, w http.ResponseWriter, r *http.Request, address string) {
	t.Helper()
	to, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer to.Close()
	if err := r.Write(to); err != nil {
		t.Error(err)
		return
	}
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer from.Close()
	done := make(chan struct{})
	go func() { // ends with either connection
		defer close(done)
		_, _ = io.Copy(to, from)
		to.Close()
	}()
	_, _ = io.Copy(from, to)
	from.Close()
	<-done
}

// TestAutoRefused has neither protocol, or errors that say more.
func TestAutoRefused(t *testing.T) {
	for _, c := range []struct {
		get, post int
		body      string
		want      string
	}{
		{404, 404, "", "SUBREQUEST_HTTP_ERROR: the subgraph offers subscriptions neither over WebSocket nor as an event stream"},
		{401, 200, "", `UNAUTHENTICATED: 401: Unauthorized {"http":{"status":401}}`},
		{503, 200, "", `SUBREQUEST_HTTP_ERROR: 503: Service Unavailable {"http":{"status":503}}`},
		{400, 400, `{"errors":[{"message":"no subscriptions","extensions":{"code":"A"}}]}`, "A: no subscriptions"},
	} {
		url := eventServer(t, func(w http.ResponseWriter, r *http.Request, _ func(string)) {
			w.Header().Set("Content-Type", "application/json")
			if r.Method == http.MethodGet {
				w.WriteHeader(c.get)
			} else {
				w.WriteHeader(c.post)
				_, _ = io.WriteString(w, c.body)
			}
		})
		_, err := callFor(t, newStreams(t, HTTPOptions{URL: url}), watch1).Subscribe(t.Context(), &Request{})
		expectError(t, err, c.want)
	}
}

// TestPath subscribes below another path of the same host.
func TestPath(t *testing.T) {
	url := peers(t, func(p *peer) {
		p.greet()
		p.complete(p.expect("subscribe").ID)
		p.closed()
	})
	for _, path := range []string{"/live", "/live?x=1", "live", "//other/live"} {
		o := HTTPOptions{URL: strings.Replace(url, "http://", "http://me:pw@", 1) + "?query=1", Subscriptions: SubscriptionOptions{Path: path}}
		if path[1] != 'l' || path[0] != '/' {
			if _, err := NewHTTPSource(o); fault.CodeOf(err) != fault.ConfigInvalid {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		source := newStreams(t, o)
		if got := source.streams.socketURL(); !strings.HasSuffix(got, path) || !strings.HasPrefix(got, "ws://127") {
			t.Error(got)
		}
		nextEnds(t, subscribe(t, source, watch1, &Request{}), io.EOF)
		source.Close()
		noGoroutines(t)
	}
}
