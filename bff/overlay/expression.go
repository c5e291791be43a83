package overlay

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/expr-lang/expr"
	exprast "github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/caller"
)

// expression is the compiled program of a derived field. It is pure: what it
// sees are the fields it names, who asks (client, claims), and functions of
// values. Its work is bounded by what it is given: there are no loops in loops,
// and texts and lists it makes are limited.
type expression struct {
	number int // of the overlay's, from 1
	text   string
	cost   int
	uses   []*selection
	typ    *ast.Type
	values []string // an enum's, with quotes, in the client's terms
	args   []shape
	client bool // it looks at the client, or at claims
	claims bool

	code *vm.Program
	pool sync.Pool // of *frame
}

// Bounds of one evaluation, and of one text. Chosen.
const (
	maxExpression = 2000
	maxMemory     = 20_000
	maxText       = 64 << 10
	maxLets       = 10
)

// readExpression reads @expr; nil after a mistake. declared is the field's type.
func (m *model) readExpression(t *typ, declared *ast.Type, a applied, d *ast.Directive) *expression {
	arg := d.Arguments.ForName("value")
	text := a.text(d, "value")
	if text == "" || len(text) > maxExpression {
		m.add(d.Position, "@expr on %s needs an expression of at most %d bytes", a.on, maxExpression)
		return nil
	}
	if t.def == m.base.AST.Mutation || t.def == m.base.AST.Subscription {
		m.add(d.Position, "@expr on %s: fields of %s run for their effect", a.on, t.name)
		return nil
	}
	if !m.takesClaim(declared) {
		m.add(d.Position, "@expr on %s makes scalars, enum values and lists of them, no %s", a.on, m.clientType(declared))
		return nil
	}
	uses, ok := m.readUses(t, a, d)
	if !ok {
		return nil
	}
	e := &expression{text: text, uses: uses, typ: declared}
	if named := m.byBase[declared.Name()]; named.def.Kind == ast.Enum {
		for _, v := range named.values {
			if !v.hidden {
				e.values = append(e.values, `"`+v.name+`"`)
			}
		}
	}
	if why := e.compile(m.useTypes(t, uses)); why != nil {
		m.add(arg.Value.Position, "@expr on %s: %s", a.on, problemOf(why))
		return nil
	}
	if e.cost > MaxCost {
		m.add(arg.Value.Position, "@expr on %s costs %d, more than %d: what takes this much belongs in a subgraph", a.on, e.cost, MaxCost)
		return nil
	}
	for _, s := range uses {
		e.args = append(e.args, m.shapeOf(t.base(s.name).def.Type, s))
	}
	m.exprs = append(m.exprs, e)
	e.number = len(m.exprs)
	return e
}

// problemOf says what is wrong with an expression in one line.
func problemOf(err error) string {
	var at *file.Error
	if errors.As(err, &at) {
		return at.Message
	}
	return strings.SplitN(err.Error(), "\n", 2)[0]
}

// compile checks the text and compiles it over an environment of the given
// types.
func (e *expression) compile(env types.Map) error {
	for _, name := range []string{"client", "claims"} {
		if _, taken := env[name]; taken {
			return errors.New("a field is called " + name + ": give it another name, as in uses: [\"x: " + name + "\"]")
		}
	}
	tree, err := parser.Parse(e.text)
	if err != nil {
		return err
	}
	w := &walker{}
	exprast.Walk(&tree.Node, w)
	if w.err != nil {
		return w.err
	}
	e.cost, e.client, e.claims = w.cost, w.names["client"], w.names["claims"]
	env["client"] = types.Map{"locale": types.String, "name": types.String, "version": types.String}
	env["claims"] = types.Map{types.Extra: types.Any}
	options := append([]expr.Option{expr.Env(env), expr.MaxNodes(MaxCost + 1), expr.Patch(adder{})}, functions()...)
	if e.code, err = expr.Compile(e.text, options...); err != nil {
		return err
	}
	return e.fits(e.code.Node().Type())
}

// fits checks the program's type, as far as it is known, against the field's.
func (e *expression) fits(made reflect.Type) error {
	if made == nil || made.Kind() == reflect.Interface {
		return nil
	}
	t := e.typ
	if t.Elem != nil {
		if made.Kind() != reflect.Slice && made.Kind() != reflect.Array {
			return errors.New("it makes no list")
		}
		return nil
	}
	kinds := map[string][]reflect.Kind{
		"Int":     {reflect.Int},
		"Float":   {reflect.Int, reflect.Float64},
		"Boolean": {reflect.Bool},
		"String":  {reflect.String},
		"ID":      {reflect.String, reflect.Int},
	}
	allowed, known := kinds[t.NamedType]
	if !known {
		if e.values != nil && made.Kind() != reflect.String {
			return errors.New("it makes " + made.String() + ", no value of the enum " + t.NamedType)
		}
		return nil
	}
	for _, k := range allowed {
		if made.Kind() == k {
			return nil
		}
	}
	return errors.New("it makes " + made.String() + ", no " + t.NamedType)
}

// walker looks for what expressions may not have and for the names they use, and
// sums up their cost: one for each node, more for those in the body of a loop.
type walker struct {
	names map[string]bool
	lets  int
	cost  int
	loops int
	err   error
}

// loopCost is what a node in the body of a loop counts for. Chosen.
const loopCost = 10

// Visit implements exprast.Visitor.
func (w *walker) Visit(node *exprast.Node) {
	w.cost++
	switch n := (*node).(type) {
	case *exprast.IdentifierNode:
		if w.names == nil {
			w.names = map[string]bool{}
		}
		w.names[n.Value] = true
	case *exprast.VariableDeclaratorNode:
		if w.lets++; w.lets > maxLets {
			w.err = errors.New("it has more than " + strconv.Itoa(maxLets) + " let")
		}
	case *exprast.PredicateNode:
		w.loops++
		body := &walker{}
		exprast.Walk(&n.Node, body)
		w.cost += (loopCost - 1) * body.cost
		if body.loops > 0 {
			w.err = errors.New("it has a loop in a loop")
		}
	}
}

// frame is what one evaluation needs; frames are pooled. known has what the last
// evaluations made of what they were given: a value of an entity is computed as
// often as the entity stands in an answer, and expressions are pure.
type frame struct {
	env, client map[string]any
	machine     vm.VM
	key         []byte
	known       map[string]string
}

// Bounds of frame.known: entries, and bytes of one. Chosen.
const (
	maxKnown      = 256
	maxKnownBytes = 512
)

var errArguments = errors.New("the expression was not given what it reads")

// evaluate computes the field of one object from the values it reads.
func (e *expression) evaluate(c *caller.Caller, args [][]byte, dst []byte) ([]byte, error) {
	if len(args) != len(e.uses) {
		return dst, errArguments
	}
	f, _ := e.pool.Get().(*frame)
	if f == nil {
		f = &frame{env: map[string]any{}, client: map[string]any{}, known: map[string]string{}}
		f.machine.MemoryBudget = maxMemory
	}
	f.name(e, c, args)
	if made, ok := f.known[string(f.key)]; ok {
		e.pool.Put(f)
		return append(dst, made...), nil
	}
	at := len(dst)
	dst, err := e.run(f, c, args, dst)
	clear(f.env)
	if err == nil && len(f.key) > 0 && len(f.key)+len(dst)-at <= maxKnownBytes {
		if len(f.known) >= maxKnown {
			clear(f.known)
		}
		f.known[string(f.key)] = string(dst[at:])
	}
	e.pool.Put(f)
	return dst, err
}

// name makes the key of an evaluation: all that it depends on; empty for what is
// not kept.
func (f *frame) name(e *expression, c *caller.Caller, args [][]byte) {
	f.key = f.key[:0]
	if e.claims {
		return
	}
	if e.client {
		f.key = append(append(f.key, localeOf(c)...), separator)
		if c != nil {
			f.key = append(append(f.key, c.Client.Name...), separator)
			f.key = append(f.key, c.Client.Version...)
		}
	}
	f.key = append(f.key, separator)
	for _, arg := range args {
		f.key = append(append(f.key, arg...), separator)
	}
	if len(f.key) > maxKnownBytes {
		f.key = f.key[:0]
	}
}

// separator is no byte of any text.
const separator = 0xff

// run evaluates the expression and appends what it makes.
func (e *expression) run(f *frame, c *caller.Caller, args [][]byte, dst []byte) ([]byte, error) {
	for i, s := range e.uses {
		v, ok := e.args[i].decode(args[i])
		if !ok {
			return dst, errArguments
		}
		f.env[s.alias] = v
	}
	if e.client {
		f.client["locale"], f.client["name"], f.client["version"] = localeOf(c), "", ""
		if c != nil {
			f.client["name"], f.client["version"] = c.Client.Name, c.Client.Version
		}
		f.env["client"] = f.client
	}
	if e.claims {
		f.env["claims"] = claimsOf(c)
	}
	v, err := f.machine.Run(e.code, f.env)
	if err != nil {
		return dst, err
	}
	return e.append(dst, v, e.typ)
}
