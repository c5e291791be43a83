package overlay

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// extendFields reads what an extension says of an object's or interface's
// fields.
func (m *model) extendFields(t *typ, ext *ast.Definition) {
	for _, f := range ext.Fields {
		on := ext.Name + "." + f.Name
		a := m.applied(f.Directives, onField, on)
		from, to, renamed := a.renamed(f.Name)
		made := a.get(fromDirective) != nil || a.get(exprDirective) != nil
		if made && (renamed != nil || a.get(fromDirective) != nil && a.get(exprDirective) != nil) {
			m.add(f.Position, "%s is either renamed, or comes from a path, or from an expression", on)
			continue
		}
		have := t.base(from)
		if have == nil && !made {
			m.add(f.Position, "%s: the graph's %s has no field %s; a new one needs @from or @expr%s", on, t.def.Name, from, t.nearField(from))
			continue
		}
		typ := m.baseType(f.Type)
		if typ == nil {
			m.add(f.Position, "%s: there is no type %s", on, f.Type.Name())
			continue
		}
		if have == nil || made {
			if have != nil {
				have.hidden = true // the new one stands in its place
			}
			have = &field{}
			t.fields = append(t.fields, have)
		} else if have.at != nil {
			m.add(f.Position, "%s is extended twice", on)
			continue
		}
		have.name, have.at = to, f.Position
		if f.Description != "" {
			have.description = f.Description
		}
		m.extendField(t, have, f, typ, a)
	}
}

// extendField reads one field. typ is its type as written, in the graph's names.
func (m *model) extendField(t *typ, have *field, f *ast.FieldDefinition, typ *ast.Type, a applied) {
	m.extendArguments(have, f, a.on)
	computed := have.typ
	switch from, expr := a.get(fromDirective), a.get(exprDirective); {
	case from != nil:
		if have.path = m.readPath(t, have, a, from); have.path == nil {
			return
		}
		m.derived++
		have.source, computed = have.path.text, have.path.typ
	case expr != nil:
		if have.expr = m.readExpression(t, typ, a, expr); have.expr == nil {
			return
		}
		m.derived++
		have.source, computed = have.expr.text, typ
	}
	if d := a.get(defaultDirective); d != nil {
		have.fallback = m.outputDefault(a.value(d), typ, "@default on "+a.on)
		nonNull := *computed
		nonNull.NonNull = true
		computed = &nonNull
	}
	if !fits(computed, typ) {
		m.add(f.Position, "%s is of type %s, which is no %s", a.on, m.clientType(computed), f.Type)
	}
	have.typ = typ
	if c := a.get(capDirective); c != nil {
		m.readCap(have, a, c)
	}
	have.hidden = a.get(hideDirective) != nil
}

// fits reports whether every value of type t is one of type as.
func fits(t, as *ast.Type) bool {
	if as.NonNull && !t.NonNull || (t.Elem == nil) != (as.Elem == nil) {
		return false
	}
	if t.Elem != nil {
		return fits(t.Elem, as.Elem)
	}
	return t.NamedType == as.NamedType
}

// outputDefault checks what is written for null and returns it as JSON in the
// client's terms: scalars, enums and lists of them.
func (m *model) outputDefault(v *ast.Value, t *ast.Type, on string) string {
	if v == nil {
		return ""
	}
	if !m.takesClaim(t) {
		m.add(v.Position, "%s: only scalars, enums and lists of them have a default", on)
		return ""
	}
	nonNull := *t
	nonNull.NonNull = true
	if m.constant(v, &nonNull, on) == "" {
		return ""
	}
	return m.clientJSON(v, t)
}

// clientJSON is a checked constant as JSON in the client's terms.
func (m *model) clientJSON(v *ast.Value, t *ast.Type) string {
	switch {
	case v.Kind == ast.NullValue:
		return "null"
	case t.Elem == nil:
		if named := m.byBase[t.NamedType]; named.def.Kind == ast.Scalar {
			text, _ := scalarConstant(v, named.def.Name)
			return text
		}
		return string(appendConstant(nil, v))
	case v.Kind != ast.ListValue:
		return "[" + m.clientJSON(v, t.Elem) + "]"
	}
	out := "["
	for i, c := range v.Children {
		if i > 0 {
			out += ","
		}
		out += m.clientJSON(c.Value, t.Elem)
	}
	return out + "]"
}

// extendArguments reads the arguments written in the file; others stay as the
// graph has them.
func (m *model) extendArguments(have *field, f *ast.FieldDefinition, on string) {
	for _, x := range f.Arguments {
		on := on + "(" + x.Name + ":)"
		a := m.applied(x.Directives, onArgument, on)
		from, to, _ := a.renamed(x.Name)
		arg := have.argument(from)
		switch {
		case arg == nil && have.def != nil:
			m.add(x.Position, "%s: the graph's field has no argument %s%s", on, from, nearArgument(from, have.def))
			continue
		case arg == nil:
			arg = m.newArgument(have, x, on)
		default:
			m.sameType(x.Type, arg.typ, x.Position, on)
		}
		if arg == nil {
			continue
		}
		arg.name, arg.at = to, x.Position
		arg.given = m.readGiven(a, x.DefaultValue, arg.typ, on)
		arg.hidden = a.get(hideDirective) != nil
		if arg.hidden && arg.given.json == "" && arg.typ.NonNull && (arg.def == nil || arg.def.DefaultValue == nil) {
			m.add(x.Position, "@hide on %s: it is required, so it needs @fixed", on)
		}
		if c := a.get(capDirective); c != nil {
			if arg.cap = a.number(c, "max"); arg.typ.Name() != "Int" || arg.typ.Elem != nil {
				m.add(c.Position, "@cap on %s: it bounds numbers", on)
			}
		}
	}
}

// newArgument adds an argument that a path uses.
func (m *model) newArgument(have *field, x *ast.ArgumentDefinition, on string) *argument {
	typ := m.baseType(x.Type)
	if typ == nil {
		m.add(x.Position, "%s: there is no type %s", on, x.Type.Name())
		return nil
	}
	if named := m.byBase[typ.Name()]; named.def.Kind != ast.Scalar && named.def.Kind != ast.Enum && named.def.Kind != ast.InputObject {
		m.add(x.Position, "%s: %s is no input type", on, x.Type.Name())
		return nil
	}
	arg := &argument{typ: typ}
	have.args = append(have.args, arg)
	return arg
}

// argument returns the argument the graph calls name, nil if there is none.
func (f *field) argument(name string) *argument {
	for _, a := range f.args {
		if a.def != nil && a.def.Name == name || a.def == nil && a.name == name {
			return a
		}
	}
	return nil
}

// slicing are the names of arguments that say how long a list may get, where the
// graph does not tell by @listSize.
var slicing = []string{"first", "last", "limit"}

// readCap bounds the slicing arguments of a field and its list.
func (m *model) readCap(have *field, a applied, c *ast.Directive) {
	max := a.number(c, "max")
	bounded := have.typ.Elem != nil
	if bounded {
		have.cap = max
	}
	names := slicing
	if have.def != nil {
		if listed := m.slicingArguments(have.def); listed != nil {
			names = listed
		}
	}
	for _, arg := range have.args {
		if arg.cap > 0 || arg.given.fixed || arg.typ.Elem != nil || arg.typ.NamedType != "Int" || arg.def == nil {
			continue
		}
		for _, n := range names {
			if arg.def.Name == n {
				arg.cap, bounded = max, true
			}
		}
	}
	if !bounded {
		m.add(c.Position, "@cap on %s: it is no list and has no argument that says how long one may get", a.on)
	}
}

// slicingArguments are those that @listSize names, nil without it.
func (m *model) slicingArguments(f *ast.FieldDefinition) []string {
	d := f.Directives.ForName(m.g.FeatureDirective("cost", "listSize"))
	if d == nil {
		return nil
	}
	arg := d.Arguments.ForName("slicingArguments")
	if arg == nil {
		return nil
	}
	var out []string
	for _, c := range arg.Value.Children {
		out = append(out, c.Value.Raw)
	}
	return out
}

// inherit gives what is said of an interface's field to the types that implement
// it, unless they say something themselves. Rules belong to object types: what is
// selected on an interface is decided for each of them.
func (m *model) inherit() {
	for _, in := range m.types {
		if in.def.Kind != ast.Interface {
			continue
		}
		for _, f := range in.fields {
			if f.at == nil {
				continue
			}
			for _, t := range m.types {
				if t.def.Kind == ast.Object && contains(t.def.Interfaces, in.def.Name) {
					m.inheritField(t, f)
				}
			}
		}
	}
}

func contains(list []string, name string) bool {
	for _, x := range list {
		if x == name {
			return true
		}
	}
	return false
}

func (m *model) inheritField(t *typ, f *field) {
	var have *field
	for _, x := range t.fields {
		if x.at != nil && (x.name == f.name || f.def != nil && x.def != nil && x.def.Name == f.def.Name) {
			return // it says something itself
		}
		if f.def != nil && x.def != nil && x.def.Name == f.def.Name {
			have = x
		}
	}
	switch {
	case f.def != nil && have != nil:
		have.name, have.hidden, have.at, have.cap = f.name, f.hidden, f.at, f.cap
		if f.fallback != "" {
			have.fallback, have.typ = f.fallback, f.typ
		}
		for _, a := range f.args {
			if own := have.argument(a.def.Name); own != nil && a.at != nil {
				def := own.def
				*own = *a
				own.def = def
			}
		}
	case f.def == nil:
		out := *f
		if f.path != nil {
			again := &applied{m, nil, t.name + "." + f.name}
			if out.path = m.parsePath(t, &out, *again, f.path.text, f.path.at); out.path == nil {
				return
			}
		}
		for _, x := range t.fields {
			if x.name == f.name {
				x.hidden = true
			}
		}
		t.fields = append(t.fields, &out)
	}
}
