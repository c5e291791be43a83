package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// runPlans plans every operation and executes the plan in the simulator. The
// first report counts valid plans, the second those that are also as good as
// the best known ones.
func runPlans(s *settings, dir string) ([]*report, error) {
	valid, good := newReport("plans-valid"), newReport("plans")
	good.informative = true
	graphs, err := subdirs(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range graphs {
		g, err := loadGraph(filepath.Join(dir, name), name)
		if err != nil {
			return nil, err
		}
		g.run(s, valid, good)
	}
	return []*report{valid, good}, nil
}

// graph is one plan vector: a supergraph in the mock world.
type graph struct {
	name, dir string
	responses *testkit.Object
	expected  expectedPlans
	members   []*testkit.Member
	gateway   *testkit.Gateway
	log       *testkit.FetchLog
}

// expectedPlans is what expected.json says, as far as it decides.
type expectedPlans struct {
	Operations map[string]struct {
		Kind string `json:"kind"`
		Best struct {
			Fetches int `json:"fetches"`
			Depth   int `json:"depth"`
		} `json:"best"`
	} `json:"operations"`
}

func loadGraph(dir, name string) (*graph, error) {
	g := &graph{name: name, dir: dir, log: &testkit.FetchLog{}}
	if err := readJSON(filepath.Join(dir, "expected.json"), &g.expected); err != nil {
		return nil, err
	}
	responses, err := readExact(filepath.Join(dir, "responses.json"))
	if err != nil {
		return nil, err
	}
	g.responses, _ = responses.(*testkit.Object)
	sdl, err := os.ReadFile(filepath.Join(dir, "supergraph.graphql"))
	if err != nil {
		return nil, err
	}
	super, err := schema.Load(string(sdl))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return g, g.simulate(super)
}

// simulate builds the mock world, its subgraphs and the gateway over them.
func (g *graph) simulate(super *schema.Supergraph) error {
	sdls, err := readSDLs(g.dir)
	if err != nil {
		return err
	}
	world := &testkit.Mock{}
	if g.members, err = testkit.Federate(world, sdls, nil); err != nil {
		return fmt.Errorf("%s: %w", g.name, err)
	}
	var schemas []*testkit.SubgraphSchema
	for _, m := range g.members {
		schemas = append(schemas, m.Schema())
	}
	mock, err := testkit.NewMock(super.AST, schemas)
	if err != nil {
		return fmt.Errorf("%s: %w", g.name, err)
	}
	*world = *mock
	introspection := introspectionOf(super)
	g.gateway, err = testkit.NewGateway(super, func(name string) subgraphs.Source {
		if name == "" {
			return introspection
		}
		for _, m := range g.members {
			if m.Name == name {
				return &testkit.Source{Name: name, Server: m, Log: g.log}
			}
		}
		return nil
	})
	return err
}

func (g *graph) run(s *settings, valid, good *report) {
	for _, name := range slices.Sorted(maps.Keys(g.expected.Operations)) {
		id := g.name + "/" + name
		if !s.run.MatchString(id) {
			continue
		}
		reason, detail := g.validate(name)
		valid.add(id, reason, detail)
		if reason != "" {
			good.add(id, "not valid", "")
			continue
		}
		reason, detail = g.measure(name)
		good.add(id, reason, detail)
	}
}

func (g *graph) query(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(g.dir, "operations", name+".graphql"))
	return string(text), err
}

// validate executes the plan for every variable assignment.
func (g *graph) validate(name string) (reason, detail string) {
	query, err := g.query(name)
	if err != nil {
		return err.Error(), ""
	}
	list, _ := g.responses.Value(name).([]any)
	if len(list) == 0 {
		return "responses.json has no response", ""
	}
	for _, item := range list {
		c, _ := item.(*testkit.Object)
		ask := &testkit.Ask{Query: query}
		if variables, ok := c.Value("variables").(*testkit.Object); ok && variables.Len() > 0 {
			ask.Variables = []byte(testkit.FormatJSON(variables))
		}
		g.log.Reset()
		for _, m := range g.members {
			m.Reset()
		}
		ctx, cancel := context.WithTimeout(context.Background(), caseTimeout)
		answer := g.answer(ctx, name, ask)
		cancel()
		if reason := g.judge(c, answer); reason != "" {
			return reason, explain(ask, answer, c, g.log)
		}
	}
	return "", ""
}

// answer runs the operation; of a subscription the one event counts.
func (g *graph) answer(ctx context.Context, name string, ask *testkit.Ask) *testkit.Answer {
	if g.expected.Operations[name].Kind != "subscription" {
		return g.gateway.Do(ctx, ask)
	}
	answer, events := g.gateway.Stream(ctx, ask)
	if len(events) == 1 && answer.Failure == nil {
		return events[0]
	}
	if answer.Failure == nil {
		answer.Failure = fmt.Errorf("stream of %d events: %w", len(events), fault.List(answer.Errors))
	}
	return answer
}

func (g *graph) judge(c *testkit.Object, answer *testkit.Answer) string {
	if answer.Failure != nil {
		return answer.Failure.Error()
	}
	for _, m := range g.members {
		if v := m.Violations(); len(v) > 0 {
			return "violation: " + v[0]
		}
	}
	if len(answer.Errors) > 0 {
		return "error: " + answer.Errors[0].Error()
	}
	return testkit.Diff(c.Value("data"), answer.Data, true)
}

// measure compares requests and rounds, the maximum over all assignments of the
// condition variables, with the best known plan.
func (g *graph) measure(name string) (reason, detail string) {
	query, err := g.query(name)
	if err != nil {
		return err.Error(), ""
	}
	ask := &testkit.Ask{Query: query}
	list, _ := g.responses.Value(name).([]any)
	requests, rounds, worst := 0, 0, ""
	for _, item := range list {
		c, _ := item.(*testkit.Object)
		if variables, ok := c.Value("variables").(*testkit.Object); ok && variables.Len() > 0 {
			ask.Variables = []byte(testkit.FormatJSON(variables))
		}
		p, conditions, err := g.plan(ask)
		if err != nil {
			return err.Error(), ""
		}
		n, depth := countFetches(p, conditions)
		if n >= requests {
			requests, worst = n, testkit.PlanText(p)
		}
		rounds = max(rounds, depth)
	}
	best := g.expected.Operations[name].Best
	if requests > best.Fetches || rounds > best.Depth {
		return fmt.Sprintf("%d requests in %d rounds, best is %d in %d", requests, rounds, best.Fetches, best.Depth), worst
	}
	return "", ""
}

func (g *graph) plan(ask *testkit.Ask) (*plan.Plan, uint64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), caseTimeout)
	defer cancel()
	op, _, choice, err := g.gateway.Prepare(ctx, ask)
	if err != nil {
		return nil, 0, err
	}
	p, err := g.gateway.Plan(ctx, op, choice)
	if err == nil && p == nil {
		err = errors.New("no plan")
	}
	return p, choice.Conditions, err
}

// countFetches counts the requests a plan makes under conditions, and the
// longest chain of them.
func countFetches(p *plan.Plan, conditions uint64) (requests, rounds int) {
	depth := make([]int, len(p.Fetches))
	for i, f := range p.Fetches {
		if p.Subgraphs[f.Subgraph] == "" || !f.Guard.Holds(conditions) {
			continue
		}
		requests++
		depth[i] = 1
		for _, j := range f.After {
			depth[i] = max(depth[i], depth[j]+1)
		}
		rounds = max(rounds, depth[i])
	}
	return requests, rounds
}
