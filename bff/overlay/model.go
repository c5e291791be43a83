package overlay

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// model is the client's schema while it is made: every element of the view, and
// what the overlay says of it. Types of fields are in the graph's names until
// the schema is printed.
type model struct {
	problems
	base *schema.View
	g    *schema.Supergraph

	types      []*typ // by name in the graph
	byBase     map[string]*typ
	byClient   map[string]*typ
	extensions ast.DefinitionList
	exprs      []*expression
	derived    int
}

// typ is one type. at is where the overlay speaks of it, nil if it does not.
type typ struct {
	def    *ast.Definition
	id     schema.TypeID
	name   string // the client's
	hidden bool
	at     *ast.Position
	fields []*field // of objects, interfaces and input objects
	values []*value // of enums
}

// value is one enum value.
type value struct {
	def    *ast.EnumValueDefinition
	name   string
	hidden bool
	at     *ast.Position
}

// field is an output or input field as the client sees it.
type field struct {
	def    *ast.FieldDefinition // in the graph; nil for one the overlay adds
	id     schema.FieldID       // of def, for output fields
	name   string
	typ    *ast.Type // in the graph's names
	hidden bool
	at     *ast.Position
	args   []*argument

	path     *path
	expr     *expression
	fallback string // of @default on output: JSON in the client's terms
	cap      int
	source   string // of path or expr, as written
	// description stands instead of the graph's.
	description string
	// Of input fields, as of arguments.
	given given
}

// argument is an argument as the client sees it.
type argument struct {
	def    *ast.ArgumentDefinition // in the graph; nil for one of a path
	name   string
	typ    *ast.Type // in the graph's names
	hidden bool
	at     *ast.Position
	given  given
	cap    int
}

// given says what stands for a value that the client does not give, or may not.
type given struct {
	// fallback is the default that the overlay states: GraphQL text in the client's
	// terms and JSON in the graph's.
	fallback *ast.Value
	json     string
	// fixed pins the value: JSON in the graph's terms, or a claim's.
	fixed bool
	claim string
}

func newModel(base *schema.View, file string) *model {
	m := &model{
		problems: problems{file: file, inserted: map[int][]int{}}, base: base, g: base.Supergraph,
		byBase: map[string]*typ{}, byClient: map[string]*typ{},
	}
	for name, def := range base.AST.Types {
		if strings.HasPrefix(name, "__") {
			continue
		}
		t := &typ{def: def, id: m.g.TypeNamed(name), name: name}
		m.byBase[name] = t
		m.types = append(m.types, t)
	}
	slices.SortFunc(m.types, func(a, b *typ) int { return strings.Compare(a.def.Name, b.def.Name) })
	for _, t := range m.types {
		for _, f := range t.def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			out := &field{def: f, id: m.g.FieldNamed(t.id, f.Name), name: f.Name, typ: f.Type}
			for _, a := range f.Arguments {
				out.args = append(out.args, &argument{def: a, name: a.Name, typ: a.Type})
			}
			t.fields = append(t.fields, out)
		}
		for _, v := range t.def.EnumValues {
			t.values = append(t.values, &value{def: v, name: v.Name})
		}
	}
	return m
}

// apply works the extensions into the types.
func (m *model) apply() {
	m.nameTypes()
	owners := make([]*typ, len(m.extensions))
	for i, ext := range m.extensions {
		t := m.extended(ext)
		if t == nil {
			continue
		}
		owners[i] = t
		if ext.Kind != t.def.Kind {
			m.add(ext.Position, "%s is no %s in the graph", ext.Name, strings.ToLower(strings.ReplaceAll(string(ext.Kind), "_", " ")))
			owners[i] = nil
			continue
		}
		for _, i := range ext.Interfaces {
			m.add(ext.Position, "%s cannot be made to implement %s", ext.Name, i)
		}
		for _, n := range ext.Types {
			m.add(ext.Position, "%s cannot be given the member %s", ext.Name, n)
		}
		m.extendValues(t, ext)
		if ext.Kind == ast.InputObject {
			m.nameInputs(t, ext)
		}
	}
	for i, ext := range m.extensions {
		if t := owners[i]; t != nil && ext.Kind == ast.InputObject {
			m.extendInput(t, ext)
		}
	}
	for i, ext := range m.extensions {
		if t := owners[i]; t != nil && (ext.Kind == ast.Object || ext.Kind == ast.Interface) {
			m.extendFields(t, ext)
		}
	}
	m.checkMembers()
	if m.derived > MaxDerived {
		m.add(nil, "%d fields are derived, more than the %d an overlay may have: what many clients need belongs in a subgraph", m.derived, MaxDerived)
	}
	if m.list != nil {
		return // what follows would only repeat it
	}
	m.inherit()
	m.cascade()
	m.checkInterfaces()
}

// named returns the type that a name in the file means: the client's name for it,
// or the graph's.
func (m *model) named(name string) *typ {
	if t := m.byClient[name]; t != nil {
		return t
	}
	return m.byBase[name]
}

// clientType is t with the client's type names.
func (m *model) clientType(t *ast.Type) *ast.Type {
	out := *t
	if t.Elem != nil {
		out.Elem = m.clientType(t.Elem)
		return &out
	}
	if named := m.byBase[t.NamedType]; named != nil {
		out.NamedType = named.name
	}
	return &out
}

// baseType is a type written in the file with the graph's type names; nil if
// there is none of its name.
func (m *model) baseType(t *ast.Type) *ast.Type {
	out := *t
	if t.Elem != nil {
		if out.Elem = m.baseType(t.Elem); out.Elem == nil {
			return nil
		}
		return &out
	}
	named := m.named(t.NamedType)
	if named == nil {
		return nil
	}
	out.NamedType = named.def.Name
	return &out
}
