package connectors

import (
	"encoding/binary"

	"github.com/weftql/weft/caller"
)

// AppendIdentity appends all that the source looks at of a caller beside the
// headers of a request: what its connectors copy or read. Two callers with the
// same bytes get the same answers.
func (s *source) AppendIdentity(dst []byte, c *caller.Caller) []byte {
	for _, name := range s.reads.from {
		dst = appendHeader(dst, c, name)
	}
	if s.reads.request.used {
		from := len(dst)
		dst = appendClientHeaders(dst, c.Header, &s.reads.request)
		dst = binary.AppendUvarint(dst, uint64(len(dst)-from))
	}
	if s.reads.context {
		dst = s.options.Context(dst, c)
	}
	return dst
}

// appendHeader appends the values of one of the caller's headers, each with its
// length.
func appendHeader(dst []byte, c *caller.Caller, name string) []byte {
	values := c.Header.Values(name)
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	for _, v := range values {
		dst = append(binary.AppendUvarint(dst, uint64(len(v))), v...)
	}
	return dst
}
