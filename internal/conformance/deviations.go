package main

import (
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"
)

//go:embed testdata/deviations.yaml
var deviationsFile []byte

// deviation is a case whose expectation weft does not meet on purpose.
type deviation struct {
	Suite  string `yaml:"suite"`
	Case   string `yaml:"case"`
	Reason string `yaml:"reason"`
}

func loadDeviations() ([]deviation, error) {
	var list []deviation
	if err := yaml.Unmarshal(deviationsFile, &list); err != nil {
		return nil, fmt.Errorf("deviations.yaml: %w", err)
	}
	for _, d := range list {
		if d.Suite == "" || d.Case == "" || d.Reason == "" {
			return nil, fmt.Errorf("deviations.yaml: %+v lacks suite, case or reason", d)
		}
	}
	return list, nil
}
