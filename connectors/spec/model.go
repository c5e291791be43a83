package spec

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// model is what a subgraph declares, as far as connectors are concerned. It is
// read from an SDL or from a supergraph; root types have their default names.
type model struct {
	features features
	// sources are the applications on the schema.
	sources []*application
	// forbidden are the imports of directives that do not go with connectors.
	forbidden []*ast.Value
	types     []*typeDef // in source order
	byName    map[string]*typeDef
}

// typeDef is a type with all its extensions.
type typeDef struct {
	name string
	kind ast.DefinitionKind
	// root is the operation it is the root of, "" for other types.
	root     ast.Operation
	fields   []*fieldDef // output or input fields
	keys     []*keyDef
	external bool
	applied  []*application
	pos      *ast.Position
	// interfaces it implements; members of a union.
	interfaces, members []string
}

// fieldDef is an output field, an input field or an argument.
type fieldDef struct {
	owner    *typeDef // nil for arguments
	name     string
	typ      *ast.Type
	args     []*fieldDef
	optional bool // an input that need not be given
	external bool
	applied  []*application
	pos      *ast.Position
}

// keyDef is one @key. set is nil if the selection does not parse.
type keyDef struct {
	text       string
	set        ast.SelectionSet
	resolvable bool
	pos        *ast.Position
}

func (m *model) named(t *ast.Type) *typeDef { return m.byName[t.Name()] }

func (m *model) add(t *typeDef) {
	m.types = append(m.types, t)
	m.byName[t.name] = t
}

func (t *typeDef) field(name string) *fieldDef { return find(t.fields, name) }

func find(fields []*fieldDef, name string) *fieldDef {
	for _, f := range fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

func (f *fieldDef) coordinate() string { return f.owner.name + "." + f.name }

func (f *fieldDef) arg(name string) *fieldDef { return find(f.args, name) }

// composite reports whether a selection can be made on the type.
func (t *typeDef) composite() bool { return t.kind == ast.Object || t.abstract() }

func (t *typeDef) abstract() bool { return t.kind == ast.Interface || t.kind == ast.Union }

// possible returns the object types a value of the type can be, by name.
func (m *model) possible(t *typeDef) []*typeDef {
	var found []*typeDef
	for _, o := range m.types {
		if o.kind == ast.Object && (o == t || slices.Contains(o.interfaces, t.name) || slices.Contains(t.members, o.name)) {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *typeDef) int { return strings.Compare(a.name, b.name) })
	return found
}

// isList reports whether a type is a list.
func isList(t *ast.Type) bool { return t != nil && t.Elem != nil }

// builtIn are the scalars of GraphQL; another scalar takes every JSON value.
var builtIn = map[string]bool{"Int": true, "Float": true, "String": true, "Boolean": true, "ID": true}
