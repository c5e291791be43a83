package server

import (
	"errors"
	"io"
	"time"

	"github.com/gorilla/websocket"
)

// outbox is what waits to be written to a connection, guarded by its mu. An
// operation has one frame in it at most and waits until that is written, so
// that taking them in order is a fair round over the operations, and a client
// that does not read is waited for by the operations, not stored for.
type outbox struct {
	frames   []*frame
	writing  bool // there is a goroutine that writes
	controls int  // bytes of frames that belong to no operation
}

// frame is one message on its way.
type frame struct {
	text    []byte // the message, or its head when there is an answer
	answer  *Answer
	extra   *Delivery
	run     *running      // nil: belongs to none, and is always sent
	last    bool          // of its operation: the id is free again
	written chan struct{} // told when it is done, sent or not; nil nobody waits
}

// maxControls bounds the answers to pings and the like that wait for a client;
// above it, its messages are no longer read. Chosen, not measured.
const maxControls = 64 << 10

// control sends a message that belongs to no operation. It is for the reader.
func (c *connection) control(text []byte) {
	f := &frame{text: text}
	c.mu.Lock()
	if c.out.controls += len(text); c.out.controls > maxControls {
		f.written = make(chan struct{}, 1)
	}
	c.post(f)
	c.mu.Unlock()
	if f.written != nil {
		<-f.written
	}
}

// post queues a frame and sees to it that somebody writes; c.mu is held.
func (c *connection) post(f *frame) {
	c.out.frames = append(c.out.frames, f)
	if !c.out.writing {
		c.out.writing = true
		c.busy.Go(c.write) // ends when nothing waits
	}
}

// write sends what waits, in order. When the client takes a frame too slowly
// the connection is given up, and the rest only told that it is done.
func (c *connection) write() {
	for {
		c.mu.Lock()
		if len(c.out.frames) == 0 {
			c.out.frames, c.out.writing = nil, false
			c.mu.Unlock()
			return
		}
		f := c.out.frames[0]
		c.out.frames[0] = nil
		c.out.frames = c.out.frames[1:]
		wanted := !c.closing
		switch {
		case f.run == nil:
			c.out.controls -= len(f.text)
		case f.run.stopped:
			wanted = false
		case f.last:
			c.forget(f.run)
		}
		c.mu.Unlock()
		if wanted {
			sent, err := c.transmit(f)
			if f.run != nil {
				f.run.bytes += sent // its goroutine waits for written
			}
			switch {
			case errors.Is(err, errPanic):
				c.close(closeInternal, "Internal server error")
			case err != nil:
				c.giveUp()
			}
		}
		if f.written != nil {
			f.written <- struct{}{}
		}
	}
}

// giveUp ends a connection that cannot be written to.
func (c *connection) giveUp() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.cancel()
	_ = c.ws.Close() // the reader notices
}

// transmit writes one message and returns its bytes.
func (c *connection) transmit(f *frame) (sent int64, err error) {
	defer func() {
		if cause := recover(); cause != nil { // of an answer that writes itself
			c.h.logPanic(c.ctx, cause)
			err = errPanic
		}
	}()
	w := &patientWriter{ws: c.ws, timeout: c.s.WebSocket.WriteTimeout}
	_ = c.ws.SetWriteDeadline(time.Now().Add(w.timeout))
	if w.message, err = c.ws.NextWriter(websocket.TextMessage); err != nil {
		return w.sent, err
	}
	if _, err := w.Write(f.text); err != nil {
		return w.sent, err
	}
	if f.answer != nil {
		if err := writeAnswer(w, f.answer, f.extra); err != nil {
			return w.sent, err
		}
		if _, err := w.Write(closeBrace); err != nil {
			return w.sent, err
		}
	}
	return w.sent, w.message.Close()
}

var errPanic = errors.New("a panic while an answer was written")

var closeBrace = []byte("}")

// patientWriter sends long messages in pieces, and gives the client the whole
// time for each.
type patientWriter struct {
	ws      *websocket.Conn
	message io.WriteCloser
	timeout time.Duration
	sent    int64
}

// pieceBytes is what a client must take within the write timeout; chosen, not
// measured.
const pieceBytes = 32 << 10

func (w *patientWriter) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		piece := p[:min(len(p), pieceBytes)]
		_ = w.ws.SetWriteDeadline(time.Now().Add(w.timeout))
		if _, err := w.message.Write(piece); err != nil {
			return total - len(p), err
		}
		w.sent += int64(len(piece))
		p = p[len(piece):]
	}
	return total, nil
}
