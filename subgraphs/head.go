package subgraphs

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// responseHead is what of a response's head matters.
type responseHead struct {
	status                int
	contentType, encoding string
	length                int64 // -1: not stated
	chunked               bool
	old                   bool // HTTP/1.0, which knows no chunks
	close, keep           bool // what Connection says; close wins
}

// maxHead bounds a response's head.
const maxHead = 64 << 10

var (
	errLongHead = errors.New("the response's head is larger than 64 KiB")
	errBadHead  = errors.New("the response's head is not HTTP/1.1")
)

// readHead reads the head of the final response and prepares the body's
// reader. Interim responses are passed over.
func (c *conn) readHead() (*responseHead, error) {
	const maxInterim = 8
	for range maxInterim {
		line, err := c.line()
		if err != nil {
			return nil, err
		}
		h := &c.head
		*h = responseHead{length: -1}
		if err := h.statusLine(line); err != nil {
			return nil, err
		}
		if err := c.fields(h); err != nil {
			return nil, err
		}
		if h.status == 101 {
			return nil, errBadHead
		}
		if h.status >= 200 {
			c.begin(h)
			return h, nil
		}
	}
	return nil, errBadHead
}

// statusLine reads HTTP/1.x NNN reason.
func (h *responseHead) statusLine(line []byte) error {
	if len(line) < 12 || string(line[:7]) != "HTTP/1." || line[7] != '0' && line[7] != '1' || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return errBadHead
	}
	status, err := strconv.ParseUint(string(line[9:12]), 10, 16)
	if err != nil || status < 100 {
		return errBadHead
	}
	h.status, h.old = int(status), line[7] == '0'
	return nil
}

// fields reads the header up to its empty line. A line that another reader
// might take for something else (a space before the colon, a folded line, a bare
// CR) spoils the answer: passing over it could pass over its framing.
func (c *conn) fields(h *responseHead) error {
	for size := 0; ; {
		line, err := c.line()
		if err != nil {
			return unexpected(err)
		}
		if len(line) == 0 {
			return nil
		}
		if size += len(line) + 2; size > maxHead {
			return errLongHead
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok || !isToken(name) || bytes.IndexByte(value, '\r') >= 0 || bytes.IndexByte(value, 0) >= 0 {
			return errBadHead
		}
		if err := h.field(name, bytes.Trim(value, " \t")); err != nil {
			return err
		}
	}
}

func (h *responseHead) field(name, value []byte) error {
	switch len(name) {
	case len("connection"):
		if foldEqual(name, "connection") {
			h.close = h.close || containsToken(value, "close")
			h.keep = h.keep || containsToken(value, "keep-alive")
		}
	case len("content-type"):
		if foldEqual(name, "content-type") {
			h.contentType = intern(value)
		}
	case len("content-length"):
		if !foldEqual(name, "content-length") {
			return nil
		}
		n, err := strconv.ParseUint(string(value), 10, 63)
		if err != nil || h.length >= 0 && h.length != int64(n) {
			return errBadHead
		}
		h.length = int64(n)
	case len("content-encoding"):
		if foldEqual(name, "content-encoding") {
			h.encoding = string(value)
		}
	case len("transfer-encoding"):
		if foldEqual(name, "transfer-encoding") {
			if h.old || h.chunked || !foldEqual(value, "chunked") {
				return errBadHead // its framing cannot be trusted
			}
			h.chunked = true
		}
	}
	return nil
}

// begin prepares the body's reader for a final response.
func (c *conn) begin(h *responseHead) {
	c.body = bodyReader{conn: c, rest: h.length}
	if h.status == 204 || h.status == 304 {
		// They have no body. What announces one all the same may send it too.
		h.close = h.close || h.chunked || h.length > 0
		c.body.rest, h.chunked = 0, false
	}
	if h.chunked {
		// Both lengths at once is how requests are smuggled: chunks count, and the
		// connection ends.
		h.close = h.close || h.length >= 0
		h.length, c.body.rest, c.body.chunked = -1, 0, true
	}
	c.persistent = !h.close && (h.keep || !h.old) && (h.chunked || c.body.rest >= 0)
	c.body.ended = !h.chunked && c.body.rest == 0
}

// line returns the next line without its end; it stays valid until the next
// read. A bare LF ends a line too.
func (c *conn) line() ([]byte, error) {
	line, err := c.rawLine()
	return bytes.TrimSuffix(line, []byte{'\r'}), err
}

// rawLine returns the next line without its LF.
func (c *conn) rawLine() ([]byte, error) {
	searched := 0
	for {
		if i := bytes.IndexByte(c.buf[c.from+searched:c.to], '\n'); i >= 0 {
			end := c.from + searched + i
			line := c.buf[c.from:end]
			c.from = end + 1
			return line, nil
		}
		searched = c.to - c.from
		if searched > maxHead {
			return nil, errLongHead
		}
		if err := c.fill(); err != nil {
			if searched > 0 {
				err = unexpected(err)
			}
			return nil, err
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// isToken reports whether name is a header's name, RFC 9110, section 5.6.2.
func isToken[T []byte | string](name T) bool {
	const (
		low  = 1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'.' | (1<<10-1)<<'0'
		high = (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64) | 1<<('^'-64) | 1<<('_'-64) | 1<<('`'-64) | 1<<('|'-64) | 1<<('~'-64)
	)
	for i := range len(name) {
		switch c := name[i]; {
		case c < 64 && uint64(low)>>c&1 != 0, 64 <= c && c < 128 && uint64(high)>>(c-64)&1 != 0:
		default:
			return false
		}
	}
	return len(name) > 0
}

// foldEqual compares ASCII without case; b is lower case.
func foldEqual(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != b[i] {
			return false
		}
	}
	return true
}

// containsToken finds a word in a comma-separated list.
func containsToken(list []byte, word string) bool {
	for part := range bytes.SplitSeq(list, []byte{','}) {
		if foldEqual(bytes.TrimSpace(part), word) {
			return true
		}
	}
	return false
}

// intern avoids an allocation for the usual types.
func intern(contentType []byte) string {
	for _, known := range []string{"application/json", "application/json; charset=utf-8", "application/graphql-response+json", "application/graphql-response+json; charset=utf-8"} {
		if string(contentType) == known {
			return known
		}
	}
	return string(contentType)
}
