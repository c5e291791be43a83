package overlay_test

import (
	"os"
	"strings"
	"testing"

	"github.com/weftql/weft/bff/overlay"
	"github.com/weftql/weft/schema/compose"
)

// TestDocs compiles the examples of docs/overlay.md: the first is the graph, the
// others lie over it, each alone.
func TestDocs(t *testing.T) {
	content, err := os.ReadFile("../../docs/overlay.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(content), "```graphql\n")[1:]
	for i := range parts {
		parts[i], _, _ = strings.Cut(parts[i], "```")
	}
	result := compose.Compose([]compose.Input{{Name: "catalog", URL: "http://catalog", SDL: parts[0]}}, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	for _, text := range parts[1:] {
		if _, err := overlay.Compile(result.Graph.API, "schema.graphql", []byte(text)); err != nil {
			t.Errorf("%s\n%s", describe(err), text)
		}
	}
	if len(parts) < 10 {
		t.Errorf("%d examples", len(parts))
	}
}
