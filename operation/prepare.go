package operation

import (
	"context"
	"errors"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// Prepare returns the operation r selects, validated and normalised over v.
// It does not look at r's variables.
//
// Errors are GRAPHQL_PARSE_FAILED, OPERATION_RESOLUTION_FAILURE,
// GRAPHQL_VALIDATION_FAILED (a [fault.List], in document order as far as rules
// allow) and OPERATION_LIMIT_EXCEEDED. Messages name nothing v does not show.
// The time it takes is bounded whatever the document says, see limits.go.
func Prepare(ctx context.Context, v *schema.View, r *Request) (*Operation, error) {
	doc, err := parse(r)
	if err != nil {
		return nil, err
	}
	def, err := choose(doc, r.Name)
	if err != nil {
		return nil, err
	}
	if err := newFragmentGraph(doc).check(doc); err != nil {
		return nil, err
	}
	if err := validate(v, doc); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, cancelled(err)
	}
	n := newNormaliser(v, doc)
	nodes, err := n.operation(def)
	if err != nil {
		return nil, err
	}
	return lower(n, def, nodes)
}

func cancelled(err error) *fault.Error {
	e := &fault.Error{Code: fault.InternalServerError, Message: "The request was cancelled.", Cause: err}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Code, e.Message = fault.GatewayTimeout, "The request timed out."
	}
	return e
}

func kindOf(op ast.Operation) plan.Kind {
	switch op {
	case ast.Mutation:
		return plan.Mutation
	case ast.Subscription:
		return plan.Subscription
	}
	return plan.Query
}
