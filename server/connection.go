package server

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

// connection is one WebSocket. Its reader's goroutine takes in messages and
// ends it; each operation has a goroutine of its own; one that writes exists
// only while there is something to write (see outbox.go).
type connection struct {
	h      *Handler
	s      *settings
	ws     *websocket.Conn
	caller caller.Caller   // with Init once it came; then read-only
	ctx    context.Context //nolint:containedctx // a connection is one session
	cancel context.CancelFunc
	rate   bucket // of the reader
	amid   bool   // the reader is within a message

	mu        sync.Mutex
	inited    bool
	acked     bool
	closing   bool
	leaving   bool                // closes once no single answer is under way
	initTimer *time.Timer         // until acked
	pingTimer *time.Timer         // until the end
	expiry    *time.Timer         // of the principal; nil without one
	runs      map[string]*running // by id, those a client may refer to
	count     int                 // of all, stopped ones that have not ended included
	singles   int                 // of those that are not known to be subscriptions
	held      int64               // bytes of the messages that started them
	out       outbox
	busy      sync.WaitGroup // goroutines of operations, and the one that writes
}

func newConnection(h *Handler, s *settings, ws *websocket.Conn, who caller.Caller) *connection {
	o := &s.WebSocket
	c := &connection{h: h, s: s, ws: ws, caller: who, runs: map[string]*running{}, rate: bucket{rate: float64(o.MessageRate), size: float64(o.MessageBurst)}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// serve reads until the connection ends, then waits for what it started.
func (c *connection) serve() {
	c.begin()
	c.linger(c.read())
	c.mu.Lock()
	c.closing = true
	c.initTimer.Stop()
	c.pingTimer.Stop()
	if c.expiry != nil {
		c.expiry.Stop()
	}
	c.mu.Unlock()
	c.cancel()
	_ = c.ws.Close() // nothing is left to be told
	c.busy.Wait()
}

func (c *connection) begin() {
	o := &c.s.WebSocket
	c.ws.SetReadLimit(o.MaxMessageBytes)
	c.ws.SetPingHandler(func(data string) error {
		if !c.alive() {
			return errRate
		}
		err := c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(o.WriteTimeout))
		if errors.Is(err, websocket.ErrCloseSent) {
			return nil
		}
		return err
	})
	c.ws.SetPongHandler(func(string) error {
		if !c.alive() {
			return errRate
		}
		return nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.initTimer = time.AfterFunc(o.InitTimeout, func() {
		c.mu.Lock()
		late := !c.acked
		c.mu.Unlock()
		if late {
			c.close(closeInitTimeout, "Connection initialisation timeout")
		}
	})
	c.pingTimer = time.AfterFunc(o.Ping, c.ping)
}

// errRate ends a read that went over the rate.
var errRate = errors.New("too many frames")

// ping asks whether the client is there.
func (c *connection) ping() {
	o := &c.s.WebSocket
	// What fails here fails the reader too.
	_ = c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(o.WriteTimeout))
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.pingTimer.Reset(o.Ping)
	}
}

// alive takes note of a frame; false is one too many. One amid a message gives
// the message no more time.
func (c *connection) alive() bool {
	if !c.rate.take(time.Now()) {
		c.close(closePolicy, "Too many messages")
		return false
	}
	if !c.amid {
		c.renew()
	}
	return true
}

// renew gives the client time until the next frame.
func (c *connection) renew() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing { // then the deadline is for the peer's farewell
		_ = c.ws.SetReadDeadline(time.Now().Add(c.s.WebSocket.Idle))
	}
}

// read takes in messages until one ends the connection, or reading fails.
func (c *connection) read() error {
	if c.ws.Subprotocol() != transportWS {
		c.close(closeSubprotocol, "Subprotocol not acceptable")
		return nil
	}
	c.renew()
	for {
		kind, text, err := c.message()
		switch {
		case err != nil:
			if errors.Is(err, websocket.ErrReadLimit) { // the library has told the client
				c.s.Metrics.closed(websocket.CloseMessageTooBig)
			}
			return err
		case !c.alive():
			return nil
		case kind != websocket.TextMessage:
			c.invalid()
			return nil
		case !utf8.Valid(text):
			c.close(closeInvalidUTF8, "Invalid UTF-8")
			return nil
		case !c.receive(text):
			return nil
		}
	}
}

// message reads one.
func (c *connection) message() (kind int, text []byte, err error) {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return 0, nil, err
	}
	c.amid = true
	text, err = io.ReadAll(r)
	c.amid = false
	return kind, text, err
}

// invalid ends the connection of a client that does not speak the protocol.
func (c *connection) invalid() { c.close(closeInvalidMessage, "Invalid message received") }

// receive acts on one message; it reports false when that ended the connection.
func (c *connection) receive(text []byte) bool {
	m, err := parseMessage(text)
	if err != nil {
		c.invalid()
		return false
	}
	switch m.kind {
	case "connection_init":
		return c.init(m)
	case "ping":
		c.control(appendMessage(nil, "pong", m.payload))
	case "pong":
	case "subscribe":
		return c.subscribe(m)
	case "complete":
		c.stop(m.id)
	}
	return true
}

// init acknowledges the connection.
func (c *connection) init(m *message) bool {
	c.mu.Lock()
	again := c.inited
	c.inited = true
	c.mu.Unlock()
	if again {
		c.close(closeSecondInit, "Too many initialisation requests")
		return false
	}
	if m.payload != nil {
		c.caller.Init = append([]byte(nil), c.s.stripInit(m.payload)...)
	}
	if check := c.s.WebSocket.Init; check != nil {
		if err := check(c.ctx, &c.caller); err != nil {
			c.close(closeForbidden, "Forbidden")
			return false
		}
	}
	// Acknowledged before it is told: the client may subscribe the moment it
	// reads this.
	c.mu.Lock()
	c.acked = true
	c.initTimer.Stop()
	if who := c.caller.Principal; who != nil && !who.Expires.IsZero() && !c.s.WebSocket.KeepExpired && !c.closing {
		c.expiry = time.AfterFunc(time.Until(who.Expires), func() { c.close(closeForbidden, "Token expired") })
	}
	c.mu.Unlock()
	c.control(appendMessage(nil, "connection_ack", nil))
	return true
}

// subscribe starts an operation.
func (c *connection) subscribe(m *message) bool {
	r, err := c.request(m)
	if err != nil {
		c.invalid()
		return false
	}
	var refused *fault.Error
	c.mu.Lock()
	_, duplicate := c.runs[m.id]
	switch {
	case !c.acked:
		c.mu.Unlock()
		c.close(closeUnauthorized, "Unauthorized")
		return false
	case duplicate:
		c.mu.Unlock()
		c.close(closeDuplicate, "Subscriber for "+m.id+" already exists")
		return false
	case c.leaving || c.closing:
		refused = shuttingDown()
	case len(c.runs) >= c.s.WebSocket.MaxOperations, c.count >= 2*c.s.WebSocket.MaxOperations:
		refused = &fault.Error{Code: fault.TooManyOperations, Message: "too many operations on this connection"}
	case c.count > 0 && c.held+m.size > c.s.MaxBodyBytes:
		refused = &fault.Error{Code: fault.TooManyOperations, Message: "the operations on this connection are too large together"}
	default:
		c.start(m, r)
	}
	c.mu.Unlock()
	if refused != nil {
		c.s.Metrics.failed("", "", fault.List{refused})
		if c.s.Refused != nil {
			c.s.Refused(&c.caller, &Outcome{Transport: "websocket", Start: time.Now(), Errors: fault.List{refused}})
		}
		c.control(appendErrors(nil, m.id, fault.List{refused}))
	}
	return true
}

// close tells the client why and ends the connection; the first reason counts.
// It takes a second at most, if the client does not read.
func (c *connection) close(code int, reason string) {
	c.mu.Lock()
	already := c.closing
	c.closing = true
	c.mu.Unlock()
	if already {
		return
	}
	c.cancel()
	c.s.Metrics.closed(code)
	deadline := time.Now().Add(farewell)
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, closeReason(reason)), deadline) // who does not read is not told
	_ = c.ws.NetConn().SetReadDeadline(deadline)
}

// farewell is the time a client has to take a close frame and answer it;
// chosen, not measured.
const farewell = time.Second

// linger waits, after a close frame was sent, for the client to go: a socket
// that is closed with bytes unread is reset, and the frame may be lost.
func (c *connection) linger(err error) {
	var closed *websocket.CloseError
	if errors.As(err, &closed) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return // it has gone
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return // it is not there, or has had its time
	}
	conn := c.ws.NetConn()
	_ = conn.SetReadDeadline(time.Now().Add(farewell))
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, maxFarewell))
}

// maxFarewell bounds what is read of a client that does not stop sending.
const maxFarewell = 4 << 20

// goAway closes the connection as soon as only subscriptions run on it.
func (c *connection) goAway() {
	c.mu.Lock()
	c.leaving = true
	idle := c.singles == 0
	c.mu.Unlock()
	if idle {
		c.close(closeGoingAway, "Going away")
	}
}
