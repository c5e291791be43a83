// Package filestamp tells whether a file has changed since it was read, by what
// the file system says about it: cheap enough to ask every few seconds. Links
// are followed each time, so a mounted folder may be swapped.
package filestamp

import (
	"errors"
	"os"
	"time"
)

// Stamp remembers one file. The zero value has seen nothing. It is not safe for
// concurrent use.
type Stamp struct {
	known         bool
	seen, pending os.FileInfo
}

// racy is how old a change must be before the next one is sure to show: clocks of
// file systems tick slowly, some once in two seconds.
const racy = 2 * time.Second

// Changed reports whether the file is to be read, and what to hand to Read then.
// The first time it is; later on once it has changed and looks the same as when
// it was looked at before: a file that is written in place is empty first, and
// then holds a part of its text.
func (s *Stamp) Changed(path string) (os.FileInfo, bool, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		s.pending = nil
		return nil, false, Plain(err)
	case !s.known:
		return info, true, nil
	case same(s.seen, info):
		s.pending = nil
		return info, false, nil
	}
	rests := same(s.pending, info)
	s.pending = info
	return info, rests, nil
}

func same(a, b os.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// Read notes that the file was read as Changed described it. One that changed
// just before is read once more all the same.
func (s *Stamp) Read(info os.FileInfo) {
	s.known, s.seen, s.pending = true, info, nil
	if time.Since(info.ModTime()) < racy {
		s.seen = nil
	}
}

// Plain leaves the system call out of an error: the path is what matters.
func Plain(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return errors.New(path.Path + ": " + path.Err.Error())
	}
	return err
}
