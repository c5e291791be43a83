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
	if b.rest, err = chunkSize(line); err != nil {
		return err
	}
	b.inside = true
	if b.rest > 0 {
		return nil
	}
	return b.trailer()
}

// chunkSize reads the digits a chunk's line starts with. Behind them only white
// space and extensions may stand, which mean nothing to us.
func chunkSize(line []byte) (int64, error) {
	digits, _, _ := bytes.Cut(line, []byte{';'})
	digits = bytes.TrimRight(digits, " \t")
	if len(digits) > 16 {
		return 0, errBadChunk
	}
	size, err := strconv.ParseUint(string(digits), 16, 63)
	if err != nil {
		return 0, errBadChunk
	}
	return int64(size), nil
}

// trailer passes over the fields that may follow the last chunk.
func (b *bodyReader) trailer() error {
	for total := 0; ; {
		line, err := b.chunkLine()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			b.ended = true
			return nil
		}
		name, _, ok := bytes.Cut(line, []byte{':'})
		if total += len(line); !ok || !isToken(name) || total > maxHead {
			return errBadChunk
		}
	}
}

// maxChunkLine bounds a chunk's line and a trailer's, so that extensions cannot outweigh the
// body by far; chosen, not measured.
const maxChunkLine = 1 << 10

// chunkLine is a line between chunks. It must end in CRLF and hold no other CR:
// what readers do with other ends differs, which is how requests are smuggled.
func (b *bodyReader) chunkLine() ([]byte, error) {
	line, err := b.conn.rawLine()
	if err != nil {
		return nil, unexpected(err)
	}
	text, ok := bytes.CutSuffix(line, []byte{'\r'})
	if !ok || len(text) > maxChunkLine || bytes.IndexByte(text, '\r') >= 0 {
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
