package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/subgraphs"
)

// lab is one graph ready for operations: a gateway over members that answer
// from a dataset, and the unsplit schema over the same data.
type lab struct {
	whole   *ast.Schema
	truth   *dataset
	split   *dataset // what the members answer from
	members []*testkit.Member
	gateway *testkit.Gateway
	log     *testkit.FetchLog
	labels  []string
	// rows are the sources of the members that are made of connectors.
	rows []*testkit.Rows
}

// errCompose marks graphs that do not compose.
var errCompose = errors.New("does not compose")

// errAPI marks graphs whose API schema is not the unsplit one.
var errAPI = errors.New("api")

// operationTimeout ends an operation that hangs.
const operationTimeout = 10 * time.Second

// build composes a graph and sets up both sides. connectors says which
// subgraphs are made of connectors, see [testkit.ParseConnectors].
func build(sdls map[string]string, connectors, whole string, t traits, starts bool) (*lab, error) {
	graph, err := composeGraph(sdls, connectors)
	if err != nil {
		return nil, err
	}
	l := &lab{log: &testkit.FetchLog{}, labels: graph.Labels}
	if whole == "" {
		whole = graph.API.SDL()
	}
	if l.whole, err = gqlparser.LoadSchema(&ast.Source{Name: "whole", Input: whole}); err != nil {
		return nil, fmt.Errorf("unsplit schema: %w", err)
	}
	if d := diffAPI(l.whole, graph.API.AST); d != "" {
		return nil, fmt.Errorf("%w: %s", errAPI, d)
	}
	schemas := map[string]*testkit.SubgraphSchema{}
	if l.members, err = testkit.Federate(nil, sdls, nil); err != nil {
		return nil, err
	}
	for _, m := range l.members {
		schemas[m.Name] = m.Schema()
	}
	known, err := newKnowledge(graph.AST, schemas)
	if err != nil {
		return nil, err
	}
	l.truth, l.split = newDataset(graph.AST, known, t), newDataset(graph.AST, known, t)
	l.truth.whole = true
	for _, m := range l.members {
		m.World = l.split
	}
	sources, err := l.sources(graph, connectors, starts)
	if err != nil {
		return nil, err
	}
	o := planner.Options{Batching: planner.Batching(t.Batching)}
	l.gateway, err = testkit.NewGatewayPlanning(graph, o, func(name string) subgraphs.Source { return sources[name] })
	return l, err
}

// sources makes the source of each member: itself, or its connectors.
func (l *lab) sources(graph *schema.Supergraph, connectors string, starts bool) (map[string]subgraphs.Source, error) {
	list, err := testkit.ParseConnectors(graph, connectors)
	if err != nil {
		return nil, err
	}
	out := map[string]subgraphs.Source{}
	for i, s := range graph.Subgraphs[:len(l.members)] {
		m := l.members[i]
		if !s.Connected {
			out[m.Name] = &testkit.Source{Name: m.Name, Server: m, Log: l.log, Starts: starts}
			continue
		}
		rows, err := testkit.NewRows(graph, m, list)
		if err != nil {
			return nil, err
		}
		rows.Log, rows.Starts = l.log, starts
		out[m.Name] = rows
		if !l.split.traits.Engine {
			continue
		}
		real, supported, err := engine(graph, i, rows, list)
		if err != nil {
			return nil, err
		}
		if supported {
			out[m.Name] = real
			l.rows = append(l.rows, rows)
		}
	}
	return out, nil
}

func composeGraph(sdls map[string]string, connectors string) (graph *schema.Supergraph, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("compose: panic: %v", p)
		}
	}()
	var inputs []compose.Input
	for _, name := range slices.Sorted(maps.Keys(sdls)) {
		inputs = append(inputs, compose.Input{Name: name, URL: "http://" + name, SDL: sdls[name]})
	}
	var extended error
	result := compose.Compose(inputs, compose.Options{Extend: func(g *schema.Supergraph) (*schema.Supergraph, []compose.Diagnostic) {
		g, extended = testkit.WithConnectors(g, connectors)
		return g, nil
	}})
	if extended != nil {
		return nil, fmt.Errorf("%w: %w", errCompose, extended)
	}
	if !result.OK() {
		return nil, fmt.Errorf("%w: %s: %s", errCompose, result.Errors[0].Code, result.Errors[0].Message)
	}
	if result.Graph == nil {
		return nil, errors.New("compose: neither errors nor a supergraph")
	}
	return result.Graph, nil
}

// diffAPI compares types, not directives.
func diffAPI(want, got *ast.Schema) string {
	keep := func(lines []string) []string {
		return slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "@") })
	}
	return testkit.DiffSets(keep(testkit.SchemaFacts(want, false)), keep(testkit.SchemaFacts(got, false)))
}

// question is one operation to ask of a lab.
type question struct {
	query     string
	variables *testkit.Object
	labels    []string
	broken    breakdown
}

// verdict is how the gateway's answer compares: difference "" is equal. kind is
// the sort of difference, kept while shrinking.
type verdict struct {
	kind, difference string
	want, got        string
	plan, log        string
	requests, rounds int // sent, and the longest chain planned
}

// ask puts a question to both sides.
func (l *lab) ask(q *question) verdict {
	document, err := testkit.ParseDocument(l.whole, q.query, "")
	if err != nil {
		return verdict{kind: "invalid", difference: err.Error()}
	}
	l.reset(q.labels)
	ctx, cancel := context.WithTimeout(scope(document), operationTimeout)
	defer cancel()
	want := testkit.Execute(ctx, document, testkit.WorldResolver{World: l.truth}, q.variables)
	merged := strings.Contains(q.query, "@defer")
	ask := &testkit.Ask{Query: q.query, Labels: q.labels}
	if q.variables.Len() > 0 {
		ask.Variables = []byte(testkit.FormatJSON(q.variables))
	}
	q.broken.apply(l)
	got := l.answer(ctx, document, ask)
	v := verdict{want: string(want.Append(nil)), got: string(got.Body)}
	for _, e := range got.Errors {
		v.got += fmt.Sprintf("\nerror at %s: %v", fault.PathString(e.Path), e)
	}
	if got.Plan != nil {
		v.plan = testkit.PlanText(got.Plan)
		for _, f := range got.Plan.Fetches {
			v.rounds = max(v.rounds, f.Round+1)
		}
	}
	v.requests, v.log = len(l.log.Records()), l.log.String()
	if q.broken.subgraph != "" {
		v.kind, v.difference = l.compareBroken(ctx, document, q, want, got)
	} else {
		v.kind, v.difference = l.compare(want, got, !merged)
	}
	if v.difference == "" && got.Plan != nil {
		v.kind, v.difference = l.checkPlan(ctx, ask, got.Plan)
	}
	return v
}

// scope is what a gateway gives the connectors for one operation.
func scope(d *testkit.Document) context.Context {
	if d.Operation.Operation == ast.Mutation {
		return connectors.WithMutationScope(context.Background())
	}
	return connectors.WithScope(context.Background())
}

// answer asks the gateway; of a subscription the one event counts.
func (l *lab) answer(ctx context.Context, d *testkit.Document, ask *testkit.Ask) *testkit.Answer {
	if d.Operation.Operation != ast.Subscription {
		return l.gateway.Do(ctx, ask)
	}
	answer, events := l.gateway.Stream(ctx, ask)
	if len(events) == 1 && answer.Failure == nil {
		return events[0]
	}
	if answer.Failure == nil && !answer.Refused {
		answer.Failure = fmt.Errorf("stream: %d events: %w", len(events), fault.List(answer.Errors))
	}
	return answer
}

func (l *lab) reset(labels []string) {
	l.truth, l.split = l.truth.fresh(), l.split.fresh()
	l.log.Reset()
	testkit.SetLabels(l.members, func(label string) bool { return slices.Contains(labels, label) })
	for _, r := range l.rows {
		r.Reset()
	}
	for _, m := range l.members {
		m.Reset()
		m.World, m.Broken, m.Lenient = l.split, nil, l.split.traits.Errors || l.split.traits.Absent
	}
}

// compare returns "", "" for equal answers. ordered is off for operations with
// @defer, whose parts are merged in the order they come.
func (l *lab) compare(want *testkit.Response, got *testkit.Answer, ordered bool) (kind, difference string) {
	switch {
	case want.Refused && got.Refused && got.Failure == nil:
		return "", ""
	case got.Failure != nil:
		text := got.Failure.Error()
		kind, _, _ = strings.Cut(text, ":")
		return kind, text
	case got.Refused:
		return "refused", fault.List(got.Errors).Error()
	case want.Refused:
		return "accepted", "the unsplit schema refuses: " + want.Errors[0].Message
	}
	for _, m := range l.members {
		if v := m.Violations(); len(v) > 0 {
			return "violation", v[0]
		}
	}
	var data any
	if want.Data != nil {
		data = want.Data
	}
	if d := testkit.Diff(data, got.Data, ordered); d != "" {
		return "data", d
	}
	if len(want.Errors) > 0 && len(got.Errors) == 0 && !l.silent() {
		return "errors", fmt.Sprintf("want an error (%s at %v), got none", want.Errors[0].Message, want.Errors[0].Path)
	}
	if len(want.Errors) == 0 && len(got.Errors) > 0 && !l.truth.traits.Errors {
		return "errors", fmt.Sprintf("want no error, got %v", got.Errors[0])
	}
	return "", ""
}

// silent reports whether a backend sent null for what failed: it has no way to
// say more, so that the answer has no error either.
func (l *lab) silent() bool {
	return slices.ContainsFunc(l.rows, func(r *testkit.Rows) bool { return r.Silent() > 0 })
}

// answersByEngine reports whether a subgraph is one of package connectors.
func (l *lab) answersByEngine(subgraph string) bool {
	return slices.ContainsFunc(l.rows, func(r *testkit.Rows) bool { return r.Member.Name == subgraph })
}
