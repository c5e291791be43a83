package overlay

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// rule says what a field of the client's schema is in the graph. A plain one is
// one field; others begin with a path's first step, or are computed.
type rule struct {
	field *field
	// def is the graph's field, of a plain rule; typ the client's type.
	def schema.FieldID
	typ *ast.Type
	// key is equal where two types' fields of one name can be selected as one.
	key string
	// args stand by the graph's arguments; nil passes the client's on.
	args []argumentRule
	uses []use
	expr int // number of the expression, from 1
}

// argumentRule says what the graph's argument is given.
type argumentRule struct {
	name, client string
	typ          *ast.Type // in the graph's names
	named        string    // the client's named type
	hidden       bool      // clients do not have it
	given        given
	cap          int
	standard     string // the graph's own default, JSON
}

// use is a field that an expression reads.
type use struct {
	owner *typ
	field *field
	name  string // in the expression
	args  []pathArgument
	sub   []use
}

// inputRule says how values of a client's input type become the graph's.
type inputRule struct {
	name    string // the graph's
	changes bool   // values differ, not only names of types
	says    bool   // something differs, here or in what values hold
	// values are an enum's, with quotes, by the client's.
	values map[string]string
	fields []inputField
}

type inputField struct {
	name, client string
	typ          *ast.Type
	named        string // the client's name of its type
	given        given
	hidden       bool
}

// link completes o, whose schemas are loaded: it finds the ids of fields and
// types by their names.
func (m *model) link(o *Overlay) {
	o.rules = map[schema.FieldID]*rule{}
	o.inputs = map[string]*inputRule{}
	o.types = make([]schema.TypeID, len(o.Graph.Types))
	names := &schema.Names{Beneath: m.base, Types: map[string]string{}, Values: map[string][]string{}}
	for _, t := range m.types {
		if t.hidden {
			continue
		}
		names.Types[t.def.Name] = t.name
		id := o.Graph.TypeNamed(t.name)
		if id != schema.NoType {
			o.types[id] = t.id
		}
		for _, v := range t.values {
			if !v.hidden {
				names.Values[t.def.Name] = append(names.Values[t.def.Name], v.def.Name, v.name)
			}
		}
		switch t.def.Kind {
		case ast.Object, ast.Interface:
			m.linkFields(o, t, id)
		case ast.InputObject, ast.Enum, ast.Scalar:
			m.linkInput(o, t)
		case ast.Union:
		}
	}
	o.View.Names = names
	o.settleInputs()
	o.settlePolicies()
}

func (m *model) linkFields(o *Overlay, t *typ, id schema.TypeID) {
	for _, f := range t.fields {
		if f.hidden {
			continue
		}
		client := o.Graph.FieldNamed(id, f.name)
		if client == schema.NoField {
			continue
		}
		r := &rule{field: f, def: f.id, typ: o.Graph.Fields[client].Type}
		r.key = f.name
		if f.def != nil {
			r.key = f.def.Name
		}
		switch {
		case f.path != nil:
			r.key = "path of " + t.def.Name
		case f.expr != nil:
			r.key = "expression of " + t.def.Name
			r.expr = f.expr.number
			r.uses = m.resolve(t, f.expr.uses)
		default:
			r.args = m.argumentRules(f)
			if r.args != nil || f.cap > 0 || f.fallback != "" || f.typ.String() != f.def.Type.String() {
				r.key += " of " + t.def.Name
			}
		}
		if f.path != nil || f.expr != nil {
			if t.def.Kind == ast.Object {
				o.Derived = append(o.Derived, Derived{Type: t.name, Field: f.name, Source: f.source, Cost: f.cost()})
			}
		}
		o.rules[client] = r
	}
}

func (f *field) cost() int {
	if f.expr == nil {
		return 0
	}
	return f.expr.cost
}

// argumentRules returns nil where the client's arguments can be passed on.
func (m *model) argumentRules(f *field) []argumentRule {
	out := make([]argumentRule, 0, len(f.args))
	special := false
	for _, a := range f.args {
		r := argumentRule{
			name: a.def.Name, client: a.name, typ: a.typ, named: m.clientType(a.typ).Name(),
			hidden: a.hidden || a.given.fixed, given: a.given, cap: a.cap,
		}
		if a.def.DefaultValue != nil {
			r.standard = string(appendConstant(nil, a.def.DefaultValue))
			if r.standard == r.given.json && !r.given.fixed {
				r.given = given{} // the graph's own
			}
		}
		special = special || r.name != r.client || r.given.json != "" || r.given.fixed || r.cap > 0 || m.translated(r.named)
		out = append(out, r)
	}
	if !special {
		return nil
	}
	return out
}

// translated reports whether a client's input type has a rule.
func (m *model) translated(client string) bool {
	t := m.byClient[client]
	return t != nil && !t.def.BuiltIn
}

func (m *model) linkInput(o *Overlay, t *typ) {
	r := &inputRule{name: t.def.Name}
	for _, v := range t.values {
		if r.values == nil {
			r.values = map[string]string{}
		}
		if !v.hidden {
			r.values[`"`+v.name+`"`] = `"` + v.def.Name + `"`
			r.changes = r.changes || v.name != v.def.Name
		}
	}
	for _, f := range t.fields {
		r.fields = append(r.fields, inputField{
			name: f.def.Name, client: f.name, typ: f.typ, named: m.clientType(f.typ).Name(), given: f.given,
			hidden: f.hidden || f.given.fixed,
		})
		r.changes = r.changes || f.name != f.def.Name || f.given.json != "" || f.given.fixed
	}
	o.inputs[t.name] = r
}

// settleInputs finds the types whose values change because of what is in them,
// and drops rules that say nothing.
func (o *Overlay) settleInputs() {
	for name, r := range o.inputs {
		r.says = r.name != name || r.changes
	}
	for again := true; again; {
		again = false
		for _, r := range o.inputs {
			for i := range r.fields {
				in := o.inputs[r.fields[i].named]
				if in != nil && (in.changes && !r.changes || in.says && !r.says) {
					r.changes, r.says, again = r.changes || in.changes, true, true
				}
			}
		}
	}
	for name, r := range o.inputs {
		if !r.says {
			delete(o.inputs, name)
		}
	}
}

// baseTypeText is a type's text with the graph's name for the client's.
func (o *Overlay) baseTypeText(text string) string {
	name := strings.Trim(text, "[]!")
	if r := o.inputs[name]; r != nil && r.name != name {
		return strings.Replace(text, name, r.name, 1)
	}
	return text
}

// baseBits translates object types.
func (o *Overlay) baseBits(client schema.Bits) schema.Bits {
	if client == nil {
		return nil
	}
	out := schema.NewBits(len(o.base.Supergraph.Types))
	for id := range client.All() {
		out.Add(int(o.types[id]))
	}
	return out
}

// outOf is what becomes of a plain rule's value, nil for nothing.
func (r *rule) outOf() *operation.Out {
	f := r.field
	w := plan.Write{Cap: f.cap, Default: f.fallback}
	if w.Cap == 0 && w.Default == "" {
		if f.def == nil || f.typ.String() == f.def.Type.String() {
			return nil
		}
		return &operation.Out{Type: r.typ}
	}
	return &operation.Out{Type: r.typ, Write: &w}
}
