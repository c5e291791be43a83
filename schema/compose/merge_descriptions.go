package compose

import "fmt"

// mergeDescription picks the most frequent description; the first subgraph by
// name breaks a tie. parts without one do not count.
func (m *merger) mergeDescription(coordinate string, parts []part) string {
	var first string
	differ := false
	for _, p := range parts {
		switch {
		case p.description == nil:
		case first == "":
			first = p.description.text
		case p.description.text != first:
			differ = true
		}
	}
	if !differ {
		return first
	}
	best := mostFrequent(parts)
	m.hintDescriptions(coordinate, best, parts)
	return best
}

func mostFrequent(parts []part) string {
	count := map[string]int{}
	for _, p := range parts {
		if p.description != nil {
			count[p.description.text]++
		}
	}
	best := ""
	for _, p := range parts {
		if p.description != nil && count[p.description.text] > count[best] {
			best = p.description.text
		}
	}
	return best
}

func (m *merger) hintDescriptions(coordinate, best string, parts []part) {
	var of, others []place
	for _, p := range parts {
		switch {
		case p.description == nil:
		case p.description.text == best:
			of = append(of, place{p.subgraph, p.description.pos})
		default:
			others = append(others, place{p.subgraph, p.description.pos})
		}
	}
	name := fmt.Sprintf("%q", coordinate)
	if coordinate == "" {
		name = "the schema"
	}
	m.hint(HintDescription, coordinate, fmt.Sprintf("The descriptions of %s differ: the supergraph has the text of %s, not that of %s. Use one text everywhere.",
		name, subgraphNames(of), subgraphNames(others)), append(of, others...)...)
}
