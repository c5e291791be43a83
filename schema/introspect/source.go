// Package introspect answers introspection: it is the source named "" that a
// plan fetches __schema and __type from.
//
// [New] makes a [subgraphs.Source] for one view. Its Prepare takes the text of
// an operation that selects nothing but __schema, __type and __typename, with
// aliases, arguments, variables and fragments as a client wrote them; the
// answers are written from the view's definitions, so nothing outside of the
// view can appear in one. An operation without variables is answered once,
// while it is prepared. Types and fields stand in the order of the supergraph
// SDL, the types of the specification after them.
//
// The package does not validate: operations come from plans. Everything in it
// is read-only after New and safe for concurrent use.
package introspect

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// maxAnswer bounds an answer in bytes, as for any subgraph. Aliases multiply a
// schema that may be megabytes long itself.
const maxAnswer = 64 << 20

// maxKept is the longest answer kept ready with a plan.
const maxKept = 1 << 20

type source struct{ index *index }

var _ subgraphs.Source = (*source)(nil)

// New returns the source that describes v.
func New(v *schema.View) subgraphs.Source { return &source{newIndex(v.AST)} }

// Prepare compiles the operation of a fetch. It returns INTERNAL_SERVER_ERROR
// for a text that is not one operation.
func (s *source) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	doc, err := parser.ParseQuery(&ast.Source{Input: spec.Operation})
	if err != nil || len(doc.Operations) != 1 {
		return nil, &fault.Error{
			Code: fault.InternalServerError, Message: "internal server error", Cause: err,
		}
	}
	c := &call{index: s.index, doc: doc, def: doc.Operations[0], names: spec.Variables}
	if len(c.def.VariableDefinitions) == 0 {
		c.static = c.compile(nil)
		// Longer answers than maxKept are written anew for each request.
		c.ready, _ = c.answer(nil, c.static, maxKept)
	}
	return c, nil
}

// call is one prepared introspection.
type call struct {
	index *index
	doc   *ast.QueryDocument
	def   *ast.OperationDefinition
	names []string // of the values in a request

	static selection // without variables only
	ready  []byte    // the answer, if it is known and short
}

var (
	_ subgraphs.Call    = (*call)(nil)
	_ subgraphs.Starter = (*call)(nil)
)

// Fetch appends the answer to res.Body. It returns OPERATION_LIMIT_EXCEEDED for
// an answer of more than 64 MiB.
func (c *call) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	if err := ctx.Err(); err != nil {
		return &fault.Error{Code: fault.GatewayTimeout, Message: "The request timed out.", Cause: err}
	}
	return c.write(req, res)
}

func (c *call) write(req *subgraphs.Request, res *subgraphs.Response) error {
	if c.ready != nil {
		res.Body = append(res.Body, c.ready...)
		return nil
	}
	sel := c.static
	if len(c.def.VariableDefinitions) > 0 {
		sel = c.compile(c.variables(req))
	}
	body, err := c.answer(res.Body, sel, maxAnswer)
	if err != nil {
		return err
	}
	res.Body = body
	return nil
}

// Start sends nothing: there is nobody to wait for, so the answer is written in
// Finish, on the goroutine that reads it.
func (c *call) Start(_ context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	return pending{c, req}, nil
}

type pending struct {
	call *call
	req  *subgraphs.Request
}

// Finish writes the answer.
func (p pending) Finish(res *subgraphs.Response) error { return p.call.write(p.req, res) }

// Interrupt has nothing to interrupt.
func (p pending) Interrupt() {}

// answer appends {"data":…} to dst, at most limit bytes.
func (c *call) answer(dst []byte, sel selection, limit int) ([]byte, error) {
	w := &writer{index: c.index, buf: dst, limit: len(dst) + limit}
	w.text(`{"data":{`)
	for i, f := range sel {
		w.key(i, f)
		w.root(f)
	}
	w.text("}}")
	if w.full() {
		return nil, &fault.Error{Code: fault.LimitExceeded, Message: "The answer to the introspection is too large."}
	}
	return w.buf, nil
}
