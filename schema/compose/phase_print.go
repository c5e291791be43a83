package compose

import (
	"encoding/json"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/schema"
)

// print is phase 8: it writes the supergraph SDL and reads it back, so that
// what is checked further and what gateways load is the text itself. Cutting
// the API schema is part of reading; its rules are reported here.
func (c *composition) print() {
	sdl := c.printSupergraph()
	graph, err := schema.Load(sdl)
	if err != nil {
		c.failLoad(fault.Of(err))
		return
	}
	c.result.Supergraph, c.result.API, c.result.Graph = sdl, apiText(graph.API), graph
}

// failLoad reports why the supergraph cannot be read, with the places in the
// subgraphs where that can be told.
func (c *composition) failLoad(problems fault.List) {
	for _, e := range problems {
		coordinate := coordinateOf(e)
		at := c.merged.placesOf(coordinate)
		if len(at) == 0 {
			c.fail(e.Code, coordinate, "The merged schema is not valid: "+sentence(e.Message), c.wholePlaces()...)
			continue
		}
		c.fail(e.Code, coordinate, sentence(e.Message)+" It is declared in "+subgraphNames(at)+".", at...)
	}
}

// coordinateOf returns the coordinate package schema attaches to what it finds,
// "" without.
func coordinateOf(e *fault.Error) string {
	var found struct{ Coordinate string }
	if json.Unmarshal([]byte("{"+string(e.Extensions)+"}"), &found) != nil {
		return ""
	}
	return found.Coordinate
}

func (c *composition) wholePlaces() []place {
	all := make([]place, len(c.subgraphs))
	for i, s := range c.subgraphs {
		all[i].subgraph = s
	}
	return all
}
