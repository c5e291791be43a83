package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

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
	c.Flags().StringVar(&r.variables, "variables", "", "variables as a JSON object; @skip and @include depend on them")
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
	graph, err := schema.Load(string(sdl))
	if err != nil {
		return err
	}
	p, spent, err := r.plan(ctx, graph, document)
	if err != nil {
		return err
	}
	return r.print(stdout, p, spent)
}

// plan takes the way a request takes, up to the plan.
func (r *planRequest) plan(ctx context.Context, graph *schema.Supergraph, document []byte) (*plan.Plan, time.Duration, error) {
	var variables []byte
	if r.variables != "" {
		variables = []byte(r.variables)
		if !json.Valid(variables) {
			return nil, 0, &usageError{errors.New("--variables is not JSON")}
		}
	}
	op, err := operation.Prepare(ctx, graph.API, &operation.Request{Document: document, Name: r.name, Variables: variables})
	if err != nil {
		return nil, 0, err
	}
	var choice operation.Choice
	if _, choice.Conditions, err = op.Coerce(variables, nil); err != nil {
		return nil, 0, err
	}
	planning, err := planner.New(graph, planner.Options{})
	if err != nil {
		return nil, 0, err
	}
	start := time.Now()
	p, err := planning.Plan(ctx, op, choice)
	return p, time.Since(start), err
}

func (r *planRequest) print(stdout io.Writer, p *plan.Plan, spent time.Duration) error {
	if r.format != "json" {
		return encode(stdout, p)
	}
	return encode(stdout, planJSON{Plan: nil, Metrics: planMetrics{
		Requests: p.Metrics.Requests, Rounds: p.Metrics.Rounds, Subgraphs: p.Metrics.Subgraphs,
		Approximate: p.Metrics.Approximate, PlanMs: float64(spent.Microseconds()) / 1000,
	}})
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
