package subgraphs

import (
	"io"
	"net"
	"time"
)

// conn is one HTTP/1.1 connection. But for expire it has one user at a time.
type conn struct {
	net.Conn
	raw         net.Conn // below TLS
	reused      bool     // it carried a request before
	answered    bool     // a byte of the present answer came
	unusedSince time.Time

	buf        []byte // read but not consumed: buf[from:to]
	from, to   int
	head       responseHead
	body       bodyReader
	persistent bool
	watch      watch
}

// readBuffer takes a head and small answers in one read; the rest of a larger
// body is read into place. Chosen, not measured.
const readBuffer = 16 << 10

func newConn(c, raw net.Conn) *conn { return &conn{Conn: c, raw: raw, buf: make([]byte, readBuffer)} }

// expire makes reads and writes fail, from any goroutine.
func (c *conn) expire() { _ = c.SetDeadline(time.Unix(1, 0)) } // fails only on a closed connection

func (c *conn) close() error { return c.Close() }

// fill reads once into the buffer, which is empty or has room behind.
func (c *conn) fill() error {
	if c.from == c.to {
		c.from, c.to = 0, 0
	}
	if c.to == len(c.buf) {
		if c.from > 0 {
			c.to = copy(c.buf, c.buf[c.from:c.to])
			c.from = 0
		} else if len(c.buf) < maxHead {
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		} else {
			return errLongHead
		}
	}
	n, err := c.Read(c.buf[c.to:])
	c.to += n
	if n > 0 {
		c.answered = true
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// reusable reports whether the answer was read to its end and another may
// follow.
func (c *conn) reusable() bool {
	if b := &c.body; !b.ended && !b.chunked && b.rest == int64(c.to-c.from) {
		// The rest of an answer nobody wanted is here already.
		c.from, b.ended = c.to, true
	}
	return c.persistent && c.body.ended && c.from == c.to
}
