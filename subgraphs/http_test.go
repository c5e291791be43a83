package subgraphs

import (
	"bufio"
	"bytes"
	"compress/gzip"
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
	"github.com/weftql/weft/planner/plan"
)

// fetch sends one query to url and returns the body, or the fault.
func fetch(t *testing.T, o HTTPOptions, spec *Spec, req *Request) (string, *fault.Error) {
	t.Helper()
	return fetchContext(t.Context(), t, o, spec, req)
}

// fetchContext fetches with the package's own client and with net/http, which
// must come to the same result.
func fetchContext(ctx context.Context, t *testing.T, o HTTPOptions, spec *Spec, req *Request) (string, *fault.Error) {
	t.Helper()
	body, f := fetchOnce(ctx, t, o, spec, req)
	o.Transport = NewTransport(TransportOptions{})
	body2, f2 := fetchOnce(ctx, t, o, spec, req)
	if body != body2 || (f == nil) != (f2 == nil) || f != nil && f.Error() != f2.Error() {
		t.Errorf("the own client gives %.200s %v\nnet/http gives %.200s %v", body, f, body2, f2)
	}
	return body, f
}

func fetchOnce(ctx context.Context, t *testing.T, o HTTPOptions, spec *Spec, req *Request) (string, *fault.Error) {
	t.Helper()
	o.Name = "products"
	source, err := NewHTTPSource(o)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	call, err := source.Prepare(spec)
	if err != nil {
		t.Fatal(err)
	}
	res := Response{Body: []byte("kept")}
	err = call.Fetch(ctx, req, &res)
	if !bytes.HasPrefix(res.Body, []byte("kept")) {
		t.Errorf("what stood in the buffer is gone: %.40s", res.Body)
	}
	if err == nil {
		return string(res.Body[len("kept"):]), nil
	}
	if string(res.Body) != "kept" {
		t.Errorf("a failed fetch left %d bytes", len(res.Body)-len("kept"))
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("%v is no fault", err)
	}
	if f.Subgraph != "products" {
		t.Errorf("fault of subgraph %q", f.Subgraph)
	}
	if strings.Contains(f.Message+string(f.Extensions), "127.0.0.1") {
		t.Errorf("the message tells the address: %s", f.Message)
	}
	return "", f
}

func query() *Spec { return &Spec{Subgraph: "products", Operation: "{a}"} }

// TestAnswers is the table of protocols for subgraph answers.
func TestAnswers(t *testing.T) {
	const js, gql = "application/json", "application/graphql-response+json"
	for _, c := range []struct {
		name              string
		status            int
		contentType, body string
		want              string // the body, or CODE: message
	}{
		{"data", 200, js, `{"data":{"a":1}}`, `{"data":{"a":1}}`},
		{"type with parameter", 200, "Application/JSON; charset=UTF-8", `{"data":1}`, `{"data":1}`},
		{"broken parameter", 200, "application/json; charset", `{"data":1}`, `{"data":1}`},
		{"other charset", 200, "application/json; charset=latin1", `{"data":1}`,
			`SUBREQUEST_MALFORMED_RESPONSE: the subgraph answered with "application/json; charset=latin1" instead of JSON`},
		{"own type trusts the body", 503, gql, `{"errors":[{"message":"no"}]}`, `{"errors":[{"message":"no"}]}`},
		{"failed with errors", 500, js, `{"errors":[{"message":"no"}],"data":null}`, `{"errors":[{"message":"no"}],"data":null}`},
		{"failed with data only", 500, js, `{"data":{"a":1}}`,
			`{"data":{"a":1},"errors":[{"message":"500: Internal Server Error","extensions":{"code":"SUBREQUEST_HTTP_ERROR","http":{"status":500}}}]}`},
		{"failed with something else", 502, js, `{"oops":"secret"}`, `SUBREQUEST_HTTP_ERROR: 502: Bad Gateway "http":{"status":502}`},
		{"failed with errors empty", 502, js, `{"errors":[]}`, `SUBREQUEST_HTTP_ERROR: 502: Bad Gateway "http":{"status":502}`},
		{"failed with broken JSON", 502, js, `{"oops`, `SUBREQUEST_HTTP_ERROR: 502: Bad Gateway "http":{"status":502}`},
		{"failed with text", 502, js, `gateway`, `SUBREQUEST_HTTP_ERROR: 502: Bad Gateway "http":{"status":502}`},
		{"html", 200, "text/html; charset=utf-8", `<html>secret</html>`,
			`SUBREQUEST_MALFORMED_RESPONSE: the subgraph answered with "text/html; charset=utf-8" instead of JSON`},
		{"html error page", 503, "text/html", `<html>secret</html>`, `SUBREQUEST_HTTP_ERROR: 503: Service Unavailable "http":{"status":503}`},
		{"strange status", 599, "text/html", ``, `SUBREQUEST_HTTP_ERROR: 599 "http":{"status":599}`},
		{"redirect", 302, js, `{"data":1}`, `{"data":1,"errors":[{"message":"302: Found","extensions":{"code":"SUBREQUEST_HTTP_ERROR","http":{"status":302}}}]}`},
		{"redirect page", 307, "text/html", ``, `SUBREQUEST_HTTP_ERROR: 307: Temporary Redirect "http":{"status":307}`},
		{"unauthenticated", 401, js, `{}`, `UNAUTHENTICATED: 401: Unauthorized "http":{"status":401}`},
		{"forbidden", 403, "text/plain", `no`, `FORBIDDEN: 403: Forbidden "http":{"status":403}`},
		{"empty", 200, js, " \n", `SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is empty`},
		{"list", 200, js, `[{"data":1}]`, `SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is not a JSON object`},
		{"null", 200, gql, `null`, `SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is not a JSON object`},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}))
			defer server.Close()
			got, f := fetch(t, HTTPOptions{URL: server.URL}, query(), &Request{})
			if f != nil {
				got = strings.TrimSpace(f.Error() + " " + string(f.Extensions))
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestMissingContentType(t *testing.T) {
	url := raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"data\":1}")
	if _, f := fetch(t, HTTPOptions{URL: url}, query(), &Request{}); f == nil || f.Message != "the subgraph answered with no content type instead of JSON" {
		t.Error(f)
	}
}

// raw serves one fixed byte sequence per connection and then closes it.
func raw(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() { // ends when the listener is closed
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				io.Copy(io.Discard, request.Body)
			}
			io.WriteString(conn, answer)
			conn.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestWire(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, `{"data":1}`)
	z.Close()
	for _, c := range []struct {
		name, answer string
		options      HTTPOptions
		want         string
	}{
		{"chunked", head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"dat\r\n5;x=y\r\na\":1}\r\n0\r\n\r\n", HTTPOptions{}, `{"data":1}`},
		{"chunks broken off", head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"dat\r\n", HTTPOptions{}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer was cut off"},
		{"length broken off", head + "Content-Length: 400\r\n\r\n{\"dat", HTTPOptions{}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer was cut off"},
		{"no length", head + "Connection: close\r\n\r\n{\"data\":1}", HTTPOptions{}, `{"data":1}`},
		{"continue first", "HTTP/1.1 103 Early Hints\r\n\r\n" + head + "Content-Length: 10\r\n\r\n{\"data\":1}", HTTPOptions{}, `{"data":1}`},
		{"stated too large", head + "Content-Length: 1073741824\r\n\r\n{", HTTPOptions{}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is larger than 67108864 bytes"},
		{"too large", head + "\r\n{\"data\":1}", HTTPOptions{MaxResponseBytes: 9}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is larger than 9 bytes"},
		{"just small enough", head + "\r\n{\"data\":1}", HTTPOptions{MaxResponseBytes: 10}, `{"data":1}`},
		{"gzip unasked", head + "Content-Encoding: gzip\r\n\r\n" + zipped.String(), HTTPOptions{}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph compressed its answer although it was not asked to"},
		{"gzip asked", head + "Content-Encoding: gzip\r\n\r\n" + zipped.String(), HTTPOptions{Gzip: true}, `{"data":1}`},
		{"gzip counts inflated", head + "Content-Encoding: gzip\r\n\r\n" + zipped.String(), HTTPOptions{Gzip: true, MaxResponseBytes: 9}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is larger than 9 bytes"},
		{"gzip broken", head + "Content-Encoding: gzip\r\n\r\n{\"data\":1}", HTTPOptions{Gzip: true}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is not gzip although its header says so"},
		{"not HTTP", "220 smtp ready\r\n", HTTPOptions{}, "SUBREQUEST_HTTP_ERROR: the connection to the subgraph broke"},
		{"closed at once", "", HTTPOptions{}, "SUBREQUEST_HTTP_ERROR: the connection to the subgraph broke"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.URL = raw(t, c.answer)
			got, f := fetch(t, c.options, query(), &Request{})
			if f != nil {
				got = f.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	_, f := fetch(t, HTTPOptions{URL: "http://" + listener.Addr().String()}, query(), &Request{})
	if f == nil || f.Code != fault.SubrequestHTTPError || f.Message != "the subgraph refused the connection or is unreachable" {
		t.Error(f)
	}
}

func TestDeadlines(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.Header.Get("X-Part") != "" {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"data"`)
			w.(http.Flusher).Flush()
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(release)
	part := []Header{{Name: "x-part", Value: "1"}}
	for _, c := range []struct {
		name    string
		options HTTPOptions
		request Request
	}{
		{"own", HTTPOptions{Timeout: 20 * time.Millisecond}, Request{}},
		{"the request's", HTTPOptions{}, Request{Deadline: time.Now().Add(20 * time.Millisecond)}},
		{"already over", HTTPOptions{}, Request{Deadline: time.Now().Add(-time.Second)}},
		{"in the middle", HTTPOptions{Timeout: 50 * time.Millisecond}, Request{Header: part}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.URL = server.URL
			_, f := fetch(t, c.options, query(), &c.request)
			if f == nil || f.Code != fault.GatewayTimeout || f.Message != "the subgraph did not answer in time" {
				t.Error(f)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		_, f := fetchContext(ctx, t, HTTPOptions{URL: server.URL}, query(), &Request{})
		if f == nil || f.Message != "the subgraph request was cancelled" {
			t.Error(f)
		}
	})
}

func TestRequest(t *testing.T) {
	var seen atomic.Pointer[string]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var head bytes.Buffer
		head.WriteString(r.Method + " " + r.URL.Path + "\n")
		r.Header.Write(&head)
		text := strings.ReplaceAll(head.String(), "\r", "") + string(body)
		seen.Store(&text)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data":null}`)
	}))
	defer server.Close()
	spec := &Spec{
		Operation: "query($a:Int,$r:[_Any!]!){x(s:\"\n\x01\")}", Kind: plan.Query,
		Variables: []string{"a", "b"}, Sets: []SetSpec{{Variable: ""}, {Variable: "r"}},
	}
	req := &Request{
		Values: [][]byte{[]byte("1"), nil},
		Sets:   []Set{{}, {Reps: []byte(`{"id":1},{"id":2}`)}},
		Header: []Header{{Name: "x-tenant", Value: "t1"}, {Name: "X-Tenant", Value: "t2"}},
	}
	if _, f := fetch(t, HTTPOptions{URL: server.URL + "/graphql", Header: []Header{{Name: "x-static", Value: "s"}}}, spec, req); f != nil {
		t.Fatal(f)
	}
	want := `POST /graphql
Accept: application/graphql-response+json, application/json;q=0.9
Accept-Encoding: identity
Content-Length: 111
Content-Type: application/json
User-Agent: weft
X-Static: s
X-Tenant: t1
X-Tenant: t2
{"query":"query($a:Int,$r:[_Any!]!){x(s:\"\n\u0001\")}","variables":{"a":1,"representations":[]}}`
	want = strings.Replace(want, `"representations":[]`, `"r":[{"id":1},{"id":2}]`, 1)
	want = strings.Replace(want, "Content-Length: 111", fmt.Sprintf("Content-Length: %d", len(want)-strings.LastIndex(want, "\n")-1), 1)
	if got := *seen.Load(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, f := fetch(t, HTTPOptions{URL: server.URL}, query(), &Request{}); f != nil {
		t.Fatal(f)
	}
	if got := *seen.Load(); !strings.HasSuffix(got, "\n"+`{"query":"{a}"}`) {
		t.Errorf("without variables: %s", got)
	}
}

// TestReuse fetches one after the other over one connection, and again after
// the subgraph closed it.
func TestReuse(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data":null}`)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	source, err := NewHTTPSource(HTTPOptions{Name: "p", URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	call, err := source.Prepare(query())
	if err != nil {
		t.Fatal(err)
	}
	once := func() {
		t.Helper()
		var res Response
		if err := call.Fetch(t.Context(), &Request{}, &res); err != nil || string(res.Body) != `{"data":null}` {
			t.Fatalf("%v %v %s", err, errors.Unwrap(err), res.Body)
		}
	}
	for range 20 {
		once()
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("20 fetches used %d connections", n)
	}
	server.CloseClientConnections()
	once()
}

func TestBadURL(t *testing.T) {
	for _, u := range []string{"", "localhost:4001", "ftp://x/", "http://", "http://[::1", "http://a b/", "http://bücher/", "http://u:secret@h:x/", "ftp://u:secret@h/", "u:secret@h:80"} {
		if _, err := NewHTTPSource(HTTPOptions{Name: "p", URL: u}); fault.CodeOf(err) != fault.ConfigInvalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", u, err)
		}
	}
}

func BenchmarkFetch(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data":{"a":1}}`)
	}))
	defer server.Close()
	for name, transport := range map[string]http.RoundTripper{"own": nil, "net-http": NewTransport(TransportOptions{})} {
		b.Run(name, func(b *testing.B) {
			source, err := NewHTTPSource(HTTPOptions{Name: "p", URL: server.URL, Transport: transport})
			if err != nil {
				b.Fatal(err)
			}
			call, err := source.Prepare(query())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			res := Response{}
			for b.Loop() {
				res.Body = res.Body[:0]
				if err := call.Fetch(b.Context(), &Request{}, &res); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
