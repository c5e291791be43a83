package testkit_test

import (
	"os"
	"path/filepath"
	"testing"
)

// vectors returns a suite of the conformance vectors, or skips the test where
// there are none: they are not part of the repository.
func vectors(t *testing.T, suite string) string {
	t.Helper()
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = "../../../shared/conformance"
	}
	dir = filepath.Join(dir, suite)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no vectors: %v", err)
	}
	return dir
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
