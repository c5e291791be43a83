package subgraphs

import (
	"errors"
	"io"
	"slices"
)

// ErrBodyTooLarge is what [AppendBody] returns for a body beyond its limit.
var ErrBodyTooLarge = errors.New("the body is larger than allowed")

// AppendBody appends what body holds to dst, straight into it. size is the
// length that was announced, -1 if none was; limit is in bytes. It returns
// ErrBodyTooLarge once there is more than the limit, or the error of body; dst
// then has what came before.
func AppendBody(dst []byte, body io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return dst, ErrBodyTooLarge
	}
	if size > 0 {
		// A stated length is believed up to a point: the bytes must come first.
		dst = slices.Grow(dst, int(min(size+1, 1<<20)))
	}
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, max(4<<10, len(dst)-start))
		}
		n, err := body.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if int64(len(dst)-start) > limit {
			return dst, ErrBodyTooLarge
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
