// Package compose turns subgraph schemas into a supergraph, or says why it
// cannot.
//
// In comes one SDL per subgraph ([Input]); out comes a [Result]: the supergraph
// SDL, the API schema and hints, or errors. The work is a fixed list of phases,
// see [Compose]. Each phase collects every mistake it can find; a later phase
// runs only if the earlier ones found none, because what it would say about a
// broken schema is noise.
//
// The dialect is Apollo Federation 1 and 2.0 to 2.14. Everything a subgraph may
// rename (directives by @link, root types by the schema definition) is resolved
// to its canonical identity in phase 1, so no later phase looks at names as
// written.
//
// Compose is a pure function of its inputs and safe for concurrent use. It
// opens no files and calls nobody: fetching SDL is the caller's business.
package compose

import (
	"github.com/weftql/weft/schema"
)

// Input is one subgraph as handed to [Compose].
type Input struct {
	// Name identifies the subgraph; unique, not "" and not "_".
	Name string
	// URL is where the gateway reaches it. It is copied, not checked.
	URL string
	// File is what diagnostics call the SDL; "" means Name + ".graphql".
	File string
	// SDL is the schema as its author wrote it or as _service { sdl } answered.
	SDL string
}

// Options change how Compose works. The zero value is right for everybody but
// tests.
type Options struct {
	// SkipSatisfiability leaves phase 7 out.
	SkipSatisfiability bool
	// Check is asked about each subgraph that links connectors, after the rules
	// of GraphQL and federation found nothing wrong with it, or alone if it links
	// a version of them that does not exist. What it returns joins the errors and
	// hints, by Severity. nil: connectors are carried, not checked.
	Check func(Input) []Diagnostic
	// Extend is given the supergraph before satisfiability is checked and returns
	// the one to check, which becomes Result.Graph. nil: it stays as it is.
	Extend func(*schema.Supergraph) (*schema.Supergraph, []Diagnostic)
}

// Result is what came of a composition. It is the caller's.
type Result struct {
	// Supergraph and API are SDL texts, "" if there are Errors.
	Supergraph, API string
	// Graph is the supergraph as loaded from Supergraph, with what
	// [Options].Extend made of it; nil if there are Errors.
	Graph *schema.Supergraph
	// Errors and Hints are in a stable order. Hints may accompany Errors.
	Errors, Hints []Diagnostic
}

// OK reports whether there is a supergraph.
func (r *Result) OK() bool { return len(r.Errors) == 0 }

// composition is one run of Compose: what the phases hand to each other.
type composition struct {
	options Options
	inputs  []Input // sorted by name

	// subgraphs are sorted by name, after phase 0 one per input; what a
	// subgraph's fields hold after which phase says its declaration.
	subgraphs []*subgraph
	// specs is phase 4's answer: versions, and which directives compose.
	specs *specs
	// merged is the supergraph under construction, made by phase 5.
	merged *supergraph

	result Result
}

// phase is one step of a composition. After a phase that leaves errors the run
// ends.
type phase struct {
	name string
	run  func(*composition)
}

// phases are in the order of the run. Comments and the rules' documentation call
// them by the number in front.
var phases = []phase{
	{"collect", (*composition).collect},        // 0: names, join__Graph values, syntax
	{"expand", (*composition).expand},          // 1, 3: @link, known definitions, the model; rules per subgraph
	{"upgrade", (*composition).upgrade},        // 2, 3: federation 1 becomes federation 2; rules per subgraph
	{"pick specs", (*composition).pickSpecs},   // 4: versions, composed directives
	{"merge", (*composition).merge},            // 5: subgraphs become one schema
	{"post-merge", (*composition).postMerge},   // 6: rules about the merged schema
	{"print", (*composition).print},            // 8: supergraph SDL, API SDL, Graph
	{"extend", (*composition).extend},          // 7, on the printed graph: connectors become rows
	{"satisfiability", (*composition).satisfy}, // 7, on the printed graph: every API path can be resolved
}

// Compose merges the subgraphs. The result does not depend on the order of
// inputs; it does on their names, which break ties.
func Compose(inputs []Input, o Options) *Result {
	c := &composition{options: o, inputs: sortedByName(inputs)}
	for _, p := range phases {
		p.run(c)
		if len(c.result.Errors) > 0 {
			break
		}
	}
	return c.finish()
}
