// Package planner turns an operation into a plan.
package planner

import (
	"context"
	"errors"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// Options configure a Planner.
type Options struct{}

// Planner plans operations over one supergraph.
type Planner struct{}

// Key identifies a plan: operation hash, snapshot, view, choice, options.
type Key [32]byte

// New builds a planner.
func New(g *schema.Supergraph, o Options) (*Planner, error) { return &Planner{}, nil }

// Key returns the cache key of the plan for op under c.
func (p *Planner) Key(op *operation.Operation, c operation.Choice) Key { return Key{} }

// Plan plans op under c.
func (p *Planner) Plan(ctx context.Context, op *operation.Operation, c operation.Choice) (*plan.Plan, error) {
	return nil, errors.New("planner: not implemented")
}
