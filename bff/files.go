package bff

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// Files are the configured profiles with the texts of their files. They are
// read-only.
type Files struct {
	sources []*source
}

// source is all that one profile is made from.
type source struct {
	config   config.BFF
	overlay  *text // nil without
	texts    []text
	manifest *text
	err      error // what could not be read, and what is wrong in the folder's bff.yaml
}

// text is a file and what it holds. Shared ones have fragments alone.
type text struct {
	file, content string
	shared        bool
}

// The bounds of what is read; chosen, not measured.
const (
	maxFile  = 4 << 20
	maxFiles = 10_000
)

// Read reads the files of the profiles. What cannot be read is reported by
// [New], and concerns one profile alone.
func Read(list []config.BFF) *Files {
	f := &Files{}
	for i := range list {
		s := &source{config: list[i]}
		s.read()
		f.sources = append(f.sources, s)
	}
	return f
}

func (s *source) read() {
	if s.config.Err != nil {
		s.err = s.config.Err
		return
	}
	var wrong fault.List
	note := func(key string, err error) {
		if err != nil {
			wrong = append(wrong, s.config.At.Fault(fault.ConfigInvalid, key, "BFF "+s.config.Name+": "+err.Error()))
		}
	}
	one := func(key, file string) *text {
		if file == "" {
			return nil
		}
		t, err := readFile(file)
		note(key, err)
		return &t
	}
	s.overlay = one("schema", s.config.Schema)
	s.manifest = one("operations.manifest", s.config.Operations.Manifest)
	if dir := s.config.Operations.Dir; dir != "" {
		texts, err := readFolder(dir, false)
		note("operations.dir", err)
		s.texts = texts
	}
	if dir := s.config.Operations.Shared; dir != "" {
		texts, err := readFolder(dir, true)
		note("operations.shared", err)
		s.texts = append(s.texts, texts...)
	}
	if len(wrong) > 0 {
		s.err = wrong
	}
}

// readFolder reads the .graphql files below a folder, in the order of their
// paths. Links to folders are not followed.
func readFolder(dir string, shared bool) ([]text, error) {
	var texts []text
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", path, bare(err))
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != dir:
			return filepath.SkipDir // an editor's or Kubernetes' own
		case d.IsDir() || filepath.Ext(path) != ".graphql" && filepath.Ext(path) != ".gql":
			return nil
		case len(texts) == maxFiles:
			return fmt.Errorf("%s holds more than %d files", dir, maxFiles)
		}
		t, err := readFile(path)
		t.shared = shared
		texts = append(texts, t)
		return err
	})
	return texts, err
}

func readFile(file string) (text, error) {
	t := text{file: filepath.ToSlash(file)}
	info, err := os.Stat(file)
	if err != nil {
		return t, fmt.Errorf("%s: %w", file, bare(err))
	}
	if info.Size() > maxFile {
		return t, fmt.Errorf("%s is larger than %d bytes", file, maxFile)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return t, fmt.Errorf("%s: %w", file, bare(err))
	}
	if len(bytes.TrimSpace(content)) == 0 {
		// Most likely somebody is writing it: without an overlay more is shown.
		return t, fmt.Errorf("%s: the file is empty", file)
	}
	t.content = string(content)
	return t, nil
}

// bare is an error of the file system without the path, which stands before it
// already.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Digest tells whether anything differs: settings, files, texts.
func (f *Files) Digest() [32]byte {
	sum := sha256.New()
	part := func(s string) { fmt.Fprintf(sum, "%d:%s", len(s), s) }
	file := func(t *text) {
		if t != nil {
			part(t.file)
			part(t.content)
		}
	}
	for _, s := range f.sources {
		settings, _ := json.Marshal(s.config) //nolint:errchkjson // plain data
		part(string(settings))
		part(s.config.At.File)
		file(s.overlay)
		file(s.manifest)
		for i := range s.texts {
			file(&s.texts[i])
		}
		if s.err != nil {
			part(s.err.Error())
		}
	}
	return [32]byte(sum.Sum(nil))
}

// Watch returns the files and folders that profiles are made from, sorted. In a
// folder everything counts, at any depth.
func (f *Files) Watch() []string {
	var paths []string
	for _, s := range f.sources {
		o := &s.config.Operations
		for _, path := range []string{s.config.Dir, s.config.Schema, o.Dir, o.Shared, o.Manifest} {
			if path != "" {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
