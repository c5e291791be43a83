// Package operation is a client document's life before planning: parse,
// validate against a view, normalise, coerce variables, hash.
//
// A [Preparer] turns a request's text into an immutable [Operation], which is
// cached and shared; [Operation.Coerce] turns the variables of one request
// into values. Holding an *Operation means it was validated.
package operation

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// Request is one GraphQL request, the same for HTTP, WebSocket, REST faces and
// tests.
type Request struct {
	// Document of a JSON body is the raw string content with its escapes kept;
	// Escaped says so.
	Document []byte
	Escaped  bool
	// DocumentID names a persisted document; Name is the operationName.
	DocumentID, Name string
	// Variables and Extensions are raw JSON objects; nil is absent.
	Variables, Extensions []byte
	Caller                *caller.Caller
	// Stream says that the transport can carry several answers; without it a
	// subscription is refused before it starts.
	Stream bool
	// Profile names the client profile whose face the request came through, a
	// REST path of its; "" leaves it to who asks.
	Profile string
	// Routed says that a path chose the operation, so that DocumentID, Name and
	// Document are none of the client's: the one of this name is meant as it
	// stands by now.
	Routed bool
}

// Operation is one validated and normalised operation over one view. It is
// immutable and shared.
type Operation struct {
	Kind plan.Kind
	Name string
	View *schema.View
	// Select is what to fetch, in supergraph terms, and, where Field.Out says so,
	// how the client gets it.
	Select []Field
	// Variables are the client's in order of first use, those in use nowhere
	// after them, then the extracted literals, whose values are Literals.
	Variables []Variable
	Literals  [][]byte
	// Hash is canonical: layout, variable names and literal values do not count.
	Hash [32]byte
	// Bit i of Choice.Conditions, .Denied and .Labels is entry i of Conditions
	// (indices into Variables), Needs and Labels (override labels). More than 64
	// of one kind is a limit error.
	Conditions []int
	Needs      []Need
	Labels     []string
	// Denied are the places that [Preparer.Restrict] removed.
	Denied []plan.Denied
	// Shape is how large the document is.
	Shape Shape
	// Derive, if set, is to be called after Coerce: it appends the values of the
	// variables behind the literals, which a client profile computes, and may
	// replace others.
	Derive func(c *caller.Caller, v Values) (Values, error)
	// Exprs are the functions plan.Write.Expr names, see executor.Input.
	Exprs []func(c *caller.Caller, args [][]byte, dst []byte) ([]byte, error)
	// ReadsClient: Exprs look at the client's name, version or language; ReadsClaims:
	// Exprs or Derive look at the caller's claims. Answers of callers that differ
	// there are not the same.
	ReadsClient, ReadsClaims bool

	program *coercer // compiled variable checker, see variables.go
}

// Field is one selected field. Fragments are gone: they became On and Guard.
//
// A list of fields follows the order of the document after fragments were
// inlined. Fields with one response name and one guard never share a runtime
// type; fields that differ in guard may, and then both apply where both guards
// hold (their sub-selections merge, at the place of the first).
type Field struct {
	Response, Name string
	// Def is the field as selected: the interface's field under an interface.
	// It is schema.NoField for __typename and for introspection roots.
	Def schema.FieldID
	// On holds the object types the selection applies to; nil is all that can
	// occur here, that is every type of the enclosing field's result.
	On schema.Bits
	// Guard adds to the guards of the enclosing fields: what these decide is
	// not repeated.
	Guard plan.Guard
	Args  []Argument // sorted by name
	Defer *Defer
	// Select may be empty for an object too, when nothing selected can apply:
	// the client then gets {}.
	Select []Field
	// Text is the printed selection set of __schema and __type, over the
	// operation's variables; "" for every other field.
	Text string
	// Out is nil for a field that the client gets as it stands.
	Out *Out
	// Line and Column are where the client wrote the field.
	Line, Column int
}

// Variable is one input of the operation. Type is GraphQL text, followed by
// " = default" when the client declared one.
type Variable struct {
	Name, Type string
}

// Argument is GraphQL text over Variables.
type Argument struct {
	Name, Value string
}

// Defer is one use of @defer; fields of one block share it. A field with none
// belongs to the block of the field around it. If is a condition bit, -1 for
// always. Parent is the block the @defer stands in, as far as it opened below
// the same enclosing field, nil otherwise.
type Defer struct {
	Label  string
	If     int
	Parent *Defer
}

// Out says how the client gets a field, where that is not as it stands.
type Out struct {
	// Hidden: the field is fetched for others and is not in the answer.
	Hidden bool
	// Denied: authorization removed it. It is not fetched; the client gets null,
	// with the consequences null has for its type.
	Denied bool
	// Virtual: the field exists in the client's schema alone. It is not fetched;
	// its Select are hidden fields of the object it stands in, and what
	// Write.Expr is given, in order.
	Virtual bool
	// Type is the field's type in the client's schema; nil is the supergraph's.
	Type *ast.Type
	// Where is the response name of a hidden field in Select: of the outermost
	// list the first object where it is true is taken.
	Where string
	// Write changes the value; Uses and Where stay empty, Select has them.
	Write *plan.Write
}

// Need is an authorization requirement that an operation meets on its way: the
// index of one in View.Supergraph.Requirements, and, where a policy could look
// at them, the arguments of the field that has it.
type Need struct {
	Requirement int
	Args        []Argument

	source *needSource // nil: there are no arguments to look at
}

// Shape counts what a document selects, after fragments were spread: what a
// fragment has counts at each place it is spread.
type Shape struct {
	// Depth is the deepest level of fields. Height is the number of fields, those
	// of one response name in one selection set or fragment counted once;
	// RootFields is that of the operation itself.
	Depth, Height, RootFields int
	// Fragments is the number of definitions.
	Aliases, Directives, Fragments int
}

// Choice picks one plan of an operation.
type Choice struct {
	Conditions, Labels, Denied uint64
}

// Values are coerced variables as raw JSON, by index of Operation.Variables;
// nil is not given.
type Values [][]byte
