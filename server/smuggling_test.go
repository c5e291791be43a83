package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/operation"
)

// counted is an engine that notes the documents it is asked.
type counted struct {
	fake
	asked, smuggled atomic.Int64
}

func (c *counted) Do(ctx context.Context, r *operation.Request) *Answer {
	c.asked.Add(1)
	if strings.Contains(string(r.Document), "smuggled") {
		c.smuggled.Add(1)
	}
	return c.fake.Do(ctx, r)
}

// TestSmuggling sends requests whose end two servers could see in two places.
// They are refused, or run as one; what is hidden in them never runs.
func TestSmuggling(t *testing.T) {
	const hidden = "POST /graphql HTTP/1.1\r\nHost: weft.test\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"query\":\"{ smuggled }\"}"
	const head = "POST /graphql HTTP/1.1\r\nHost: weft.test\r\nContent-Type: application/json\r\n"
	const body = `{"query":"{a}"}`
	chunked := "f\r\n" + body + "\r\n0\r\n\r\n"
	for name, request := range map[string]string{
		"length and chunks":           head + "Content-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"chunks and length":           head + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunked + hidden,
		"two lengths":                 head + "Content-Length: 15\r\nContent-Length: 200\r\n\r\n" + body + hidden,
		"two lengths in a list":       head + "Content-Length: 15, 200\r\n\r\n" + body + hidden,
		"a length with a sign":        head + "Content-Length: +15\r\n\r\n" + body + hidden,
		"a length in hexadecimal":     head + "Content-Length: 0xf\r\n\r\n" + body + hidden,
		"a negative length":           head + "Content-Length: -1\r\n\r\n" + body + hidden,
		"a space before the colon":    head + "Transfer-Encoding : chunked\r\nContent-Length: 15\r\n\r\n" + body + hidden,
		"another encoding":            head + "Transfer-Encoding: xchunked\r\nContent-Length: 15\r\n\r\n" + body + hidden,
		"two encodings":               head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + chunked + hidden,
		"encodings in a list":         head + "Transfer-Encoding: identity, chunked\r\n\r\n" + chunked + hidden,
		"an encoding on the next":     head + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 15\r\n\r\n" + body + hidden,
		"a vertical tab":              head + "Transfer-Encoding: \vchunked\r\nContent-Length: 15\r\n\r\n" + body + hidden,
		"a chunk of a huge size":      head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff0f\r\n" + body + "\r\n0\r\n\r\n" + hidden,
		"a chunk of a negative size":  head + "Transfer-Encoding: chunked\r\n\r\n-f\r\n" + body + "\r\n0\r\n\r\n" + hidden,
		"a bare line feed in a chunk": head + "Transfer-Encoding: chunked\r\n\r\nf;a\nb\r\n" + body + "\r\n0\r\n\r\n" + hidden,
		"a name with a line break":    head + "X-A\r\nTransfer-Encoding: chunked\r\nContent-Length: 15\r\n\r\n" + body + hidden,
		"a null in a value":           head + "X-A: a\x00b\r\nContent-Length: 15\r\n\r\n" + body + hidden,
		"two hosts":                   "POST /graphql HTTP/1.1\r\nHost: weft.test\r\nHost: evil.test\r\nContent-Length: 15\r\nContent-Type: application/json\r\n\r\n" + body + hidden,
		"no host":                     "POST /graphql HTTP/1.1\r\nContent-Length: 15\r\nContent-Type: application/json\r\n\r\n" + body + hidden,
		"a body behind a refusal":     "POST /graphql HTTP/1.1\r\nHost: weft.test\r\nContent-Type: text/plain\r\nContent-Length: 300\r\n\r\n" + hidden,
		"a body of a GET":             "GET /graphql?query=%7Ba%7D HTTP/1.1\r\nHost: weft.test\r\nX-Weft-CSRF: 1\r\nContent-Length: 300\r\n\r\n" + hidden,
		"a body of a preflight":       "OPTIONS /graphql HTTP/1.1\r\nHost: weft.test\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: POST\r\nContent-Length: 300\r\n\r\n" + hidden,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			engine := &counted{}
			server := New(NewHandler(engine, Options{CORS: newCORS(t, CORSPolicy{Origins: []string{"*"}})}), http.NotFoundHandler(),
				ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-", RequestTimeout: 300 * time.Millisecond})
			if err := server.Listen(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- server.Run(ctx) }() // ends with ctx
			conn, err := net.Dial("tcp", server.Addr())
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			if strings.Contains(request, "Content-Length: 300") {
				request += strings.Repeat(" ", 300) // so that the body is there to its end
			}
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			_ = conn.(*net.TCPConn).CloseWrite()
			answers := 0
			for in := bufio.NewReader(conn); ; answers++ {
				response, err := http.ReadResponse(in, nil)
				if err != nil {
					break
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			conn.Close()
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if engine.smuggled.Load() > 0 || engine.asked.Load() > 1 {
				t.Errorf("%d operations ran, %d of them hidden; %d answers", engine.asked.Load(), engine.smuggled.Load(), answers)
			}
		})
	}
}
