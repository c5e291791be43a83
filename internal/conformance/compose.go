package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/schema/introspect"
	"github.com/weftql/weft/subgraphs"
)

// composeGraph composes subgraphs here.
func composeGraph(sdls map[string]string) (*schema.Supergraph, error) {
	result := composeSDLs(sdls, "http://%s.test/graphql")
	if !result.OK() {
		var lines []string
		for _, e := range result.Errors {
			lines = append(lines, fmt.Sprintf("%s: %s", e.Code, e.Message))
		}
		return nil, errors.New("compose: " + strings.Join(lines, "\n"))
	}
	if result.Graph == nil {
		return nil, errors.New("compose: neither errors nor a supergraph")
	}
	return result.Graph, nil
}

func composeSDLs(sdls map[string]string, url string) *compose.Result {
	var inputs []compose.Input
	for _, name := range slices.Sorted(maps.Keys(sdls)) {
		inputs = append(inputs, compose.Input{Name: name, URL: fmt.Sprintf(url, name), SDL: sdls[name]})
	}
	return compose.Compose(inputs, compose.Options{})
}

// introspectionOf returns the source of __schema and __type.
func introspectionOf(graph *schema.Supergraph) subgraphs.Source { return introspect.New(graph.API) }
