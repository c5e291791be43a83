package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/stages"
	"github.com/weftql/weft/stages/auth"
	"github.com/weftql/weft/subgraphs"
)

// lab is one graph ready for operations.
type lab struct {
	supergraph string
	graph      *schema.Supergraph
	members    []*testkit.Member
	world      testkit.World
	log        *testkit.FetchLog
	gateway    *testkit.Gateway
	preparer   *operation.Preparer
	chain      *stages.Chain
	rights     *auth.Rights
}

// errCompose marks graphs that do not compose.
var errCompose = errors.New("does not compose")

// operationTimeout ends an operation that hangs.
const operationTimeout = 10 * time.Second

// policies are those of the lab: two say what the caller's roles are, one looks
// at the argument n.
var policies = config.Policies{
	"p":     {Expr: `"p" in principal.roles`},
	"q":     {Expr: `"q" in principal.roles`},
	"small": {Expr: `args.n < 5`},
}

var federation = strings.NewReplacer(`, "@authenticated", "@requiresScopes", "@policy"`, "")

// newLab composes a graph. old takes off what composition propagates.
func newLab(sdls map[string]string, old, starts bool) (*lab, error) {
	var inputs []compose.Input
	for _, name := range slices.Sorted(maps.Keys(sdls)) {
		inputs = append(inputs, compose.Input{Name: name, URL: "http://" + name, SDL: sdls[name]})
	}
	result := compose.Compose(inputs, compose.Options{})
	if !result.OK() {
		return nil, fmt.Errorf("%w: %s: %s", errCompose, result.Errors[0].Code, result.Errors[0].Message)
	}
	l := &lab{supergraph: result.Graph.SDL, graph: result.Graph, log: &testkit.FetchLog{}}
	var err error
	if old {
		l.supergraph = stripped(l.supergraph)
		if l.graph, err = schema.Load(l.supergraph); err != nil {
			return nil, err
		}
	}
	if err := l.federate(sdls, starts); err != nil {
		return nil, err
	}
	l.preparer = operation.NewPreparer(l.graph.API, operation.Limits{})
	if l.rights, err = auth.NewRights(auth.RightsOptions{Graph: l.graph, Policies: policies}); err != nil || l.rights == nil {
		return l, err
	}
	l.chain = stages.NewChain(nil, l.rights.Stage())
	return l, nil
}

// federate sets the subgraphs up. They do not know the directives.
func (l *lab) federate(sdls map[string]string, starts bool) error {
	plain := map[string]string{}
	for name, sdl := range sdls {
		plain[name] = ownRequire.ReplaceAllString(federation.Replace(sdl), "")
	}
	var err error
	if l.members, err = testkit.Federate(nil, plain, nil); err != nil {
		return err
	}
	var schemas []*testkit.SubgraphSchema
	sources := map[string]subgraphs.Source{}
	for _, m := range l.members {
		schemas = append(schemas, m.Schema())
		sources[m.Name] = &testkit.Source{Name: m.Name, Server: m, Log: l.log, Starts: starts}
	}
	if l.world, err = testkit.NewMock(l.graph.AST, schemas); err != nil {
		return err
	}
	for _, m := range l.members {
		m.World = l.world
	}
	l.gateway, err = testkit.NewGateway(l.graph, func(name string) subgraphs.Source { return sources[name] })
	return err
}

// question is one operation of one person.
type question struct {
	query, variables string
	person           person
}

func drawPerson(rng *rand.Rand) person {
	p := person{authenticated: rng.IntN(3) > 0}
	if p.authenticated {
		p.scopes, p.policies = some(rng, []string{"a", "b", "c"}, 0, 3), some(rng, []string{"p", "q"}, 0, 2)
	}
	return p
}

// caller is the person as authentication leaves it.
func (p *person) caller() *caller.Caller {
	who := &caller.Principal{Kind: "anonymous"}
	if p.authenticated {
		who = &caller.Principal{Kind: "jwt", Subject: "somebody", Scopes: p.scopes, Roles: p.policies}
	}
	return &caller.Caller{Method: "POST", Principal: who}
}

// reply is what the gateway made of a question.
type reply struct {
	data     any
	errors   []*fault.Error
	removed  []string
	failure  error
	requests []testkit.FetchRecord
	denied   bool
}

// ask takes a question through the gateway.
func (l *lab) ask(ctx context.Context, q *question) *reply {
	l.log.Reset()
	r := &reply{}
	request := &operation.Request{Document: []byte(q.query), Variables: []byte(q.variables), Caller: q.person.caller()}
	op, err := l.preparer.Prepare(ctx, request)
	if err != nil {
		return &reply{failure: err}
	}
	values, conditions, err := op.Coerce(request.Variables, nil)
	if err != nil {
		return &reply{failure: err}
	}
	c := &stages.Call{Caller: request.Caller}
	if err := l.check(ctx, c, op, values); err != nil {
		return &reply{failure: err}
	}
	if c.Denied != 0 {
		r.denied = true
		if op, err = l.preparer.Restrict(ctx, request, c.Denied); err != nil {
			return &reply{failure: err}
		}
		if values, conditions, err = op.Coerce(request.Variables, nil); err != nil {
			return &reply{failure: err}
		}
		verdict := l.rights.Verdict(op, conditions, request.Caller.Principal)
		for _, e := range verdict.Errors {
			r.removed = append(r.removed, place(e))
		}
		if verdict.Nothing {
			return r
		}
	}
	answer := l.gateway.Run(ctx, op, values, operation.Choice{Conditions: conditions})
	r.data, r.errors, r.failure, r.requests = answer.Data, answer.Errors, answer.Failure, l.log.Records()
	return r
}

func (l *lab) check(ctx context.Context, c *stages.Call, op *operation.Operation, values operation.Values) error {
	notes, err := l.chain.Prepare(op)
	if err != nil {
		return err
	}
	if err := l.chain.Enter(ctx, c); err != nil {
		return err
	}
	c.Operation, c.Values = op, values
	return l.chain.Check(ctx, c, notes)
}

func place(e *fault.Error) string {
	steps := make([]string, len(e.Path))
	for i, s := range e.Path {
		steps[i] = s.Key
	}
	return strings.Join(steps, "/")
}

// outcome is one judged operation: problem "" is a good one.
type outcome struct {
	problem, want, got, log string
	removed                 int
	nothing, invalid        bool
}

// judge asks a question and judges the answer.
func (l *lab) judge(q *question) *outcome {
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	variables, err := testkit.ParseObject([]byte(q.variables))
	if err != nil {
		return &outcome{problem: err.Error()}
	}
	d, err := testkit.ParseDocument(l.graph.API.AST, q.query, "")
	if err != nil {
		return &outcome{invalid: true, problem: err.Error()}
	}
	full, err := testkit.ParseDocument(l.graph.API.AST, strings.ReplaceAll(q.query, "{", "{ "+typeName+": __typename "), "")
	if err != nil {
		return &outcome{invalid: true, problem: err.Error()}
	}
	whole := testkit.Execute(ctx, full, testkit.WorldResolver{World: l.world}, variables)
	if whole.Data == nil || len(whole.Errors) > 0 {
		return &outcome{problem: "the oracle has no whole answer: " + string(whole.Append(nil))}
	}
	root := l.graph.AST.Query
	if d.Operation.Operation == ast.Mutation {
		root = l.graph.AST.Mutation
	}
	o := judge(law{l.graph.AST, q.person}, d, root, variables)
	r := l.ask(ctx, q)
	out := &outcome{removed: len(o.places), nothing: r.data == nil, got: testkit.FormatJSON(r.data) + "\nremoved: " + strings.Join(r.removed, ", "), log: l.log.String()}
	var want any
	if left, ok := o.left(whole.Data, d); ok {
		want = left
	}
	out.want = testkit.FormatJSON(want) + "\nremoved: " + strings.Join(slices.Sorted(maps.Keys(o.places)), ", ")
	out.problem = l.compare(o, r, whole.Data, want, d)
	return out
}

// compare returns what is wrong with a reply, "" if nothing is.
func (l *lab) compare(o *oracle, r *reply, whole *testkit.Object, want any, d *testkit.Document) string {
	if r.failure != nil {
		return "failure: " + r.failure.Error()
	}
	if len(r.errors) > 0 {
		return "an error nobody expects: " + r.errors[0].Error()
	}
	for _, m := range l.members {
		if v := m.Violations(); len(v) > 0 {
			return "a subgraph was asked what it cannot answer: " + v[0]
		}
	}
	if o.whole { // every member of a removed operation's answer is a leak
		if r.data != nil {
			return "an answer of an operation that is not for the caller"
		}
	} else if found := o.leak(whole, r.data, []part{{set: d.Operation.SelectionSet}}, ""); found != "" {
		return "leak: " + found
	}
	s := newSpy(o.law, l.members)
	for _, request := range r.requests {
		for _, m := range l.members {
			if m.Name != request.Subgraph {
				continue
			}
			if found := s.look(m, request); found != "" {
				return "spy: " + m.Name + " was asked for " + found
			}
		}
	}
	if found := subset(whole, r.data, ""); found != "" {
		return "subset: " + found
	}
	removed := slices.Sorted(maps.Keys(o.places))
	slices.Sort(r.removed)
	if !slices.Equal(removed, r.removed) {
		return "errors: other places than the oracle removes"
	}
	if deferred(d.Operation.SelectionSet) {
		// A null that its place may not have ends at the deferred fragment, so that
		// more may be left.
		if found := subset(r.data, want, ""); found != "" {
			return "data: less than the oracle leaves: " + found
		}
	} else if found := testkit.Diff(want, r.data, false); found != "" {
		return "data: " + found
	}
	return ""
}

// deferred reports whether a set has a deferred fragment somewhere.
func deferred(set ast.SelectionSet) bool {
	for _, sel := range set {
		var below ast.SelectionSet
		switch sel := sel.(type) {
		case *ast.Field:
			below = sel.SelectionSet
		case *ast.InlineFragment:
			if sel.Directives.ForName("defer") != nil {
				return true
			}
			below = sel.SelectionSet
		case *ast.FragmentSpread:
			below = sel.Definition.SelectionSet
		}
		if deferred(below) {
			return true
		}
	}
	return false
}
