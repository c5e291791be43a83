package compose

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestOrderAndNames checks on every vector what TestMerge checks on its own
// cases: the order of subgraphs decides nothing, their names only ties.
func TestOrderAndNames(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(vectors(t, "composition"), "*", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range dirs {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			inputs := readSubgraphs(t, filepath.Dir(file), "http://%s")
			r := Compose(inputs, Options{})
			checkOrder(t, inputs, r)
			if !strings.HasPrefix(name, "name-") { // those are about the very names
				checkNames(t, inputs, r)
			}
		})
	}
}

// FuzzCompose composes two arbitrary schemas. Nothing may panic; whatever
// composes must do so in the other order too.
func FuzzCompose(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var sdls []string
		for _, section := range archive.Files {
			if strings.HasPrefix(section.Name, "subgraphs/") {
				sdls = append(sdls, string(section.Data))
			}
		}
		if len(sdls) > 1 {
			f.Add(sdls[0], sdls[1])
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		inputs := []Input{{Name: "a", SDL: a}, {Name: "b", SDL: b}}
		r := Compose(inputs, Options{})
		if r.OK() == (r.Supergraph == "") {
			t.Fatalf("neither errors nor a supergraph, or both: %s", summary(r.Errors))
		}
		for _, e := range r.Errors {
			if strings.HasPrefix(e.Message, "The merged schema is not valid") && (e.Code == InvalidGraphQL || e.Code == "INVALID_FEDERATION_SUPERGRAPH") {
				t.Fatalf("the printed supergraph does not load: %s", e.Message)
			}
		}
		checkOrder(t, inputs, r)
	})
}

// TestPlaces checks that whatever is said about the vectors names a subgraph
// and a place in it.
func TestPlaces(t *testing.T) {
	// These concern subgraphs as a whole.
	whole := map[string]bool{"NO_QUERIES": true, "INVALID_SUBGRAPH_NAME": true}
	dirs, err := filepath.Glob(filepath.Join(vectors(t, "composition"), "*", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range dirs {
		r := Compose(readSubgraphs(t, filepath.Dir(file), "http://%s"), Options{})
		for _, d := range append(r.Errors, r.Hints...) {
			if len(d.Locations) == 0 {
				t.Errorf("%s: no place: %s %s", filepath.Base(filepath.Dir(file)), d.Code, d.Message)
			}
			for i, l := range d.Locations {
				if l.Subgraph == "" || l.File == "" || l.Line == 0 && i == 0 && !whole[string(d.Code)] {
					t.Errorf("%s: incomplete place %+v: %s %s", filepath.Base(filepath.Dir(file)), l, d.Code, d.Message)
				}
			}
			if !strings.HasSuffix(d.Message, ".") && !strings.HasSuffix(d.Message, "?") {
				t.Errorf("%s: not a sentence: %s", filepath.Base(filepath.Dir(file)), d.Message)
			}
		}
	}
}
