package jwks

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// file is a key set in a file. It is looked at often and read when it changed;
// links are followed each time, so that a mounted directory may be swapped.
type file struct {
	path string
	seen os.FileInfo // of what was read last
}

// look is how often a file is looked at; chosen, not measured.
const look = 2 * time.Second

func (f *file) read(context.Context) (*Keys, time.Duration, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, look, plain(err)
	}
	if f.seen != nil && os.SameFile(f.seen, info) && f.seen.ModTime().Equal(info.ModTime()) && f.seen.Size() == info.Size() {
		return nil, look, nil
	}
	opened, err := os.Open(f.path)
	if err != nil {
		return nil, look, plain(err)
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, maxText+1))
	if err != nil {
		return nil, look, plain(err)
	}
	keys, err := Parse(text)
	if err != nil {
		return nil, look, err
	}
	f.seen = info
	return keys, look, nil
}

// plain leaves the operation out: the path is what matters.
func plain(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return errors.New(path.Path + ": " + path.Err.Error())
	}
	return err
}
