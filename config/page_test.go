package config

import (
	"flag"
	"os"
	"strings"
	"testing"
)

// TestPageIsUpToDate rewrites docs/config.md under -update, the flag that
// package golden declares.
func TestPageIsUpToDate(t *testing.T) {
	const file = "../docs/config.md"
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		if err := os.WriteFile(file, []byte(Page()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Page() {
		t.Error("docs/config.md is not what the types say; go generate ./config")
	}
}

// TestPageSaysWhatKeysMean finds rows of fields that are no keys.
func TestPageSaysWhatKeysMean(t *testing.T) {
	_, rows, _ := strings.Cut(Page(), "|---|---|---|\n")
	for row := range strings.Lines(rows) {
		cells := strings.Split(strings.TrimSpace(row), " | ")
		if len(cells) != 3 || strings.HasPrefix(cells[0], "| `.") || strings.Trim(cells[2], " |") == "" {
			t.Errorf("no key, or without a meaning: %s", row)
		}
	}
}
