package main

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/schema"
)

// connectorTries is how often connectors are drawn until some can answer every
// query; chosen.
const connectorTries = 8

// drawConnectors makes some of the subgraphs of a graph that composes out of
// connectors, so that it still does; "" if that does not come about. real keeps
// to connectors that an SDL can describe.
func drawConnectors(rng *rand.Rand, sdls map[string]string, real bool) string {
	graph, err := composeGraph(sdls, "")
	if err != nil {
		return ""
	}
	for try := range connectorTries {
		var text strings.Builder
		for s := range graph.Subgraphs {
			if rng.IntN(100) < 50 && connectable(graph, s) {
				text.WriteString(testkit.FormatConnectors(graph, testkit.DrawConnectors(graph, s, rng, 90+10*try/connectorTries, real)))
			}
		}
		if text.Len() == 0 {
			continue
		}
		if _, err := composeGraph(sdls, text.String()); err == nil {
			return text.String()
		}
	}
	return ""
}

// connectable is false for subgraphs with contextual arguments: nothing gives
// those to a connector.
func connectable(g *schema.Supergraph, subgraph int) bool {
	return !slices.ContainsFunc(g.Fields, func(f schema.Field) bool {
		in := f.InSubgraph(subgraph)
		return in != nil && len(in.Contexts) > 0
	})
}

// connectors removes connectors, and parts of their selections, that the
// difference does not need.
func (t *shrinker) connectors() {
	enough := t.tries * 2 / 3 // each takes composing anew
	for again := true; again && t.tries > enough; {
		again = false
		for i := 0; t.tries > enough; i++ {
			text, ok := editConnectors(t.best.connectors, i)
			if !ok {
				break
			}
			if t.tryConnectors(text) {
				again = true
				i--
			}
		}
	}
}

func (t *shrinker) tryConnectors(text string) bool {
	t.tries--
	l, err := build(t.best.subgraphs, text, t.best.whole, t.best.traits, t.best.starts)
	if err != nil {
		return false
	}
	c := t.best
	c.connectors = text
	return t.keep(c, l)
}

// editConnectors applies the n-th possible removal: of a whole subgraph's
// connectors, of a line, or of a part of its selection.
func editConnectors(text string, n int) (string, bool) {
	lines := strings.SplitAfter(strings.TrimRight(text, "\n")+"\n", "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
	var subs []string
	for _, l := range lines {
		if s := strings.Fields(l)[1]; !slices.Contains(subs, s) {
			subs = append(subs, s)
		}
	}
	if n < len(subs) {
		return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.Fields(l)[1] == subs[n] }), ""), true
	}
	n -= len(subs)
	if n < len(lines) {
		return strings.Join(slices.Delete(lines, n, n+1), ""), true
	}
	n -= len(lines)
	for i, l := range lines {
		at := selectionAt(l)
		for k := 0; at >= 0; k++ {
			edited, ok := editOperation(l[at:], k)
			if !ok {
				break
			}
			if n == 0 {
				_, edited, _ = strings.Cut(edited, "{")
				lines[i] = l[:at] + "{ " + strings.Join(strings.Fields(edited), " ") + "\n"
				return strings.Join(lines, ""), true
			}
			n--
		}
	}
	return "", false
}

// selectionAt is where a connector's selection begins, -1 without one. Keys may
// have braces too.
func selectionAt(line string) int {
	open := max(strings.LastIndexAny(line, ")]"), 0)
	if at := strings.IndexByte(line[open:], '{'); at >= 0 {
		return open + at
	}
	return -1
}
