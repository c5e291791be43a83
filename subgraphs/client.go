package subgraphs

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// client speaks HTTP/1.1 with one endpoint: one write per request, answers read
// straight into the caller's buffer, connections kept last-in-first-out. It
// starts a goroutine only to connect or to write a large request. It is safe
// for concurrent use.
type client struct {
	address string // host:port
	// authorization is what the URL's user stands for; it is in head.
	authorization string
	tls           *tls.Config
	dialer        net.Dialer
	head          []byte // request line and fixed headers, up to the request's own
	idle          idlePool
	buffers       sync.Pool // *[]byte: requests
}

// inlineWrite is the largest request written by the caller itself: the socket
// buffer takes it at once, so a peer that does not read cannot hold the caller.
const inlineWrite = 64 << 10

func newClient(u *url.URL, o TransportOptions, accept string) *client {
	o = o.withDefaults()
	c := &client{dialer: net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: 15 * time.Second}}
	c.idle.limit, c.idle.timeout = o.IdlePerHost, o.IdleTimeout
	port := u.Port()
	if u.Scheme == "https" {
		c.tls = &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(64), MinVersion: tls.VersionTLS12}
		if o.TLS != nil {
			c.tls = o.TLS.Clone()
		}
		if c.tls.ServerName == "" {
			c.tls.ServerName = u.Hostname()
		}
		c.tls.NextProtos = []string{"http/1.1"}
		if port == "" {
			port = "443"
		}
	} else if port == "" {
		port = "80"
	}
	c.address = net.JoinHostPort(u.Hostname(), port)
	// url.Parse lets spaces stand in a query.
	target := strings.ReplaceAll(u.RequestURI(), " ", "%20")
	c.head = append(c.head, "POST "+target+" HTTP/1.1\r\nHost: "+hostOf(u)+"\r\n"+accept...)
	if c.authorization = basicAuthorization(u); c.authorization != "" {
		c.head = append(c.head, "Authorization: "+c.authorization+"\r\n"...)
	}
	c.head = append(c.head, "User-Agent: weft\r\nContent-Type: application/json\r\n"...)
	return c
}

// hostOf is the Host header for a URL: the zone of an address means something
// on this machine only.
func hostOf(u *url.URL) string {
	before, zone, found := strings.Cut(u.Host, "%")
	if !found {
		return u.Host
	}
	_, after, _ := strings.Cut(zone, "]")
	return before + "]" + after
}

// basicAuthorization returns the Authorization header that a URL's user and
// password stand for, "" without any.
func basicAuthorization(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	password, _ := u.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
}

// exchange is one request under way and its connection. It is used once.
type exchange struct {
	source   *HTTPSource
	request  *[]byte // head and body, until the end
	deadline time.Time
	safe     bool // may be sent again
	following

	// opening is closed when a connection was made and the request written, if
	// that happens on a goroutine; else nil. failed is what came of it.
	opening chan struct{}
	failed  error

	mu          sync.Mutex
	conn        *conn
	interrupted bool
	done        bool
	cancel      context.CancelFunc // of connecting
}

var _ Pending = (*exchange)(nil)

// send sends the request, or has it sent: on a kept connection at once, else on
// a goroutine, so that nobody waits here.
func (x *exchange) send() {
	x.conn = x.client().idle.get()
	if x.conn == nil || len(*x.request) > inlineWrite {
		x.open()
		return
	}
	if x.failed = x.conn.SetDeadline(x.deadline); x.failed == nil {
		_, x.failed = x.conn.Write(*x.request)
	}
}

func (x *exchange) client() *client { return x.source.client }

// open connects, unless there is a connection, and writes the request. Its
// goroutine ends with the deadline or an interrupt at the latest.
func (x *exchange) open() {
	x.opening, x.failed = make(chan struct{}), nil
	ctx, cancel := context.WithDeadline(context.Background(), x.deadline)
	x.mu.Lock()
	x.cancel = cancel
	if x.interrupted {
		cancel()
	}
	x.mu.Unlock()
	go func() {
		defer close(x.opening)
		defer cancel()
		x.failed = x.connectAndWrite(ctx)
	}()
}

func (x *exchange) connectAndWrite(ctx context.Context) error {
	conn := x.conn
	if conn == nil {
		var err error
		if conn, err = x.client().dial(ctx); err != nil {
			return err
		}
	}
	x.mu.Lock()
	x.conn = conn
	err := conn.SetDeadline(x.deadline)
	if x.interrupted { // under the lock, so that no interrupt is undone
		err = context.Canceled
	}
	x.mu.Unlock()
	if err == nil {
		_, err = conn.Write(*x.request)
	}
	return err
}

// dial makes a connection, with TLS where the URL says so.
func (c *client) dial(ctx context.Context) (*conn, error) {
	raw, err := c.dialer.DialContext(ctx, "tcp", c.address)
	if err != nil {
		return nil, err
	}
	if c.tls == nil {
		return newConn(raw, raw), nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.dialer.Timeout)
	defer cancel()
	secure := tls.Client(raw, c.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return newConn(secure, raw), nil
}

// head waits for the response's head. A request that may be sent again is, once,
// if a kept connection turns out to have been closed.
func (x *exchange) head() (*responseHead, error) {
	for again := false; ; again = true {
		head, err := x.receive()
		if err == nil || again || !x.stale(err) {
			return head, err
		}
		x.mu.Lock()
		_ = x.conn.close() // it is closed at the other end already
		x.conn = nil
		x.mu.Unlock()
		x.open()
	}
}

func (x *exchange) receive() (*responseHead, error) {
	if x.opening != nil {
		<-x.opening
	}
	if x.conn == nil {
		return nil, x.failed
	}
	// A peer may answer and close before it has read everything: a failed write
	// counts only if there is no answer.
	head, err := x.conn.readHead()
	if err != nil && x.failed != nil {
		err = x.failed
	}
	return head, err
}

// stale reports whether err means that a kept connection had been closed before
// the request reached anybody.
func (x *exchange) stale(err error) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.safe || x.interrupted || x.conn == nil || !x.conn.reused || x.conn.answered {
		return false
	}
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// end gives the connection back if it can be used again, and the buffer.
func (x *exchange) end(usable bool) {
	x.mu.Lock()
	x.done = true
	usable = usable && !x.interrupted && x.failed == nil
	x.mu.Unlock()
	switch {
	case x.conn == nil:
	case usable && x.conn.reusable():
		x.client().idle.put(x.conn)
	default:
		_ = x.conn.close() // nothing more to learn from it
	}
	if cap(*x.request) <= maxKeptRequest {
		x.client().buffers.Put(x.request)
	}
	x.request = nil
}

// maxKeptRequest is the largest request buffer kept; chosen, not measured.
const maxKeptRequest = 1 << 20

// Interrupt makes reading and connecting fail soon. It may come from any
// goroutine, at any time.
func (x *exchange) Interrupt() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.interrupted = true
	if x.again != nil {
		x.again()
	}
	if x.done {
		return
	}
	if x.cancel != nil {
		x.cancel()
	}
	if x.conn != nil {
		x.conn.expire()
	}
}

// wasInterrupted reports whether Interrupt came before the end.
func (x *exchange) wasInterrupted() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.interrupted
}

// appendHead appends the head of a request with a body of the given length.
func (c *client) appendHead(dst []byte, headers ...[]Header) []byte {
	dst = append(dst, c.head...)
	for _, list := range headers {
		for i := range list {
			dst = c.appendLine(dst, &list[i])
		}
	}
	return dst
}

// appendLine appends a header, if it may be sent.
func (c *client) appendLine(dst []byte, h *Header) []byte {
	if !sendable(h, c.authorization != "") {
		return dst
	}
	return append(append(append(append(dst, h.Name...), ": "...), h.Value...), "\r\n"...)
}

// sendable refuses what would end the header or the line early, what belongs to
// the connection or the body, and what the client sets itself: Authorization
// too, if the subgraph's URL names a user.
func sendable(h *Header, authorized bool) bool {
	if !isToken(h.Name) || !isFieldValue(h.Value) {
		return false
	}
	is := func(name string) bool { return strings.EqualFold(h.Name, name) }
	switch len(h.Name) {
	case 2:
		return !is("te")
	case 4:
		return !is("host")
	case 6:
		return !is("accept") && !is("expect")
	case 7:
		return !is("trailer") && !is("upgrade")
	case 10:
		return !is("connection") && !is("keep-alive") && !is("user-agent")
	case 12:
		return !is("content-type")
	case 13:
		return !authorized || !is("authorization")
	case 14:
		return !is("content-length")
	case 15:
		return !is("accept-encoding")
	case 16:
		return !is("content-encoding") && !is("proxy-connection")
	case 17:
		return !is("transfer-encoding")
	}
	return true
}

// isFieldValue reports whether value can stand in a header line: no control
// characters but the tab.
func isFieldValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// appendLength ends a head with the length of the body that follows.
func appendLength(dst []byte, n int) []byte {
	dst = strconv.AppendInt(append(dst, "Content-Length: "...), int64(n), 10)
	return append(dst, "\r\n\r\n"...)
}

// timedOut reports whether err is a deadline of a connection.
func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// closeIdle closes the connections nobody uses.
func (c *client) closeIdle() { c.idle.closeAll() }
