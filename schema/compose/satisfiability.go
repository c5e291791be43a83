package compose

import (
	"github.com/weftql/weft/schema"
)

// satisfy is phase 7: every query of the API schema must be resolvable by some
// plan. See [routeGraph], [reachTable] and [walk] for how it is found out, and
// satisfiability_report.go for how it is told.
func (c *composition) satisfy() {
	if c.options.SkipSatisfiability || c.result.Graph == nil {
		return
	}
	errs, hints := checkSatisfiability(c.result.Graph)
	for _, d := range errs {
		c.locate(&d)
		c.result.Errors = append(c.result.Errors, d.Diagnostic)
	}
	for _, d := range hints {
		c.locate(&d)
		c.result.Hints = append(c.result.Hints, d.Diagnostic)
	}
}

// routeDiagnostic is a Diagnostic whose places are still schema coordinates of
// subgraphs.
type routeDiagnostic struct {
	Diagnostic
	at []declaration
}

// declaration is a type, or a field of it, in a subgraph.
type declaration struct {
	sub         int
	typ, member string
}

// locate turns declarations into places in the subgraphs' SDL.
func (c *composition) locate(d *routeDiagnostic) {
	for _, at := range d.at {
		if at.sub >= len(c.subgraphs) {
			continue
		}
		s := c.subgraphs[at.sub]
		p := place{s, nil}
		if t := s.typeByName[at.typ]; t != nil {
			p.pos = t.pos
			if f := t.fieldByName[at.member]; f != nil {
				p.pos = f.pos
			}
		}
		d.Locations = append(d.Locations, p.location())
	}
	if d.Locations == nil {
		d.Locations = []Location{}
	}
}

// checkSatisfiability checks a supergraph, whoever composed it. The results are
// in a stable order.
func checkSatisfiability(g *schema.Supergraph) (errs, hints []routeDiagnostic) {
	r := buildRoutes(g)
	tables := newLabelledTables(r)
	w := newWalk(r, tables, quick)
	w.all()
	if len(w.failures) == 0 && !w.overflow {
		return w.report()
	}
	exact := newWalk(r, tables, walkMode{})
	exact.all()
	if exact.overflow && len(exact.failures) == 0 {
		exact.failures = w.failures // the best guess there is
	}
	return exact.report()
}

// all walks from every root. An operation starts in all subgraphs that have it.
func (w *walk) all() {
	g := w.r.g
	for _, root := range []schema.TypeID{g.Query, g.Mutation, g.Subscription} {
		if root == schema.NoType || g.Types[root].Inaccessible {
			continue
		}
		start := state{typ: root, parent: -1}
		for _, id := range w.r.types[root].nodes {
			if n := &w.r.nodes[id]; n.view == 0 && n.decl == root {
				start.at = append(start.at, id)
			}
		}
		w.push(start)
	}
	w.run(0)
	w.partition()
}
