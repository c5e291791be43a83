package overlay

import (
	"crypto/sha256"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// maxLabels is how many override labels a Choice has room for.
const maxLabels = 64

// Rewrite turns an operation over the overlay's View, which may be a restricted
// one, into one over the graph. Its variables, conditions and needs keep their
// numbers, so that choices and values of the one are those of the other; it is
// to be coerced, and its Derive called, as it stands. op is left alone.
//
// The error is OPERATION_LIMIT_EXCEEDED for too many override labels.
func (o *Overlay) Rewrite(op *operation.Operation) (*operation.Operation, error) {
	r := &rewriter{o: o, op: op, index: map[string]int{}, copies: map[int]string{}, made: map[string]string{}, taken: map[string]bool{}}
	for i, v := range op.Variables {
		r.index[v.Name] = i
		r.taken[v.Name] = true
	}
	out := *op
	out.Select = r.fields(op.Select)
	r.declare(&out)
	out.Labels = operation.Labels(o.base.Supergraph, out.Select)
	if len(out.Labels) > maxLabels {
		return nil, &fault.Error{Code: fault.LimitExceeded, Message: "The operation depends on too many override labels."}
	}
	out.Hash = sha256.Sum256(append(op.Hash[:], o.digest[:]...))
	if r.computes {
		for _, e := range o.exprs {
			out.Exprs = append(out.Exprs, e.evaluate)
		}
	}
	out.ReadsClient, out.ReadsClaims = r.readsClient, r.readsClaims
	if len(r.derived) > 0 {
		out.Derive = r.deriver(op)
	}
	return &out, nil
}

// rewriter is the rewriting of one operation.
type rewriter struct {
	o        *Overlay
	op       *operation.Operation
	index    map[string]int // of variables by name
	taken    map[string]bool
	literals []literal
	derived  []derived
	copies   map[int]string // translated client variables, by number
	// made are the texts of what was added before, by what it is: the overlay's own
	// constants and what is derived alike. What depends on a literal of the client
	// is found by the literal's number: operations of one hash differ in its value.
	made     map[string]string
	hidden   int // hidden fields so far
	computes bool
	// readsClient and readsClaims: what becomes of the operation depends on who asks.
	readsClient, readsClaims bool
	guards                   []plan.Guard // around the field being rewritten
}

// fields rewrites the fields of one object.
func (r *rewriter) fields(list []operation.Field) []operation.Field {
	out := make([]operation.Field, 0, len(list))
	for i := range list {
		out = r.field(out, &list[i])
	}
	return out
}

// field appends what a field is in the graph: several where the types of an
// abstract type's objects have different rules.
func (r *rewriter) field(out []operation.Field, f *operation.Field) []operation.Field {
	if f.Def == schema.NoField {
		x := *f
		x.On = r.o.baseBits(f.On)
		return append(out, x)
	}
	g := r.o.Graph
	owner := &g.Types[g.Fields[f.Def].Owner]
	own := r.o.rules[f.Def]
	if owner.Kind == ast.Object {
		return append(out, r.apply(f, own, r.o.baseBits(f.On)))
	}
	possible := owner.Possible
	if f.On != nil {
		possible = possible.And(f.On)
	}
	groups := r.group(possible, f.Name)
	if len(groups) == 1 && groups[0].rule.key == own.key {
		return append(out, r.apply(f, own, r.o.baseBits(f.On)))
	}
	for _, one := range groups {
		out = append(out, r.apply(f, one.rule, one.on))
	}
	return out
}

// group is the object types that have one rule.
type group struct {
	rule *rule
	on   schema.Bits
}

func (r *rewriter) group(possible schema.Bits, name string) []group {
	var out []group
types:
	for id := range possible.All() {
		own := r.o.rules[r.o.Graph.FieldNamed(schema.TypeID(id), name)]
		if own == nil {
			continue
		}
		at := int(r.o.types[id])
		for i := range out {
			if out[i].rule.key == own.key {
				out[i].on.Add(at)
				continue types
			}
		}
		one := group{own, schema.NewBits(len(r.o.base.Supergraph.Types))}
		one.on.Add(at)
		out = append(out, one)
	}
	return out
}

// apply makes the graph's field of the client's, for objects of the types on.
func (r *rewriter) apply(f *operation.Field, own *rule, on schema.Bits) operation.Field {
	out := operation.Field{Response: f.Response, On: on, Guard: f.Guard, Defer: f.Defer, Line: f.Line, Column: f.Column}
	r.guards = append(r.guards, f.Guard)
	defer func() { r.guards = r.guards[:len(r.guards)-1] }()
	switch {
	case f.Out != nil && f.Out.Denied:
		out.Name, out.Out = f.Name, &operation.Out{Denied: true, Type: own.typ}
		if own.field.fallback != "" {
			out.Out.Write = &plan.Write{Default: own.field.fallback}
		}
	case own.expr > 0:
		r.computed(r.o.exprs[own.expr-1])
		out.Name = f.Name
		out.Out = &operation.Out{Virtual: true, Type: own.typ, Write: &plan.Write{Expr: own.expr, Default: own.field.fallback}}
		out.Select = r.uses(own.uses)
	case own.field.path != nil:
		r.step(&out, f, own, 0)
	default:
		out.Name, out.Def = own.field.def.Name, own.def
		out.Args = r.arguments(f, own)
		out.Select = r.fields(f.Select)
		out.Out = own.outOf()
	}
	return out
}

// computed takes note of an expression that the operation needs.
func (r *rewriter) computed(e *expression) {
	r.computes = true
	r.readsClient = r.readsClient || e.client
	r.readsClaims = r.readsClaims || e.claims
}

// step makes out a step of a path, and what follows it its selection.
func (r *rewriter) step(out *operation.Field, f *operation.Field, own *rule, i int) {
	p := own.field.path
	s := &p.steps[i]
	out.Name, out.Def = s.field.def.Name, s.field.id
	out.Args = r.pathArguments(s.args, f)
	w := &plan.Write{Flat: i < len(p.steps)-1}
	out.Out = &operation.Out{Type: s.typ, Write: w}
	if i == 0 {
		out.Out.Type = own.typ
		w.Default = own.field.fallback
	}
	if w.Flat {
		below := operation.Field{Response: p.steps[i+1].field.def.Name}
		r.step(&below, f, own, i+1)
		out.Select = []operation.Field{below}
	} else {
		out.Select = r.fields(f.Select)
	}
	switch s.take {
	case takeItem:
		w.Item = s.item + 1
	case takeWhere:
		// The same for every use of the field: what several select is merged.
		out.Out.Where = "#" + s.where.def.Name
		out.Select = append(out.Select, operation.Field{
			Response: out.Out.Where, Name: s.where.def.Name, Def: s.where.id, Out: &operation.Out{Hidden: true},
		})
	case takeAll:
		if own.field.cap > 0 && s.field.def.Type.Elem != nil && own.outermost() == i {
			w.Cap = own.field.cap
		}
	}
}

// outermost is the step that brings the outermost list of a path's value.
func (r *rule) outermost() int {
	for i := range r.field.path.steps {
		if s := &r.field.path.steps[i]; s.take == takeAll && s.field.def.Type.Elem != nil {
			return i
		}
	}
	return -1
}

// hiddenName is a response name no client can write.
func (r *rewriter) hiddenName() string {
	r.hidden++
	return "#" + strconv.Itoa(r.hidden)
}

// uses selects what an expression reads: hidden, under names nobody else has;
// below that, under the names the expression has for it.
func (r *rewriter) uses(list []use) []operation.Field {
	out := make([]operation.Field, len(list))
	for i := range list {
		out[i] = r.use(&list[i])
		out[i].Response = r.hiddenName()
		out[i].Out = &operation.Out{Hidden: true}
	}
	return out
}

func (r *rewriter) use(u *use) operation.Field {
	out := operation.Field{Response: u.name, Name: u.field.def.Name, Def: u.field.id, Args: r.pathArguments(u.args, nil)}
	for i := range u.sub {
		out.Select = append(out.Select, r.use(&u.sub[i]))
	}
	return out
}
