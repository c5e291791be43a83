package main

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// The repository's own vectors pass whole.
func TestOwnVectors(t *testing.T) {
	out := runSuites(t, "../../testdata")
	for _, line := range []string{"composition 2/2\n", "plans-valid 3/3\n", "plans 3/3\n", "execution 11/11\n"} {
		if !strings.Contains(out, line) {
			t.Errorf("want %q in\n%s", line, out)
		}
	}
}

// So do the project's vectors, which are not part of the repository.
func TestVectors(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: make conformance runs them")
	}
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = "../../../shared/conformance"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no vectors: %v", err)
	}
	runSuites(t, dir)
}

func runSuites(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	ok, err := run([]string{"-dir", dir}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		t.Errorf("failures:\n%s", out.String())
	}
	return out.String()
}

// Nothing to run is no success.
func TestNothingToRun(t *testing.T) {
	for _, c := range []struct {
		args  []string
		usage bool
	}{
		{[]string{"-dir", t.TempDir()}, false},
		{[]string{"-dir", "/nonexistent"}, false},
		{[]string{"-dir", "../../testdata", "-suite", "connectors"}, false},
		{[]string{"-suite", "nope"}, true},
		{[]string{"-compose", "nope"}, true},
		{[]string{"-run", "("}, true},
	} {
		_, err := run(c.args, io.Discard)
		if err == nil || errors.Is(err, errUsage) != c.usage {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

// A runner that lets everything pass would be worse than none.
func TestRunnerSeesFailures(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata")); err != nil {
		t.Fatal(err)
	}
	breakFile(t, dir+"/execution/orchard/cases.json", `"litres": "ten"`, `"litres": "nine"`)
	breakFile(t, dir+"/plans/orchard/responses.json", `16.5`, `17.5`)
	breakFile(t, dir+"/composition/shareable-missing/expected.json", `INVALID_FIELD_SHARING`, `KEY_INVALID_FIELDS`)
	breakFile(t, dir+"/composition/key-two-subgraphs/expected.json", `sort: String!`, `sort: String`)
	var out strings.Builder
	ok, err := run([]string{"-dir", dir, "-v"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if ok {
		t.Error("broken expectations pass")
	}
	for _, want := range []string{
		"execution 10/11", "plans-valid 2/3", "composition 0/2", "api 0/1", "codes 0/1", "verdict 2/2",
		"FAIL execution orchard/required input decides the value: given supergraph: a.litres: want \"nine\", got \"ten\"",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
}

func breakFile(t *testing.T, file, old, changed string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s does not hold %s", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, changed, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}
