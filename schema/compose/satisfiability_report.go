package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/weftql/weft/schema"
)

// report turns failures into diagnostics: one per cause, not one per field,
// because one missing key makes every field behind it unreachable.
func (w *walk) report() (errs, hints []routeDiagnostic) {
	var groups []*failureGroup
	byKey := map[string]*failureGroup{}
	for i := range w.failures {
		f := &w.failures[i]
		e := newExplainer(w, f)
		e.explain()
		key := e.key()
		g := byKey[key]
		if g == nil {
			g = &failureGroup{first: e, settings: e.settings}
			byKey[key] = g
			groups = append(groups, g)
		}
		// Only what all of them have in common can be part of the reason.
		g.settings = slices.DeleteFunc(g.settings, func(s string) bool { return !slices.Contains(e.settings, s) })
		if at := e.coordinate(); !slices.Contains(g.coordinates, at) {
			g.coordinates = append(g.coordinates, at)
		}
	}
	for _, g := range groups {
		errs = append(errs, g.diagnostic())
	}
	for i := range w.runtime.found {
		d := w.runtimeDiagnostic(&w.runtime.found[i])
		if w.runtime.found[i].disjoint {
			errs = append(errs, d)
		} else {
			hints = append(hints, d)
		}
	}
	if w.overflow && !slices.ContainsFunc(w.failures, func(f failure) bool { return f.walk.forget == w.forget }) {
		errs = append(errs, routeDiagnostic{Diagnostic: Diagnostic{
			Code: MaxValidationPathsExceeded, Severity: SeverityError,
			Message: fmt.Sprintf("The satisfiability check gave up after %d states, so it is not known whether every query can be resolved.", len(w.states)),
		}})
	}
	byCode := func(a, b routeDiagnostic) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Coordinate, b.Coordinate), cmp.Compare(a.Message, b.Message))
	}
	slices.SortStableFunc(errs, byCode)
	slices.SortStableFunc(hints, byCode)
	return errs, hints
}

// failureGroup is one cause with the coordinates it concerns.
type failureGroup struct {
	first       *explainer
	coordinates []string
	settings    []string
}

// maxNamed bounds the coordinates a message names; the others are counted.
const maxNamed = 5

func (g *failureGroup) diagnostic() routeDiagnostic {
	e := g.first
	slices.Sort(g.coordinates)
	named := g.coordinates[:min(len(g.coordinates), maxNamed)]
	what := strings.Join(named, ", ")
	if more := len(g.coordinates) - len(named); more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	return routeDiagnostic{
		Diagnostic: Diagnostic{
			Code: SatisfiabilityError, Severity: SeverityError, Coordinate: g.coordinates[0],
			Message: fmt.Sprintf("Clients can ask for %s where only %s %s been visited, and the gateway cannot get it from there.",
				what, quoted(e.sources()), plural(len(e.sources()), "has", "have")),
			Because: append(g.settings, e.because...), Fix: e.fixes(), Example: e.witness(),
		},
		at: e.places,
	}
}

// runtimeDiagnostic tells which objects a shared field can be in which
// subgraph.
func (w *walk) runtimeDiagnostic(d *runtimeDifference) routeDiagnostic {
	g := w.r.g
	f := &g.Fields[d.field]
	at := g.Types[f.Owner].Name + "." + f.Name
	out := routeDiagnostic{Diagnostic: Diagnostic{Coordinate: at, Code: HintRuntimeTypes, Severity: hintSeverity[HintRuntimeTypes]}}
	var facts []string
	for i, sub := range d.subs {
		facts = append(facts, fmt.Sprintf("%s in %q", objectNames(g, d.objects[i]), g.Subgraphs[sub].Name))
		out.at = append(out.at, declaration{w.r.registered(sub), g.Types[f.Owner].Name, f.Name})
	}
	list := strings.Join(facts, ", ")
	if d.disjoint {
		out.Code, out.Severity = ShareableMismatchedRuntimeTypes, SeverityError
		out.Message = fmt.Sprintf("%s is shared, so any of its subgraphs may be asked, but its value cannot be the same object everywhere: %s. "+
			"Let the subgraphs agree on the objects, or let only one of them resolve the field.", at, list)
	} else {
		out.Message = fmt.Sprintf("%s is shared, so any of its subgraphs may be asked, but its value can be different objects: %s. "+
			"Make sure that every subgraph returns only objects that all of them know.", at, list)
	}
	return out
}

// objectNames lists the objects of a set, at most a few of them.
func objectNames(g *schema.Supergraph, objects schema.Bits) string {
	var names []string
	for m := range objects.All() {
		if len(names) == maxNamed {
			names = append(names, "…")
			break
		}
		names = append(names, g.Types[m].Name)
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, " or ")
}

// quoted joins names as: "a", "b" and "c".
func quoted(names []string) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i > 0 && i == len(names)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", name)
	}
	return b.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
