package schema_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// conformanceDir finds the vectors: WEFT_CONFORMANCE, or beside the
// repository.
func conformanceDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no conformance vectors: set WEFT_CONFORMANCE")
	}
	return dir
}

// Every supergraph of the vectors, all written by another composer, loads; its
// API schema is one that gqlparser accepts, and printing it loses nothing.
func TestLoadForeignSupergraphs(t *testing.T) {
	dir := conformanceDir(t)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "supergraph.graphql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no supergraphs below %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			g, err := schema.Load(string(text))
			if err != nil {
				t.Fatal(err)
			}
			sdl := g.API.SDL()
			if _, err := gqlparser.LoadSchema(&ast.Source{Name: "api", Input: sdl}); err != nil {
				t.Fatalf("API schema: %v\n%s", err, sdl)
			}
		})
	}
}
