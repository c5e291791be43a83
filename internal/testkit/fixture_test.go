package testkit_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/testkit"
)

// Every fixture of the vectors must load.
func TestFixturesLoad(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectors(t, "execution"), "*", "subgraphs", "*.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".graphql")
		data := filepath.Join(filepath.Dir(filepath.Dir(file)), "data", name+".json")
		if _, err := testkit.LoadFixture(name, read(t, file), read(t, data)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
