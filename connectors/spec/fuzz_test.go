package spec_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/schema"
)

// seeds adds a section of all cases to a corpus.
func seeds(f *testing.F, pattern, section string) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			if part.Name == section {
				f.Add(string(part.Data))
			}
		}
	}
}

// FuzzParse: whatever the SDL, there is no panic, the result is the same twice,
// and every place is in the text.
func FuzzParse(f *testing.F) {
	seeds(f, "testdata/parse/*.txtar", "schema.graphql")
	seeds(f, "testdata/parse/problems/*.txtar", "schema.graphql")
	f.Fuzz(func(t *testing.T, sdl string) {
		s, problems := spec.Parse("s", sdl)
		again, same := spec.Parse("s", sdl)
		if print(s) != print(again) || printProblems(problems) != printProblems(same) {
			t.Error("not the same twice")
		}
		lines := 1 + strings.Count(sdl, "\n") + strings.Count(sdl, "\r")
		for _, p := range problems {
			if p.Line > lines || p.Column < 0 || p.Column > len(sdl)+1 {
				t.Errorf("%d:%d is not in the text", p.Line, p.Column)
			}
		}
	})
}

// FuzzRead: no supergraph makes Read or Extend panic.
func FuzzRead(f *testing.F) {
	seeds(f, "testdata/read/*.txtar", "supergraph.graphql")
	f.Fuzz(func(_ *testing.T, sdl string) {
		g, err := schema.Load(sdl)
		if err != nil {
			return
		}
		if list, err := spec.Read(g); err == nil && list != nil {
			_, _, _ = spec.Extend(g) // errors are fine
		}
	})
}
