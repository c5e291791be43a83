package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftql/weft/config"
)

// inputs are the flags that say which graph a command is about.
type inputs struct {
	config     string
	supergraph string
	subgraphs  []string
}

func (in *inputs) flags(c *cobra.Command, withSupergraph bool) {
	c.Flags().StringVar(&in.config, "config", "", "configuration file")
	c.Flags().StringArrayVar(&in.subgraphs, "subgraph", nil, "name=FILE or name=URL, or name=URL,schema=FILE; may be repeated")
	if withSupergraph {
		c.Flags().StringVar(&in.supergraph, "supergraph", "", "composed supergraph, a file or URL")
	}
}

// load reads the configuration file, if one is named, and lets the other flags
// take precedence: a --subgraph replaces or adds an entry of the list.
func (in *inputs) load() (*config.Config, error) {
	c := &config.Config{}
	if in.config != "" {
		var err error
		if c, err = config.Load(in.config, config.System()); err != nil {
			return nil, err
		}
	}
	if in.supergraph != "" {
		if len(c.Graphs) == 0 {
			c.Graphs = []config.Graph{{}}
		}
		s := &c.Graphs[0].Supergraph
		*s = config.Supergraph{Poll: s.Poll}
		if isURL(in.supergraph) {
			s.URL = in.supergraph
		} else {
			s.File = in.supergraph
		}
	}
	given := map[string]bool{}
	for _, text := range in.subgraphs {
		entry, err := parseSubgraph(text)
		if err != nil {
			return nil, &usageError{err}
		}
		if given[entry.Name] {
			return nil, &usageError{fmt.Errorf("--subgraph %s is given twice", entry.Name)}
		}
		given[entry.Name] = true
		put(c, entry)
	}
	return c, nil
}

// put replaces the address and schema of the entry of the same name, or adds
// one.
func put(c *config.Config, entry config.Subgraph) {
	for i := range c.Subgraphs.List {
		known := &c.Subgraphs.List[i]
		if known.Name != entry.Name {
			continue
		}
		if entry.URL != "" {
			known.URL = entry.URL
		}
		if entry.Schema.File != "" || entry.Schema.URL != "" {
			known.Schema = entry.Schema
		}
		return
	}
	c.Subgraphs.List = append(c.Subgraphs.List, entry)
}

// parseSubgraph reads name=FILE, name=URL or name=URL,schema=FILE|URL.
func parseSubgraph(text string) (config.Subgraph, error) {
	name, rest, ok := strings.Cut(text, "=")
	if !ok || name == "" || rest == "" {
		return config.Subgraph{}, fmt.Errorf("--subgraph %s: want name=FILE or name=URL", text)
	}
	entry := config.Subgraph{Name: name}
	address, schema, hasSchema := strings.Cut(rest, ",schema=")
	switch {
	case isURL(address):
		entry.URL = address
	case hasSchema:
		return entry, fmt.Errorf("--subgraph %s: %s is not a URL", text, address)
	default:
		schema = address
	}
	if isURL(schema) {
		entry.Schema.URL = schema
	} else {
		entry.Schema.File = schema
	}
	return entry, nil
}

func isURL(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

// format checks a --format flag.
func format(value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return &usageError{errors.New("--format must be one of " + strings.Join(allowed, ", "))}
}
