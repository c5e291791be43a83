package planner_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

const federation2 = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@context", "@fromContext"])
`

// TestEdgeCases plans one small graph per semantic rule. The header of a case
// says which requests go out in which round (calls), how many (requests), and
// which words must not reach a subgraph (without).
func TestEdgeCases(t *testing.T) {
	golden.Run(t, "testdata/edge", []string{"plan.txt"}, func(t *testing.T, c *golden.Case) {
		p := planCase(t, c, planner.Options{})
		if err := plan.Check(p); err != nil {
			t.Errorf("the plan breaks an invariant: %v", err)
		}
		if want := c.Header("calls"); want != "" && want != "none" {
			if got := calls(p); got != want {
				t.Errorf("calls\n got %s\nwant %s", got, want)
			}
		} else if want == "none" && p.Metrics.Requests != 0 {
			t.Errorf("%d requests, want none", p.Metrics.Requests)
		}
		if want := c.Header("requests"); want != "" && fmt.Sprint(p.Metrics.Requests) != want {
			t.Errorf("%d requests, want %s", p.Metrics.Requests, want)
		}
		for _, rule := range c.Headers("without") {
			subgraph, word, _ := strings.Cut(rule, " ")
			checkWithout(t, p, subgraph, word)
		}
		c.Output(t, "plan.txt", plan.Text(p))
	})
}

// planCase composes the case's subgraphs and plans its query.
func planCase(t *testing.T, c *golden.Case, o planner.Options) *plan.Plan {
	t.Helper()
	graph := composeCase(t, c)
	query := c.Must(t, "query.graphql")
	op, err := operation.Prepare(context.Background(), graph.API, &operation.Request{Document: []byte(query)})
	if err != nil {
		t.Fatal(err)
	}
	if rules, ok := c.Input("out.txt"); ok {
		applyOut(t, op, rules)
	}
	variables, _ := c.Input("variables.json")
	_, conditions, err := op.Coerce([]byte(variables), nil)
	if err != nil {
		t.Fatal(err)
	}
	choice := operation.Choice{Conditions: conditions}
	for i, label := range op.Labels {
		if slices.Contains(c.Headers("labels"), label) {
			choice.Labels |= 1 << i
		}
	}
	p, err := newPlanner(t, graph, o).Plan(context.Background(), op, choice)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func composeCase(t *testing.T, c *golden.Case) *schema.Supergraph {
	t.Helper()
	var inputs []compose.Input
	for _, file := range c.Inputs("subgraphs/") {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "subgraphs/"), ".graphql")
		sdl := c.Must(t, file)
		if c.Header("federation") != "1" {
			sdl = federation2 + sdl
		}
		inputs = append(inputs, compose.Input{Name: name, URL: "http://" + name, SDL: sdl})
	}
	connectors, rows := c.Input("connectors")
	result := compose.Compose(inputs, compose.Options{SkipSatisfiability: rows})
	for _, e := range result.Errors {
		t.Errorf("%s: %s", e.Code, e.Message)
	}
	if !result.OK() {
		t.FailNow()
	}
	graph, err := testkit.WithConnectors(result.Graph, connectors)
	if err != nil {
		t.Fatal(err)
	}
	return graph
}

// calls writes a plan as requests per round: a > b@path | c@{path + path}.
func calls(p *plan.Plan) string {
	paths := map[int][]string{}
	collectPaths(p.Tree, "", paths)
	var rounds [][]string
	for i, f := range p.Fetches {
		if p.Subgraphs[f.Subgraph] == "" {
			continue // introspection is no request
		}
		for len(rounds) <= f.Round {
			rounds = append(rounds, nil)
		}
		call := p.Subgraphs[f.Subgraph]
		if f.Sets[0].Lookup != "" {
			call = f.Sets[0].Lookup
		}
		if at := slices.Compact(slices.Sorted(slices.Values(paths[i]))); len(at) == 1 && at[0] != "" {
			call += "@" + at[0]
		} else if len(at) > 1 {
			call += "@{" + strings.Join(at, " + ") + "}"
		}
		rounds[f.Round] = append(rounds[f.Round], call)
	}
	var text []string
	for _, round := range rounds {
		sort.Strings(round)
		text = append(text, strings.Join(round, " | "))
	}
	return strings.Join(text, " > ")
}

// typeCondition is the part of a path that limits it to some types.
var typeCondition = regexp.MustCompile(`\.\[[^\]]*\]|\|\[[^\]]*\]`)

func collectPaths(n plan.Node, path string, paths map[int][]string) {
	switch n := n.(type) {
	case *plan.SequenceNode:
		for _, child := range n.Nodes {
			collectPaths(child, path, paths)
		}
	case *plan.ParallelNode:
		for _, child := range n.Nodes {
			collectPaths(child, path, paths)
		}
	case *plan.FlattenNode:
		collectPaths(n.Node, typeCondition.ReplaceAllString(strings.Join(n.Path, "."), ""), paths)
	case *plan.FetchNode:
		paths[n.Fetch] = append(paths[n.Fetch], path)
	case *plan.ConditionNode:
		collectPaths(n.If, path, paths)
		collectPaths(n.Else, path, paths)
	case *plan.SubscriptionNode:
		collectPaths(n.Primary, path, paths)
		collectPaths(n.Rest, path, paths)
	}
}

// checkWithout fails if a word stands in a request to the subgraph.
func checkWithout(t *testing.T, p *plan.Plan, subgraph, word string) {
	t.Helper()
	pattern := regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`)
	for _, f := range p.Fetches {
		if p.Subgraphs[f.Subgraph] == subgraph && pattern.MatchString(f.Operation) {
			t.Errorf("%q is asked of %s: %s", word, subgraph, f.Operation)
		}
	}
}
