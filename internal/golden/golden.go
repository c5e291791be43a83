// Package golden runs tests that are written as data: one txtar file per case,
// with the inputs and the expected outputs as sections.
//
// A case's comment holds a sentence that says what it shows, followed by
// "key: value" lines. Run calls the test with each case; the test reads
// [Case.Input] sections and hands every result to [Case.Output]. A result that
// differs from its section, or a section of an expected name that no result was
// given for, fails the case. `go test PACKAGE -update` rewrites the expected
// sections instead: read the diff before committing it.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// update is a flag of the test binary, hence global.
var update = flag.Bool("update", false, "rewrite the expected sections of txtar cases")

// Case is one txtar file.
type Case struct {
	// Name is the path below the directory without .txtar.
	Name string
	// Doc is the comment without its "key: value" lines.
	Doc string

	header  map[string][]string
	archive *txtar.Archive
	file    string
	given   map[string]bool
	changed bool
}

// Run runs test once per .txtar file below dir, each as a subtest, in name
// order. It fails when there is none. outputs are the names of the sections
// that hold expectations; a name ending in "/" covers a folder. Cases do not
// run in parallel; a test may call t.Parallel itself.
func Run(t *testing.T, dir string, outputs []string, test func(t *testing.T, c *Case)) {
	t.Helper()
	files := find(t, dir)
	if len(files) == 0 {
		t.Fatalf("no .txtar case below %s", dir)
	}
	for _, file := range files {
		c := load(t, dir, file)
		t.Run(c.Name, func(t *testing.T) {
			test(t, c)
			c.finish(t, outputs)
		})
	}
}

func find(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".txtar") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(files)
	return files
}

func load(t *testing.T, dir, file string) *Case {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name, err := filepath.Rel(dir, strings.TrimSuffix(file, ".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	c := &Case{
		Name: filepath.ToSlash(name), archive: archive, file: file,
		header: map[string][]string{}, given: map[string]bool{},
	}
	var doc []string
	for _, line := range strings.Split(string(archive.Comment), "\n") {
		text := strings.TrimPrefix(strings.TrimPrefix(line, "#"), " ")
		key, value, ok := strings.Cut(text, ": ")
		if ok && !strings.HasPrefix(line, "#") && !strings.Contains(key, " ") {
			c.header[key] = append(c.header[key], strings.TrimSpace(value))
			continue
		}
		doc = append(doc, text)
	}
	c.Doc = strings.TrimSpace(strings.Join(doc, "\n"))
	return c
}

// Header returns the first value of a "key: value" line, "" without one.
func (c *Case) Header(key string) string {
	if v := c.header[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Headers returns all values of a key in order; a value may list several words
// separated by commas, which are split.
func (c *Case) Headers(key string) []string {
	var all []string
	for _, v := range c.header[key] {
		for _, word := range strings.Split(v, ",") {
			all = append(all, strings.TrimSpace(word))
		}
	}
	return all
}

// Input returns the section, and whether the case has it.
func (c *Case) Input(name string) (string, bool) {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

// Must returns the section and fails the test without it.
func (c *Case) Must(t *testing.T, name string) string {
	t.Helper()
	s, ok := c.Input(name)
	if !ok {
		t.Fatalf("%s: section %s is missing", c.file, name)
	}
	return s
}

// Inputs returns the names of the sections below a folder ("subgraphs/"), in
// file order.
func (c *Case) Inputs(folder string) []string {
	var names []string
	for _, f := range c.archive.Files {
		if strings.HasPrefix(f.Name, folder) {
			names = append(names, f.Name)
		}
	}
	return names
}

// Output compares a result with the section of that name. Both end in one
// newline. An empty result stands for no section.
func (c *Case) Output(t *testing.T, name, got string) {
	t.Helper()
	c.given[name] = true
	if got != "" {
		got = strings.TrimRight(got, "\n") + "\n"
	}
	want, ok := c.Input(name)
	if ok {
		want = strings.TrimRight(want, "\n") + "\n"
	}
	if got == want {
		return
	}
	if *update {
		c.replace(name, got)
		return
	}
	t.Errorf("%s: section %s differs\n--- want\n%s--- got\n%s", c.file, name, want, got)
}

func (c *Case) replace(name, text string) {
	c.changed = true
	for i := range c.archive.Files {
		if c.archive.Files[i].Name != name {
			continue
		}
		if text == "" {
			c.archive.Files = append(c.archive.Files[:i], c.archive.Files[i+1:]...)
		} else {
			c.archive.Files[i].Data = []byte(text)
		}
		return
	}
	c.archive.Files = append(c.archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

// finish fails the case for expectations nobody compared, and writes the file
// back under -update.
func (c *Case) finish(t *testing.T, outputs []string) {
	t.Helper()
	for _, f := range c.archive.Files {
		if c.given[f.Name] {
			continue
		}
		for _, o := range outputs {
			if f.Name == o || strings.HasSuffix(o, "/") && strings.HasPrefix(f.Name, o) {
				t.Errorf("%s: section %s is expected, but the test gave no such result", c.file, f.Name)
			}
		}
	}
	if c.changed {
		if err := os.WriteFile(c.file, txtar.Format(c.archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
