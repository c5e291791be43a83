package subgraphs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is one WebSocket that speaks graphql-transport-ws and carries many
// subscriptions. One goroutine reads, one writes; both end with the connection.
type socket struct {
	pool *socketPool
	key  digest
	conn *websocket.Conn
	wake chan struct{} // something to write
	done chan struct{} // closed when the reader is done with conn
	buf  []byte        // the reader's

	mu      sync.Mutex
	streams map[string]*upstream
	last    uint64 // id given out
	out     [][]byte
	unsent  int  // bytes of out, and of what is being written
	held    bool // by a stream that is alone and lagged
	closing bool // takes no stream any more, and has none
	idle    *time.Timer
}

const (
	// writeWait bounds the writing of one frame: a subgraph that does not read
	// for so long is lost.
	writeWait = 10 * time.Second
	// closeWait bounds the wait for the answer to a close frame.
	closeWait = time.Second
	// maxUnsent and maxUnsentBytes bound what waits to be written: above them pings
	// are not answered, above the latter other subscriptions take another socket.
	// Chosen, not measured.
	maxUnsent      = 4096
	maxUnsentBytes = 4 << 20
)

func newSocket(p *socketPool, key digest, conn *websocket.Conn) *socket {
	s := &socket{pool: p, key: key, conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{}), streams: map[string]*upstream{}}
	s.idle = time.AfterFunc(p.idleTime(), s.closeIdle)
	conn.SetReadLimit(p.hub.source.options.MaxResponseBytes)
	conn.SetPongHandler(func(string) error { s.extend(); return nil })
	go s.write() // ends after the reader
	go s.read()  // ends when the connection does, which a lost peer causes by its silence
	return s
}

// acquire starts a subscription unless the socket has no room.
func (s *socket) acquire(u *upstream, body []byte) (stop func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || s.held || s.unsent > maxUnsentBytes || len(s.streams) >= s.pool.hub.options.MaxPerConnection {
		return nil, false
	}
	s.idle.Stop()
	s.last++
	id := strconv.FormatUint(s.last, 10)
	s.streams[id] = u
	s.send(subscribeMessage(id, body))
	return func() { s.leave(id) }, true
}

// leave ends a subscription, if the subgraph has not. It does not block.
func (s *socket) leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[id] != nil {
		s.send(completeMessage(id))
		s.drop(id)
	}
}

// take removes and returns a stream that the subgraph has ended.
func (s *socket) take(id string) *upstream {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.streams[id]
	if u != nil {
		s.drop(id)
	}
	return u
}

// drop removes a stream; the lock is held.
func (s *socket) drop(id string) {
	delete(s.streams, id)
	s.held = false // it had one stream
	if len(s.streams) == 0 && !s.closing {
		s.idle.Reset(s.pool.idleTime())
	}
}

// get returns a running stream, or nil.
func (s *socket) get(id string) *upstream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[id]
}

// send queues a message; the lock is held.
func (s *socket) send(message []byte) {
	s.out = append(s.out, message)
	s.unsent += len(message)
	s.signal()
}

func (s *socket) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

var _ carrier = (*socket)(nil)

// hold keeps other streams away if there is none yet.
func (s *socket) hold() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.streams) != 1 {
		return false
	}
	s.held = true
	return true
}

// read is the reading goroutine.
func (s *socket) read() {
	defer close(s.done)
	defer func() { _ = s.conn.Close() }() // nothing more to learn from it
	code, err := s.messages()
	s.end(s.pool.hub.source.closed(err))
	if code != 0 {
		sayClose(s.conn, code, err.Error())
		drainClose(s.conn)
	}
}

// messages reads until the connection ends, or until the subgraph breaks the
// protocol: then code is what to close it with.
func (s *socket) messages() (code int, err error) {
	defer func() {
		if r := recover(); r != nil { // a bug in weft must end this connection only
			code, err = closeInternal, fmt.Errorf("%w: %v", errBug, r)
		}
	}()
	for {
		if err := s.receive(); err != nil {
			return 0, err
		}
		if err := s.handle(); err != nil {
			return closeBadResponse, err
		}
		if cap(s.buf) > maxKeptRead {
			s.buf = nil
		}
	}
}

// receive reads one frame into buf.
func (s *socket) receive() error {
	s.extend()
	kind, r, err := s.conn.NextReader()
	if err != nil {
		return err
	}
	b := bytes.NewBuffer(s.buf[:0])
	_, err = b.ReadFrom(r)
	s.buf = b.Bytes()
	if err == nil && kind != websocket.TextMessage {
		s.buf = s.buf[:0] // which is no message
	}
	return err
}

// maxKeptRead is the largest read buffer kept; chosen, not measured.
const maxKeptRead = 64 << 10

// handle acts on the message in buf. It returns an error for one that breaks
// the protocol.
func (s *socket) handle() error {
	m, err := parseMessage(s.buf)
	if err != nil {
		return err
	}
	switch m.Type {
	case "next":
		if u := s.get(m.ID); u != nil {
			u.event(m.Payload, s)
		}
	case "error":
		if u := s.take(m.ID); u != nil {
			u.end(s.pool.hub.source.refusal(m.Payload))
		}
	case "complete":
		if u := s.take(m.ID); u != nil {
			u.end(io.EOF)
		}
	case "ping":
		return s.pong(m.Payload)
	}
	return nil // a pong, or a second ack: they mean nothing
}

var errFlooded = errors.New("more pings than could be answered")

// pong answers a ping with the same payload.
func (s *socket) pong(payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.out) >= maxUnsent || s.unsent > maxUnsentBytes {
		return errFlooded
	}
	s.send(pongMessage(payload))
	return nil
}

// extend renews the time for the peer's next sign of life.
func (s *socket) extend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		_ = s.conn.SetReadDeadline(time.Now().Add(s.pool.hub.options.Pong)) // the read tells
	}
}

// write is the writing goroutine.
func (s *socket) write() {
	ping := time.NewTicker(s.pool.hub.options.Ping)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-s.done:
			return
		case <-ping.C:
			err = s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWait))
		case <-s.wake:
			err = s.flush()
		}
		if err != nil {
			s.end(s.pool.hub.source.closed(err))
			_ = s.conn.Close() // so that the reader ends
			return
		}
	}
}

// flush writes what is queued.
func (s *socket) flush() error {
	s.mu.Lock()
	out := s.out
	s.out = nil
	s.mu.Unlock()
	for _, message := range out {
		if err := s.conn.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
			return err
		}
		if err := s.conn.WriteMessage(websocket.TextMessage, message); err != nil {
			return err
		}
		s.mu.Lock()
		s.unsent -= len(message)
		s.mu.Unlock()
	}
	return nil
}

// end takes the socket out of the pool and ends all its streams. The first end
// counts.
func (s *socket) end(err error) {
	s.mu.Lock()
	streams := s.streams
	s.streams, s.closing = nil, true
	s.idle.Stop()
	s.mu.Unlock()
	s.pool.remove(s)
	for _, u := range streams {
		u.end(err)
	}
}

// closeIdle closes a socket that nobody uses. The reader sees the peer's
// answer, or that none comes.
func (s *socket) closeIdle() {
	s.mu.Lock()
	unused := len(s.streams) == 0 && !s.closing
	s.closing = s.closing || unused
	s.mu.Unlock()
	if !unused {
		return
	}
	s.pool.remove(s)
	sayClose(s.conn, websocket.CloseNormalClosure, "")
	_ = s.conn.SetReadDeadline(time.Now().Add(closeWait)) // closing: nobody extends it any more
}

// sayClose sends a close frame.
func sayClose(conn *websocket.Conn, code int, reason string) {
	frame := websocket.FormatCloseMessage(code, shortened(reason))
	_ = conn.WriteControl(websocket.CloseMessage, frame, time.Now().Add(closeWait)) // if it arrives, good
}

// drainClose waits a moment for the peer to take the close frame: closing at
// once would throw it away together with what the peer has sent meanwhile.
func drainClose(conn *websocket.Conn) {
	if conn.SetReadDeadline(time.Now().Add(closeWait)) != nil {
		return
	}
	for {
		if _, _, err := conn.NextReader(); err != nil {
			return
		}
	}
}
