package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/schema"
)

// damages is how often a case is played with other damage to its answers.
const damages = 8

// The executor agrees with the interpreter of plans on every request of the
// vectors, whatever the subgraphs answer.
func TestCrosscheck(t *testing.T) {
	dirs := []string{"../../testdata/execution"}
	if dir := vectors(); dir != "" && !testing.Short() {
		dirs = append(dirs, filepath.Join(dir, "execution"))
	}
	for _, dir := range dirs {
		scenarios, err := subdirs(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range scenarios {
			crosscheckScenario(t, filepath.Join(dir, name), name)
		}
	}
}

func vectors() string {
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = "../../../shared/conformance"
	}
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

func crosscheckScenario(t *testing.T, dir, name string) {
	t.Helper()
	sc, err := loadScenario(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := schema.Load(sc.given)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRig(graph, sc.fixtures, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range sc.cases {
		for damage := range uint64(damages) {
			r.reset()
			ask := &testkit.Ask{Query: c.Text("query"), OperationName: c.Text("operationName")}
			if variables, ok := c.Get("variables"); ok {
				ask.Variables = []byte(testkit.FormatJSON(variables))
			}
			if d := r.gateway.Crosscheck(context.Background(), ask, damage); d != "" {
				t.Errorf("%s damage %d\n%s\n%s", sc.caseName(c), damage, ask.Query, d)
			}
		}
	}
}
