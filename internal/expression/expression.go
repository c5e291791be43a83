// Package expression is the expressions of the configuration: conditions and
// keys over who asks and what they ask for. The language is that of
// expr-lang/expr, less what could read a clock, do I/O or run for long.
//
// [Compile] turns text into a [Program], which goroutines may share. Programs
// are pure and always end. What an expression does not look at is not made: a
// name that is in no need of the language's machine, such as principal.sub,
// request.ip ?? "none" or client.name == "ios", is read where it stands and
// allocates nothing.
//
// What is not there is nil: a subject nobody has, a header that was not sent or
// is empty, a claim that is missing or null. The operator ?? names what to take
// instead. Reading below nil gives nil.
package expression

import (
	"errors"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

// Env is what an expression sees of one operation:
//
//	request    ip, method, host, path, id, headers (first values by lower-case name)
//	header     short for request.headers
//	principal  kind, sub, issuer, key_id, tenant, scopes, roles
//	claims     the token's claims
//	client     name, version
//	operation  name, type (query, mutation, subscription), hash
//	bff, graph their names
//	args       a field's arguments, for policies
type Env struct {
	Caller *caller.Caller
	Graph  string
	// Operation is empty before the document is known.
	Operation Operation
	// Args are a field's coerced arguments as raw JSON by name.
	Args map[string][]byte
}

// Operation is what an expression sees of an operation.
type Operation struct {
	Name, Type, Hash string
}

// Kind is what an expression must result in.
type Kind uint8

const (
	// Text is a string or nil; numbers and Booleans become text.
	Text Kind = iota
	// Bool is true or false; nil is false.
	Bool
)

const (
	// maxText and maxNodes bound a program's size. Chosen.
	maxText, maxNodes = 4096, 500
	// maxMemory bounds what one run makes, in elements of lists and maps, which
	// also bounds its loops.
	maxMemory = 100_000
)

// Program is a compiled expression. It is immutable and safe for concurrent
// use.
type Program struct {
	text  string
	want  Kind
	paths []path
	// One of these: first is the paths and texts of a ?? b ?? c, test a condition
	// made of simple ones; code is for all else.
	first []operand
	test  *test
	code  *vm.Program
}

// Compile returns the program of text. An error is CONFIG_INVALID; it has the
// column in its message and as a location, and says what to do.
func Compile(text string, want Kind) (*Program, error) {
	if len(text) > maxText {
		return nil, wrong(0, "the expression is longer than "+strconv.Itoa(maxText)+" bytes")
	}
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, syntax(err)
	}
	names := &resolver{}
	names.resolve(&tree.Node)
	if names.err != nil {
		return nil, names.err
	}
	p := &Program{text: text, want: want, paths: names.paths}
	if err := p.fits(names, tree.Node); err != nil {
		return nil, err
	}
	if want == Bool {
		p.test = names.test(tree.Node)
	} else {
		p.first = names.operands(tree.Node)
	}
	if p.test != nil || p.first != nil {
		return p, nil
	}
	if p.code, err = compile(text, want); err != nil {
		return nil, syntax(err)
	}
	return p, nil
}

// fits refuses a plain name whose kind is known not to be the one wanted.
func (p *Program) fits(names *resolver, root ast.Node) error {
	found, ok := names.path(root)
	switch {
	case !ok:
	case found.kind == object:
		return wrong(column(root), found.text+" holds several values; name one, such as "+found.text+"."+found.example())
	case p.want == Bool && found.kind != value:
		return wrong(column(root), noText(found))
	}
	return nil
}

// compile translates text for the machine. The text has passed the resolver.
func compile(text string, want Kind) (*vm.Program, error) {
	options := []expr.Option{
		expr.Env(&frame{}), expr.MaxNodes(maxNodes), expr.Patch(&resolver{}),
		expr.Function(lookup, func(args ...any) (any, error) {
			// The resolver wrote the call: there is nothing else it could be.
			f, _ := args[0].(*frame)
			at, _ := args[1].(int)
			return f.program.paths[at].value(f.env), nil
		}),
	}
	for _, name := range banned {
		options = append(options, expr.DisableBuiltin(name))
	}
	if want == Bool {
		options = append(options, expr.AsBool())
	}
	return expr.Compile(text, options...)
}

// Uses reports whether the program looks at a name of the environment, such as
// operation, or at what is below it, such as operation.hash. Who looks at all of
// a name at once looks at everything below.
func (p *Program) Uses(name string) bool {
	for i := range p.paths {
		at := &p.paths[i]
		if at.used && (at.root == name || at.text == name || at.kind == object && strings.HasPrefix(name, at.text+".")) {
			return true
		}
	}
	return false
}

// String returns the text the program was compiled from.
func (p *Program) String() string { return p.text }

func wrong(column int, message string) *fault.Error {
	return &fault.Error{
		Code: fault.ConfigInvalid, Message: "column " + strconv.Itoa(column+1) + ": " + message,
		Locations: []fault.Position{{Line: 1, Column: column + 1}},
	}
}

// Problem returns what is wrong in words, with the column, for messages that
// say where the expression stands.
func Problem(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return err.Error()
}
