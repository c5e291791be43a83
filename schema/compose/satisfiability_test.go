package compose

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weftql/weft/schema"
)

// conformanceDir finds the vectors: WEFT_CONFORMANCE, or beside the repository.
func satConformanceDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no conformance vectors: set WEFT_CONFORMANCE")
	}
	return dir
}

// Supergraphs that another composer has accepted are satisfiable.
func TestForeignSupergraphsAreSatisfiable(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(satConformanceDir(t), "*", "*", "supergraph.graphql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no supergraphs: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			sdl, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			g, err := schema.Load(string(sdl))
			if err != nil {
				t.Fatal(err)
			}
			errs, _ := checkSatisfiability(g)
			for _, d := range errs {
				t.Errorf("%s %s", d.Code, d.Message)
			}
		})
	}
}
