package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// caseTimeout ends a case that hangs; the slowest fixture waits 60 ms.
const caseTimeout = 10 * time.Second

// runExecution plays every request of every scenario through operation,
// planner and executor over fixture subgraphs, on both of the executor's ways
// to fetch.
func runExecution(s *settings, dir string) ([]*report, error) {
	r := newReport("execution")
	scenarios, err := subdirs(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range scenarios {
		sc, err := loadScenario(filepath.Join(dir, name), name)
		if err != nil {
			return nil, err
		}
		sc.run(s, r)
	}
	return []*report{r}, nil
}

// scenario is one federated graph with its requests.
type scenario struct {
	name     string
	given    string // supergraph SDL as composed elsewhere
	sdls     map[string]string
	fixtures map[string]*testkit.Fixture
	cases    []*testkit.Object
}

func loadScenario(dir, name string) (*scenario, error) {
	given, err := os.ReadFile(filepath.Join(dir, "supergraph.graphql"))
	if err != nil {
		return nil, err
	}
	sc := &scenario{name: name, given: string(given), fixtures: map[string]*testkit.Fixture{}}
	if sc.sdls, err = readSDLs(dir); err != nil {
		return nil, err
	}
	for sub, sdl := range sc.sdls {
		data, err := os.ReadFile(filepath.Join(dir, "data", sub+".json"))
		if err != nil {
			return nil, err
		}
		if sc.fixtures[sub], err = testkit.LoadFixture(sub, []byte(sdl), data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	list, err := readExact(filepath.Join(dir, "cases.json"))
	if err != nil {
		return nil, err
	}
	items, _ := list.([]any)
	for _, c := range items {
		if o, ok := c.(*testkit.Object); ok {
			sc.cases = append(sc.cases, o)
		}
	}
	return sc, nil
}

// variant is one way to run a scenario.
type variant struct {
	name string
	rig  *rig
	err  error // why it cannot run
}

func (sc *scenario) run(s *settings, r *report) {
	selected := slices.DeleteFunc(slices.Clone(sc.cases), func(c *testkit.Object) bool { return !s.run.MatchString(sc.caseName(c)) })
	if len(selected) == 0 {
		return
	}
	variants := sc.variants(s)
	for _, c := range selected {
		reason, detail := "", ""
		for _, v := range variants {
			if reason, detail = v.play(c); reason != "" {
				reason = v.name + ": " + reason
				break
			}
		}
		r.add(sc.caseName(c), reason, detail)
	}
}

func (sc *scenario) caseName(c *testkit.Object) string { return sc.name + "/" + c.Text("name") }

// variants builds what -compose asks for, each with and without Starter.
func (sc *scenario) variants(s *settings) []variant {
	var list []variant
	add := func(name string, graph *schema.Supergraph, err error) {
		for _, starts := range []bool{false, true} {
			v := variant{name: name + " supergraph", err: err}
			if starts {
				v.name += ", started calls"
			}
			if err == nil {
				v.rig, v.err = newRig(graph, sc.fixtures, starts)
			}
			list = append(list, v)
		}
	}
	if s.compose != "own" {
		graph, err := schema.Load(sc.given)
		add("given", graph, err)
	}
	if s.compose != "given" {
		graph, err := composeGraph(sc.sdls)
		add("own", graph, err)
	}
	return list
}

// play runs one case and returns why it fails, with what helps to find out.
func (v *variant) play(c *testkit.Object) (reason, detail string) {
	if v.err != nil {
		return firstLine(v.err), v.err.Error()
	}
	v.rig.reset()
	ask := &testkit.Ask{Query: c.Text("query"), OperationName: c.Text("operationName")}
	if variables, ok := c.Get("variables"); ok {
		ask.Variables = []byte(testkit.FormatJSON(variables))
	}
	if gateway, ok := c.Value("gateway").(*testkit.Object); ok {
		labels, _ := gateway.Value("overrideLabels").([]any)
		for _, l := range labels {
			ask.Labels = append(ask.Labels, fmt.Sprint(l))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), caseTimeout)
	defer cancel()
	expected, _ := c.Value("expected").(*testkit.Object)
	var answer *testkit.Answer
	if events, ok := expected.Value("events").([]any); ok {
		answer, reason = v.follow(ctx, ask, events)
	} else {
		answer = v.rig.gateway.Do(ctx, ask)
		reason = v.judge(expected, answer)
	}
	if reason != "" {
		detail = explain(ask, answer, expected, v.rig.log)
	}
	return reason, detail
}

// follow plays a subscription to its end.
func (v *variant) follow(ctx context.Context, ask *testkit.Ask, want []any) (*testkit.Answer, string) {
	answer, events := v.rig.gateway.Stream(ctx, ask)
	switch {
	case answer.Failure != nil:
		return answer, answer.Failure.Error()
	case len(answer.Errors) > 0:
		return answer, "no stream: " + fault.List(answer.Errors).Error()
	case len(events) != len(want):
		return answer, fmt.Sprintf("want %d events, got %d", len(want), len(events))
	}
	for i, event := range events {
		expected, _ := want[i].(*testkit.Object)
		if reason := v.judge(expected, event); reason != "" {
			return event, fmt.Sprintf("event %d: %s", i, reason)
		}
	}
	return answer, ""
}

func (v *variant) judge(expected *testkit.Object, answer *testkit.Answer) string {
	if answer.Failure != nil {
		return answer.Failure.Error()
	}
	if expected.Value("requestError") == true {
		switch {
		case !answer.Refused:
			return "want a request error, got " + string(answer.Body)
		case len(v.rig.log.Records()) > 0:
			return "a subgraph was contacted for a request error"
		}
		return ""
	}
	if answer.Refused {
		return "refused: " + fault.List(answer.Errors).Error()
	}
	if d := testkit.Diff(expected.Value("data"), answer.Data, expected.Value("merged") != true); d != "" {
		return d
	}
	return judgeErrors(expected.Value("errors"), answer.Errors)
}

// explain prints what a developer needs to debug a case.
func explain(ask *testkit.Ask, answer *testkit.Answer, expected *testkit.Object, log *testkit.FetchLog) string {
	var b strings.Builder
	fmt.Fprintf(&b, "query: %s\n", ask.Query)
	if ask.Variables != nil {
		fmt.Fprintf(&b, "variables: %s\n", ask.Variables)
	}
	if len(ask.Labels) > 0 {
		fmt.Fprintf(&b, "labels: %s\n", strings.Join(ask.Labels, ", "))
	}
	fmt.Fprintf(&b, "want: %s\ngot:  %s\n", testkit.FormatJSON(expected), answer.Body)
	if answer.Failure != nil {
		fmt.Fprintf(&b, "failure: %v\n", answer.Failure)
	}
	for _, e := range answer.Errors {
		fmt.Fprintf(&b, "error at %s: %v\n", fault.PathString(e.Path), e)
	}
	if answer.Plan != nil {
		fmt.Fprintf(&b, "plan:\n%s\n", indent(testkit.PlanText(answer.Plan)))
	}
	fmt.Fprintf(&b, "requests:\n%s", indent(log.String()))
	return b.String()
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// rig is a gateway over fixtures.
type rig struct {
	gateway  *testkit.Gateway
	fixtures map[string]*testkit.Fixture
	log      *testkit.FetchLog
}

func newRig(graph *schema.Supergraph, fixtures map[string]*testkit.Fixture, starts bool) (*rig, error) {
	r := &rig{fixtures: fixtures, log: &testkit.FetchLog{}}
	introspection := introspectionOf(graph)
	var err error
	r.gateway, err = testkit.NewGateway(graph, func(name string) subgraphs.Source {
		if name == "" {
			return introspection
		}
		if f := fixtures[name]; f != nil {
			return &testkit.Source{Name: name, Server: f, Starts: starts, Log: r.log}
		}
		return nil
	})
	return r, err
}

func (r *rig) reset() {
	for _, f := range r.fixtures {
		f.Reset()
	}
	r.log.Reset()
}
