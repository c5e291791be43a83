package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/weftql/weft/internal/testkit"
)

// subdirs returns the names of the directories in dir, sorted.
func subdirs(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// readSDLs reads subgraphs/*.graphql of a case, by subgraph name.
func readSDLs(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "subgraphs", "*.graphql"))
	if err != nil {
		return nil, err
	}
	sdls := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		sdls[strings.TrimSuffix(filepath.Base(f), ".graphql")] = string(text)
	}
	return sdls, nil
}

// readJSON reads a file into a Go value, for the parts where order and digits
// do not matter.
func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// readExact reads a file keeping order and digits.
func readExact(file string) (any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	v, err := testkit.ParseJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return v, nil
}
