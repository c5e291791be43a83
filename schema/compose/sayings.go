package compose

import (
	"fmt"
	"strings"
)

// saying is what one declaration says where declarations differ.
type saying struct {
	text string
	at   place
}

// tell groups equal texts, in the order of their first place:
//
//	"Int" in subgraphs "a" and "c", "String" in subgraph "b"
func tell(said []saying) string {
	var texts []string
	in := map[string][]place{}
	for _, s := range said {
		if in[s.text] == nil {
			texts = append(texts, s.text)
		}
		in[s.text] = append(in[s.text], s.at)
	}
	for i, text := range texts {
		texts[i] = text + " in " + subgraphNames(in[text])
	}
	return strings.Join(texts, ", ")
}

// at returns the places.
func at(said []saying) []place {
	places := make([]place, len(said))
	for i, s := range said {
		places[i] = s.at
	}
	return places
}

// maxNames bounds how many subgraphs one sentence lists. Chosen; not measured.
const maxNames = 12

// subgraphNames names the subgraphs of places, each once, in their order:
//
//	subgraphs "a", "b" and "c"
func subgraphNames(places []place) string {
	var names []string
	seen := map[*subgraph]bool{}
	for _, p := range places {
		if !seen[p.subgraph] {
			seen[p.subgraph] = true
			names = append(names, p.subgraph.name)
		}
	}
	switch {
	case len(names) == 0:
		return "no subgraph"
	case len(names) == 1:
		return "subgraph " + quote(names[0])
	case len(names) > maxNames:
		return "subgraphs " + join(names[:maxNames]) + fmt.Sprintf(" and %d others", len(names)-maxNames)
	}
	return "subgraphs " + join(names)
}

// without returns the places whose subgraph has none in other.
func without(places, other []place) []place {
	in := map[*subgraph]bool{}
	for _, p := range other {
		in[p.subgraph] = true
	}
	var rest []place
	for _, p := range places {
		if !in[p.subgraph] {
			rest = append(rest, p)
		}
	}
	return rest
}
