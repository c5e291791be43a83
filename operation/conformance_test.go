package operation_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// conformanceDir is where the execution vectors are: WEFT_CONFORMANCE, or
// beside the repository.
func conformanceDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no conformance vectors: set WEFT_CONFORMANCE")
	}
	return filepath.Join(dir, "execution")
}

type vector struct {
	Name          string          `json:"name"`
	Query         string          `json:"query"`
	OperationName string          `json:"operationName"`
	Variables     json.RawMessage `json:"variables"`
	Expected      struct {
		RequestError bool `json:"requestError"`
	} `json:"expected"`
}

// eachVector calls use with every request of the execution vectors.
func eachVector(t testing.TB, use func(scenario string, g *schema.Supergraph, v *vector)) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(conformanceDir(t), "*", "cases.json"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		sdl, err := os.ReadFile(filepath.Join(dir, "supergraph.graphql"))
		if err != nil {
			t.Fatal(err)
		}
		g, err := schema.Load(string(sdl))
		if err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []vector
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Fatal(err)
		}
		for i := range cases {
			use(filepath.Base(dir), g, &cases[i])
		}
	}
}

// TestVectorsAreAcceptedOrRefused: the requests the vectors expect an answer to
// prepare and coerce, the others do not.
func TestVectorsAreAcceptedOrRefused(t *testing.T) {
	count := 0
	eachVector(t, func(scenario string, g *schema.Supergraph, v *vector) {
		count++
		op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(v.Query), Name: v.OperationName})
		if err == nil {
			_, _, err = op.Coerce(v.Variables, nil)
		}
		if (err != nil) != v.Expected.RequestError {
			t.Errorf("%s/%s: request error %v expected, got %v", scenario, v.Name, v.Expected.RequestError, err)
		}
	})
	t.Logf("%d requests", count)
}

// TestVectorsKeepTheirMeaning compares the vectors' operations with their
// normal form. Arguments are left out where the request's own text would have
// to be coerced first.
func TestVectorsKeepTheirMeaning(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	eachVector(t, func(_ string, g *schema.Supergraph, v *vector) {
		if !v.Expected.RequestError {
			compare(t, g, v.Query, v.OperationName, rng, true)
		}
	})
}
