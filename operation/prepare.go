package operation

import (
	"context"
	"errors"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// Preparer prepares operations over one view. It keeps what documents have in
// common, such as compiled input types, so a gateway makes one per view. It is
// safe for concurrent use.
type Preparer struct {
	view   *schema.View
	limits Limits
	// checked is the view's schema as validation sees it.
	checked *ast.Schema
	types   *inputTypes
	objects objectTypes
	rights  *rights
}

// NewPreparer returns a preparer for documents over v.
func NewPreparer(v *schema.View, l Limits) *Preparer {
	l = l.withDefaults()
	return &Preparer{
		view: v, limits: l, checked: withIncremental(v.AST),
		types: newInputTypes(v.AST, l.Nesting), objects: objectTypes{view: v},
		rights: newRights(v.Supergraph),
	}
}

// Prepare prepares one operation over v with the default limits.
func Prepare(ctx context.Context, v *schema.View, r *Request) (*Operation, error) {
	return NewPreparer(v, Limits{}).Prepare(ctx, r)
}

// Prepare returns the operation r selects, validated and normalised. It does
// not look at r's variables.
//
// Errors are TOO_MANY_TOKENS, GRAPHQL_PARSE_FAILED,
// OPERATION_RESOLUTION_FAILURE, GRAPHQL_VALIDATION_FAILED (a [fault.List], in
// document order as far as rules allow) and OPERATION_LIMIT_EXCEEDED. Messages
// name nothing the view does not show. The time it takes is bounded whatever
// the document says, see [Limits].
func (p *Preparer) Prepare(ctx context.Context, r *Request) (*Operation, error) {
	doc, def, err := p.document(ctx, r)
	if err != nil {
		return nil, err
	}
	n := newNormaliser(p, doc)
	nodes, err := n.operation(def)
	if err != nil {
		return nil, err
	}
	return p.finish(n, doc, def, nodes)
}

// finish returns the operation for the merged fields of def. Its shape is the
// document's, whatever authorization removed.
func (p *Preparer) finish(n *normaliser, doc *ast.QueryDocument, def *ast.OperationDefinition, nodes []*node) (*Operation, error) {
	op, err := p.lower(n, def, nodes)
	if err == nil {
		op.Shape = shapeOf(doc, def)
	}
	return op, err
}

// document returns the validated document of a request and the operation it
// selects.
func (p *Preparer) document(ctx context.Context, r *Request) (*ast.QueryDocument, *ast.OperationDefinition, error) {
	doc, err := parse(r, &p.limits)
	if err != nil {
		return nil, nil, err
	}
	def, err := choose(doc, r.Name)
	if err != nil {
		return nil, nil, err
	}
	if err := newFragmentGraph(doc).check(doc, p.limits.walk()); err != nil {
		return nil, nil, err
	}
	if err := p.validate(doc); err != nil {
		return nil, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, cancelled(err)
	}
	return doc, def, nil
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
