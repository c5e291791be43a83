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
type Stamp struct{ seen os.FileInfo }

// racy is how old a change must be before the next one is sure to show: clocks of
// file systems tick slowly, some once in two seconds.
const racy = 2 * time.Second

// Changed reports whether the file may have changed since the last Read, and
// what to hand to Read once it was read.
func (s *Stamp) Changed(path string) (os.FileInfo, bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, Plain(err)
	}
	same := s.seen != nil && os.SameFile(s.seen, info) && s.seen.ModTime().Equal(info.ModTime()) && s.seen.Size() == info.Size()
	return info, !same, nil
}

// Read notes that the file was read as Changed described it. One that changed
// just before is looked at again all the same.
func (s *Stamp) Read(info os.FileInfo) {
	s.seen = info
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
