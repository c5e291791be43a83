package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/overlay"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/subgraphs"
)

// lab is one graph under one overlay.
type lab struct {
	g        *sketch
	graph    *schema.Supergraph
	overlay  *overlay.Overlay
	client   *ast.Schema // by the lab's own reading of the overlay
	members  []*testkit.Member
	world    *world
	log      *testkit.FetchLog
	gateway  *testkit.Gateway
	preparer *operation.Preparer
}

// errCompose marks graphs that do not compose.
var errCompose = errors.New("does not compose")

// operationTimeout ends an operation that hangs.
const operationTimeout = 10 * time.Second

// claims are the caller's, in the graph's terms.
const claims = `{"count": 7, "user": {"name": "ann"}, "tone": "LIGHT"}`

func newLab(g *sketch, starts bool) (*lab, error) {
	sdls := g.subgraphs()
	var inputs []compose.Input
	for _, name := range slices.Sorted(maps.Keys(sdls)) {
		inputs = append(inputs, compose.Input{Name: name, URL: "http://" + name, SDL: sdls[name]})
	}
	result := compose.Compose(inputs, compose.Options{})
	if !result.OK() {
		return nil, fmt.Errorf("%w: %s: %s", errCompose, result.Errors[0].Code, result.Errors[0].Message)
	}
	l := &lab{g: g, graph: result.Graph, log: &testkit.FetchLog{}}
	var err error
	if l.client, err = gqlparser.LoadSchema(&ast.Source{Input: g.client()}); err != nil {
		return nil, fmt.Errorf("the lab's own client schema: %w", err)
	}
	if l.overlay, err = overlay.Compile(l.graph.API, "overlay.graphql", []byte(g.overlay())); err != nil {
		return nil, err
	}
	if found := differ(l.client, l.overlay.View.AST); found != "" {
		return nil, fmt.Errorf("another client schema: %s", found)
	}
	l.preparer = operation.NewPreparer(l.overlay.View, operation.Limits{})
	return l, l.federate(sdls, starts)
}

// federate sets the subgraphs up.
func (l *lab) federate(sdls map[string]string, starts bool) error {
	var err error
	if l.members, err = testkit.Federate(nil, sdls, nil); err != nil {
		return err
	}
	var schemas []*testkit.SubgraphSchema
	sources := map[string]subgraphs.Source{}
	for _, m := range l.members {
		schemas = append(schemas, m.Schema())
		sources[m.Name] = &testkit.Source{Name: m.Name, Server: m, Log: l.log, Starts: starts}
	}
	mock, err := testkit.NewMock(l.graph.AST, schemas)
	if err != nil {
		return err
	}
	l.world = &world{mock, l.graph.AST}
	for _, m := range l.members {
		m.World = l.world
	}
	l.gateway, err = testkit.NewGateway(l.graph, func(name string) subgraphs.Source { return sources[name] })
	if err == nil {
		l.gateway.Caller = who()
	}
	return err
}

func who() *caller.Caller {
	return &caller.Caller{Method: "POST", Principal: &caller.Principal{Kind: "jwt", Subject: "ann", Claims: []byte(claims)}}
}

// differ compares what clients see of two schemas.
func differ(want, got *ast.Schema) string {
	for name, w := range want.Types {
		if strings.HasPrefix(name, "__") || w.BuiltIn {
			continue
		}
		g := got.Types[name]
		if g == nil {
			return "no type " + name
		}
		if a, b := described(w), described(g); a != b {
			return fmt.Sprintf("%s is\n%s, not\n%s", name, b, a)
		}
	}
	for name := range got.Types {
		if want.Types[name] == nil {
			return "a type " + name
		}
	}
	return ""
}

func described(def *ast.Definition) string {
	var lines []string
	for _, f := range def.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		line := f.Name
		var args []string
		for _, a := range f.Arguments {
			args = append(args, a.Name+": "+a.Type.String()+" = "+a.DefaultValue.String())
		}
		slices.Sort(args)
		line += "(" + strings.Join(args, ", ") + "): " + f.Type.String() + " = " + f.DefaultValue.String()
		lines = append(lines, line)
	}
	for _, v := range def.EnumValues {
		lines = append(lines, v.Name)
	}
	lines = append(lines, def.Types...)
	lines = append(lines, def.Interfaces...)
	slices.Sort(lines)
	return string(def.Kind) + " " + strings.Join(lines, "\n")
}

// question is one operation.
type question struct {
	query, variables string
	denied           map[string]bool // client's field names that rights took away
}

func (l *lab) draw(rng *rand.Rand) *question {
	q := &question{denied: map[string]bool{}}
	q.query, q.variables = write(rng, l.client)
	if rng.IntN(6) == 0 {
		var names []string
		for _, def := range l.client.Types {
			for _, f := range def.Fields {
				if def.Kind == ast.Object && !def.BuiltIn && !strings.HasPrefix(f.Name, "__") && def != l.client.Query {
					names = append(names, f.Name)
				}
			}
		}
		slices.Sort(names)
		for _, name := range some(rng, slices.Compact(names), 1, 3) {
			q.denied[name] = true
		}
	}
	return q
}

// outcome is one judged operation: problem "" is a good one.
type outcome struct {
	problem, want, got, log string
	invalid, failed         bool
	asked                   int
}

func (l *lab) judge(q *question) *outcome {
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	variables, err := testkit.ParseObject([]byte(q.variables))
	if err != nil {
		return &outcome{problem: "variables: " + err.Error()}
	}
	d, err := testkit.ParseDocument(l.client, q.query, "")
	if err != nil {
		return &outcome{invalid: true, problem: err.Error()}
	}
	o := &oracle{g: l.g, world: l.world, denied: q.denied, claims: map[string]any{"count": json.Number("7"), "user.name": "ann", "tone": "LIGHT"}}
	want := testkit.Execute(ctx, d, o, variables)
	if want.Refused {
		return &outcome{invalid: true, problem: string(want.Append(nil))}
	}
	out := &outcome{failed: o.failed > 0}
	l.log.Reset()
	got, errs, failure := l.ask(ctx, q)
	out.log, out.asked = l.log.String(), len(l.log.Records())
	var data any
	if want.Data != nil {
		data = want.Data
	}
	out.want, out.got = testkit.FormatJSON(data), testkit.FormatJSON(got)
	out.problem = l.compare(o, data, got, errs, failure)
	return out
}

// ask takes a question through the gateway.
func (l *lab) ask(ctx context.Context, q *question) (data any, errs []*fault.Error, failure error) {
	op, err := l.preparer.Prepare(ctx, &operation.Request{Document: []byte(q.query), Caller: who()})
	if err != nil {
		return nil, nil, err
	}
	deny(op.Select, q.denied)
	if op, err = l.overlay.Rewrite(op); err != nil {
		return nil, nil, err
	}
	values, conditions, err := op.Coerce([]byte(q.variables), nil)
	if err != nil {
		return nil, nil, err
	}
	if op.Derive != nil {
		if values, err = op.Derive(who(), values); err != nil {
			return nil, nil, err
		}
	}
	answer := l.gateway.Run(ctx, op, values, operation.Choice{Conditions: conditions})
	if answer.Failure == nil && answer.Plan != nil {
		if err := plan.Check(answer.Plan); err != nil {
			return nil, nil, fmt.Errorf("the plan breaks an invariant: %w", err)
		}
	}
	return answer.Data, answer.Errors, answer.Failure
}

// deny marks fields as rights do.
func deny(list []operation.Field, names map[string]bool) {
	for i := range list {
		f := &list[i]
		if names[f.Name] {
			f.Out, f.Select, f.Args = &operation.Out{Denied: true}, nil, nil
			continue
		}
		deny(f.Select, names)
	}
}

// compare returns what is wrong with an answer, "" if nothing is.
func (l *lab) compare(o *oracle, want, got any, errs []*fault.Error, failure error) string {
	if failure != nil {
		return "failure: " + failure.Error()
	}
	for _, m := range l.members {
		if v := m.Violations(); len(v) > 0 {
			return "a subgraph was asked what it cannot answer: " + v[0]
		}
	}
	for _, e := range errs {
		if e.Code != fault.ExpressionFailed && !l.hides(e) {
			return "an error nobody expects: " + e.Error() + " at " + fault.PathString(e.Path)
		}
	}
	if found := testkit.Diff(want, got, true); found != "" {
		return "data: " + found
	}
	if o.failed == 0 && len(errs) > 0 && errs[0].Code == fault.ExpressionFailed {
		return "an expression failed that does not: " + fault.PathString(errs[0].Path)
	}
	return ""
}

// hides reports whether an error is about an enum value that the client does not
// have.
func (l *lab) hides(e *fault.Error) bool {
	if e.Code != fault.ResponseValidationFailed || !strings.Contains(e.Message, "enum") {
		return false
	}
	return slices.ContainsFunc(l.g.kind("Tone").values, func(v *enumValue) bool { return v.hidden })
}
