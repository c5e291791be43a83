package jwks

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/weftql/weft/internal/filestamp"
)

// file is a key set in a file. It is looked at often and read when it changed.
type file struct {
	path  string
	stamp filestamp.Stamp
}

// look is how often a file is looked at; chosen, not measured.
const look = 2 * time.Second

func (f *file) close() {}

func (f *file) read(context.Context) (*Keys, time.Duration, error) {
	info, changed, err := f.stamp.Changed(f.path)
	if err != nil || !changed {
		return nil, look, err
	}
	opened, err := os.Open(f.path)
	if err != nil {
		return nil, look, filestamp.Plain(err)
	}
	defer func() { _ = opened.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(opened, maxText+1))
	if err != nil {
		return nil, look, filestamp.Plain(err)
	}
	keys, err := Parse(text)
	if err != nil {
		return nil, look, err
	}
	f.stamp.Read(info)
	return keys, look, nil
}
