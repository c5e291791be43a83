package keys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/weftql/weft/internal/filestamp"
)

// maxFile bounds a store in text form; chosen, not measured.
const maxFile = 64 << 20

// Read returns the records of a file.
func Read(path string) ([]Record, error) {
	if bolt(path) {
		records, err := readBolt(path)
		return records, filestamp.Plain(err)
	}
	opened, err := os.Open(path)
	if err != nil {
		return nil, filestamp.Plain(err)
	}
	defer func() { _ = opened.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err != nil {
		return nil, filestamp.Plain(err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: the store is larger than %d bytes", path, maxFile)
	}
	records, err := formatOf(path).parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return records, nil
}

// Edit changes the records of a file, which need not exist yet: change gets
// those there are and returns those there shall be. Readers see the file before
// or after it, never in between; of two edits one waits.
func Edit(path string, change func([]Record) ([]Record, error)) error {
	if bolt(path) {
		return editBolt(path, change)
	}
	release, err := lock(path)
	if err != nil {
		return err
	}
	defer release()
	before, err := Read(path)
	if err != nil && !missing(path) {
		return err
	}
	after, err := change(before)
	if err != nil {
		return err
	}
	if err := Check(after); err != nil {
		return err
	}
	text, err := formatOf(path).print(after)
	if err != nil {
		return err
	}
	return replace(path, text)
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// lockWait is how long an edit waits for another; chosen, not measured.
const lockWait = 5 * time.Second

// lock makes FILE.lock, which only one edit at a time can.
func lock(path string) (release func(), err error) {
	name := path + ".lock"
	for deadline := time.Now().Add(lockWait); ; {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			_ = f.Close() // nothing was written
			return func() { _ = os.Remove(name) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, filestamp.Plain(err)
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s is there: another weft key is at work, or was stopped amid it; then remove the file", name)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// replace puts a new file in the place of path, with the rights of the old one.
func replace(path string, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // the link stays
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return filestamp.Plain(err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // fails after the rename, as it should
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	_, writing := f.Write(text)
	if err := errors.Join(f.Chmod(mode), writing, f.Sync(), f.Close()); err != nil {
		return filestamp.Plain(err)
	}
	return filestamp.Plain(os.Rename(f.Name(), path))
}
