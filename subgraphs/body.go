package subgraphs

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// bodyReader reads the body of one response to its end, however that is told:
// by a length, by chunks, or by the end of the connection (rest -1).
type bodyReader struct {
	conn    *conn
	rest    int64 // of the body, or of the present chunk
	chunked bool
	inside  bool // of a chunk
	ended   bool
}

var errBadChunk = errors.New("the response's chunks are malformed")

// Read fills p with what is there. It returns io.EOF with the last bytes.
func (b *bodyReader) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	if b.chunked {
		return b.readChunk(p)
	}
	if b.rest < 0 {
		n, err := b.conn.take(p)
		if errors.Is(err, io.EOF) {
			b.ended = true
		}
		return n, err
	}
	n, err := b.take(p)
	if b.rest == 0 && err == nil {
		b.ended = true
		return n, io.EOF
	}
	return n, err
}

// take reads at most rest bytes; the end of the connection is too early.
func (b *bodyReader) take(p []byte) (int, error) {
	if int64(len(p)) > b.rest {
		p = p[:b.rest]
	}
	n, err := b.conn.take(p)
	b.rest -= int64(n)
	return n, unexpected(err)
}

// take reads what is buffered, or else from the connection.
func (c *conn) take(p []byte) (int, error) {
	if c.from < c.to {
		n := copy(p, c.buf[c.from:c.to])
		c.from += n
		return n, nil
	}
	return c.Read(p)
}

func (b *bodyReader) readChunk(p []byte) (int, error) {
	if b.rest == 0 {
		if err := b.nextChunk(); err != nil {
			return 0, err
		}
		if b.ended {
			return 0, io.EOF
		}
	}
	return b.take(p)
}

// nextChunk reads a chunk's size, and behind the last chunk the trailer.
func (b *bodyReader) nextChunk() error {
	if b.inside {
		if line, err := b.chunkLine(); err != nil || len(line) != 0 {
			return orBadChunk(err)
		}
		b.inside = false
	}
	line, err := b.chunkLine()
	if err != nil {
		return err
	}
	end := 0
	for end < len(line) && line[end] != ';' && line[end] != ' ' && line[end] != '\t' {
		end++
	}
	size, err := strconv.ParseUint(string(line[:end]), 16, 63)
	if err != nil {
		return errBadChunk
	}
	b.rest, b.inside = int64(size), true
	if size > 0 {
		return nil
	}
	for total := 0; ; {
		line, err := b.conn.line()
		if err != nil {
			return unexpected(err)
		}
		if len(line) == 0 {
			b.ended = true
			return nil
		}
		if total += len(line); total > maxHead {
			return errBadChunk
		}
	}
}

// chunkLine is a line between chunks. It must end in CRLF: what readers do with
// other ends differs, which is how requests are smuggled.
func (b *bodyReader) chunkLine() ([]byte, error) {
	line, err := b.conn.rawLine()
	if err != nil {
		return nil, unexpected(err)
	}
	text, ok := bytes.CutSuffix(line, []byte{'\r'})
	if !ok {
		return nil, errBadChunk
	}
	return text, nil
}

func orBadChunk(err error) error {
	if err != nil {
		return unexpected(err)
	}
	return errBadChunk
}
