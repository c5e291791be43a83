package compose

import (
	"sort"

	"github.com/vektah/gqlparser/v2/ast"
)

// supergraph is the schema under construction: filled by phase 5, judged by
// phase 6, written by phase 8. Where a list follows subgraphs, it follows their
// name order, which is all that decides ties.
type supergraph struct {
	types  []*mergedType // by name
	byName map[string]*mergedType

	description string
	applied     []applied
	joined      []joinDirective

	// definitions are executable and composed custom directives, by name.
	definitions      []*mergedDefinition
	definitionByName map[string]*mergedDefinition
}

// mergedType is a type of the supergraph.
type mergedType struct {
	name string
	// kind is the kind in the supergraph: an interface object is an interface.
	kind ast.DefinitionKind
	// sources are the declarations of that kind, in subgraph order.
	sources []*typeDecl
	// everywhere: the type is in every subgraph, declared or not. Query is,
	// because of _entities and _service.
	everywhere bool

	description string
	applied     []applied
	joined      []joinDirective

	// interfaces it implements, in the order first seen.
	interfaces []*mergedType
	implements map[string]bool
	// implementations are the object types that implement this interface, by
	// name.
	implementations []*mergedType
	// objects are the sources that are interface objects.
	objects []*typeDecl

	fields      []*mergedField // in the order first seen
	fieldByName map[string]*mergedField
	inputs      []*mergedInput
	values      []*mergedValue
	members     []string
	memberOf    map[string]bool
	oneOf       bool
}

// mergedField is an output field of the supergraph.
type mergedField struct {
	owner       *mergedType
	name        string
	typ         *ast.Type
	description string
	args        []*mergedArg
	applied     []applied
	joined      []joinDirective
	// joins are the @join__field entries; none if the field is the same in every
	// subgraph of its type.
	joins []joinField
	// stands: no subgraph declares the field here, an interface object stands
	// for it. It gets a @join__field without a graph.
	stands bool
	// sources are the declarations, in subgraph order.
	sources []*fieldDecl
}

// mergedArg is an argument of a field or of a directive definition.
type mergedArg struct {
	name        string
	typ         *ast.Type
	value       *ast.Value
	description string
	applied     []applied
	at          []place // the declarations
}

// mergedInput is a field of an input object.
type mergedInput struct {
	owner       *mergedType
	name        string
	typ         *ast.Type
	value       *ast.Value
	description string
	applied     []applied
	joins       []joinField
	sources     []*inputDecl
}

// mergedValue is a value of an enum.
type mergedValue struct {
	name        string
	description string
	applied     []applied
	sources     []*valueDecl
}

// mergedDefinition is a directive definition of the supergraph.
type mergedDefinition struct {
	name        string
	description string
	args        []*mergedArg
	repeatable  bool
	locations   []ast.DirectiveLocation
	at          []place
}

// applied is an ordinary directive on an element of the supergraph. name is
// what the supergraph calls it.
type applied struct {
	id   directiveID
	name string
	args ast.ArgumentList
	at   place // the application it comes from
}

// joinField is one @join__field.
type joinField struct {
	subgraph           *subgraph
	requires, provides *fieldSet
	override           string
	typ                *ast.Type // nil if all subgraphs agree
	external           bool
	usedOverridden     bool
	label              string
	contexts           []*argDecl // contextual arguments
}

// joinDirective is one @join__directive: name was applied with args in graphs.
type joinDirective struct {
	graphs []*subgraph
	name   string
	args   ast.ArgumentList
}

// required reports whether a caller must pass the argument.
func (a *mergedArg) required() bool { return a.typ.NonNull && a.value == nil }

// required reports whether a caller must give the field.
func (f *mergedInput) required() bool { return f.typ.NonNull && f.value == nil }

func (f *mergedField) coordinate() string { return f.owner.name + "." + f.name }

func (f *mergedInput) coordinate() string { return f.owner.name + "." + f.name }

// arg returns an argument, nil if there is none of that name.
func (f *mergedField) arg(name string) *mergedArg { return argNamed(f.args, name) }

func argNamed(args []*mergedArg, name string) *mergedArg {
	for _, a := range args {
		if a.name == name {
			return a
		}
	}
	return nil
}

// root reports whether the type is one of the three operation roots.
func (t *mergedType) root() bool { return rootNames[t.name] }

// places returns where the subgraphs declare the type.
func (t *mergedType) places() []place {
	at := make([]place, len(t.sources))
	for i, s := range t.sources {
		at[i] = s.place()
	}
	return at
}

// places returns where the subgraphs declare the field.
func (f *mergedField) places() []place {
	at := make([]place, len(f.sources))
	for i, s := range f.sources {
		at[i] = s.place()
	}
	return at
}

// places returns where the subgraphs declare the input field.
func (f *mergedInput) places() []place {
	at := make([]place, len(f.sources))
	for i, s := range f.sources {
		at[i] = s.place()
	}
	return at
}

// places returns where the subgraphs declare the enum value.
func (v *mergedValue) places() []place {
	at := make([]place, len(v.sources))
	for i, s := range v.sources {
		at[i] = s.place()
	}
	return at
}

// usesOneOf reports whether an input object is @oneOf.
func (g *supergraph) usesOneOf() bool {
	for _, t := range g.types {
		if t.oneOf {
			return true
		}
	}
	return false
}

// findApplied returns the first application of a directive, nil if there is
// none.
func findApplied(list []applied, id directiveID) *applied {
	for i := range list {
		if list[i].id == id {
			return &list[i]
		}
	}
	return nil
}

// typesByName sorts types in place.
func typesByName(types []*mergedType) {
	sort.Slice(types, func(i, j int) bool { return types[i].name < types[j].name })
}
