package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weftql/weft"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

func planCommand() *cobra.Command {
	var r planRequest
	c := &cobra.Command{
		Use: "plan", Short: "Show how an operation would be run",
		Long: `Show which requests an operation makes, in which order, without making them:

  weft plan --supergraph supergraph.graphql --operation query.graphql
  weft plan --supergraph supergraph.graphql --operation query.graphql --variables '{"id":"1"}' --format json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := format(r.format, "text", "json", "explain"); err != nil {
				return err
			}
			if r.supergraph == "" || r.operation == "" {
				return &usageError{errors.New("name the supergraph and the operation with --supergraph and --operation")}
			}
			return r.run(c.Context(), c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&r.supergraph, "supergraph", "", "composed supergraph, a file")
	c.Flags().StringVar(&r.operation, "operation", "", "file with the operation")
	c.Flags().StringVar(&r.name, "name", "", "name of the operation, if the file has several")
	c.Flags().StringVar(&r.variables, "variables", "", "variables as a JSON object; without them defaults hold, and conditions without one are false")
	c.Flags().StringVar(&r.format, "format", "text", "text, json or explain")
	return c
}

type planRequest struct {
	supergraph, operation, name, variables, format string
}

func (r *planRequest) run(ctx context.Context, stdout io.Writer) error {
	sdl, err := os.ReadFile(r.supergraph)
	if err != nil {
		return &environmentError{err}
	}
	document, err := os.ReadFile(r.operation)
	if err != nil {
		return &environmentError{err}
	}
	graph, err := weft.LoadSupergraph(string(sdl))
	if err != nil {
		return weft.Located(r.supergraph, err)
	}
	shown, err := r.plan(ctx, graph, document)
	if err != nil {
		return err
	}
	return shown.print(stdout, r.format)
}

// planned is a plan and how it came about.
type planned struct {
	plan  *plan.Plan
	trace planner.Trace
	spent time.Duration
}

// plan takes the way a request takes, up to the plan.
func (r *planRequest) plan(ctx context.Context, graph *schema.Supergraph, document []byte) (*planned, error) {
	var variables []byte
	if r.variables != "" {
		variables = []byte(r.variables)
		if !json.Valid(variables) {
			return nil, &usageError{errors.New("--variables is not JSON")}
		}
	}
	op, err := operation.Prepare(ctx, graph.API, &operation.Request{Document: document, Name: r.name, Variables: variables})
	if err != nil {
		return nil, r.located(err)
	}
	var choice operation.Choice
	_, conditions, err := op.Coerce(variables, nil)
	switch {
	case err == nil:
		choice.Conditions = conditions
	case variables != nil:
		return nil, err
	default:
		// A variable without a default is missing. What a plan looks like
		// depends on conditions only, so it is that of false ones.
	}
	out := &planned{}
	planning, err := planner.New(graph, planner.Options{Trace: &out.trace})
	if err != nil {
		return nil, err
	}
	start := time.Now()
	out.plan, err = planning.Plan(ctx, op, choice)
	out.spent = time.Since(start)
	return out, err
}

// located puts the place in the operation's file before each message, in the
// order of the file.
func (r *planRequest) located(err error) error {
	var list fault.List
	for _, f := range fault.Of(err) {
		shown := *f
		if len(f.Locations) > 0 {
			at := f.Locations[0]
			shown.Message = fmt.Sprintf("%s:%d:%d: %s", r.operation, at.Line, at.Column, f.Message)
		}
		list = append(list, &shown)
	}
	slices.SortStableFunc(list, func(x, y *fault.Error) int {
		if len(x.Locations) == 0 || len(y.Locations) == 0 {
			return cmp.Compare(len(x.Locations), len(y.Locations))
		}
		p, q := x.Locations[0], y.Locations[0]
		return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
	})
	return list
}

func (p *planned) print(stdout io.Writer, form string) error {
	milliseconds := float64(p.spent.Microseconds()) / 1000
	m := p.plan.Metrics
	switch form {
	case "json":
		return encode(stdout, planJSON{Plan: plan.JSON(p.plan), Metrics: planMetrics{
			Requests: m.Requests, Rounds: m.Rounds, Subgraphs: m.Subgraphs, Approximate: m.Approximate, PlanMs: milliseconds,
		}})
	case "explain":
		passes := strings.Join(p.trace.Passes(), ", ")
		if passes == "" {
			passes = "none"
		}
		if _, err := fmt.Fprintf(stdout, "# requests %d, rounds %d, subgraphs %d, planned in %.3f ms with %d units of work\n# passes that changed something: %s\n",
			m.Requests, m.Rounds, m.Subgraphs, milliseconds, m.Work, passes); err != nil {
			return err
		}
		if m.Approximate {
			if _, err := fmt.Fprintln(stdout, "# the search was cut short: a cheaper plan may exist"); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintln(stdout, strings.TrimRight(plan.Text(p.plan), "\n"))
	return err
}

// planJSON is the output of --format json.
type planJSON struct {
	Plan    json.RawMessage `json:"plan"`
	Metrics planMetrics     `json:"metrics"`
}

type planMetrics struct {
	Requests    int     `json:"requests"`
	Rounds      int     `json:"rounds"`
	Subgraphs   int     `json:"subgraphs"`
	Approximate bool    `json:"approximate"`
	PlanMs      float64 `json:"planMs"`
}
