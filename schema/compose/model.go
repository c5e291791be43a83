package compose

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// subgraph is one input on its way through the phases. After phase 3 it is
// read-only and always in federation 2 form.
type subgraph struct {
	index           int // in composition.subgraphs, i.e. by name
	name, url, file string
	enum            string // its join__Graph value

	// Phase 0.
	document *ast.SchemaDocument

	// Phase 1. version is the federation version of the @link; for a federation
	// 1 subgraph fed1 is true and version that of the upgrade, 2.4.
	fed1    bool
	version version
	links   *linkTable

	// The schema definition and its extensions together.
	description *description
	directives  applications

	// types are in source order (first block counts), without those of the
	// federation, link, core and connect features, without _Any, _Entity and
	// _Service, and without built-in scalars. Roots are called Query, Mutation
	// and Subscription here, everywhere, whatever the SDL calls them.
	types []*typeDecl
	// typeByName holds every type the SDL defines, also those that types leaves
	// out.
	typeByName map[string]*typeDecl
	// query, mutation and subscription are the roots, nil if absent. _service
	// and _entities are not among the fields.
	query, mutation, subscription *typeDecl

	// definitions are the directives the SDL defines, in source order, without
	// those of federation and other known features and without built-ins.
	definitions []*directiveDecl

	// known holds every directive that can be applied here by the name it has
	// here: the SDL's own, those of known features, and built-in ones.
	known map[string]*directiveDecl
	// ids caches identify.
	ids map[string]directiveID
	// implied holds the types that exist without being in the SDL: built-in
	// scalars and those of known features.
	implied map[string]*typeDecl
	// texts caches the selections parsed so far: most types have the same key,
	// and upgrading reads each selection several times.
	texts map[string]parsedText
}

// kindOf returns the kind of a type, "" if there is none of that name. It
// knows built-in scalars and the types of known features too.
func (s *subgraph) kindOf(name string) ast.DefinitionKind {
	if t := s.typeNamed(name); t != nil {
		return t.kind
	}
	return ""
}

// typeNamed returns a type of the SDL, or one that exists without it, nil if
// there is none of that name.
func (s *subgraph) typeNamed(name string) *typeDecl {
	if t := s.typeByName[name]; t != nil {
		return t
	}
	return s.implied[name]
}

// composite reports whether a selection can be made on the type.
func composite(kind ast.DefinitionKind) bool {
	return kind == ast.Object || kind == ast.Interface || kind == ast.Union
}

// description is a text with its place. Absent descriptions are nil; gqlparser
// cannot tell an empty one from none, so text is never "".
type description struct {
	text string
	pos  *ast.Position
}

// block is one definition or extension of a type in the source. Phase 2 may
// turn an extension into a definition.
type block struct {
	extension bool
	pos       *ast.Position
}

// typeDecl is a type as one subgraph declares it: all its blocks together.
type typeDecl struct {
	subgraph    *subgraph
	name        string
	kind        ast.DefinitionKind
	description *description
	directives  applications // of all blocks, in source order
	// blocks has the definition first, if there is one, then the extensions.
	blocks []*block
	pos    *ast.Position // the first block's

	interfaces []*reference    // what it implements, each name once
	members    []*reference    // of a union, each name once
	refers     map[string]bool // the names of both

	// fields are those of objects and interfaces, in source order, definition
	// first; inputs those of input objects; values those of enums.
	fields      []*fieldDecl
	fieldByName map[string]*fieldDecl
	inputs      []*inputDecl
	values      []*valueDecl

	// Facts, from phase 1 on unless another phase is named.

	// interfaceObject: an object here, but an interface in the supergraph.
	interfaceObject bool
	// extends: the type carries @extends.
	extends bool
	// implementations are the objects and interfaces here that name this
	// interface; for an interface only.
	implementations []*typeDecl
	// keys are the @key applications in source order, parsed. Phase 3.
	keys []*key
	// contexts are the names @context gives it here, without prefix, in order.
	contexts []string
}

// reference is a type name with its place.
type reference struct {
	name  string
	block *block
	pos   *ast.Position
}

// fieldDecl is an output field as one subgraph declares it.
type fieldDecl struct {
	owner       *typeDecl
	name        string
	typ         *ast.Type
	description *description
	directives  applications
	block       *block // the one that declares it
	pos         *ast.Position
	args        []*argDecl

	// Facts, complete after phase 3.

	// external: marked @external, itself or by its type, and not fake. (Fake is
	// an external key field of a type extension: the mark counts as absent.)
	external     bool
	fakeExternal bool
	// provided: some @provides of this subgraph selects it.
	provided bool
	// used: a @key, @requires, @provides or @fromContext selection of this
	// subgraph selects it, or it implements an interface field.
	used bool
	// shareable: marked, itself or by its block; or part of a key; or external
	// and provided.
	shareable bool
	// requires and provides are nil without the directive.
	requires, provides *fieldSet
	// override is nil without @override.
	override *override
}

// fullyExternal reports whether this subgraph never resolves the field. One that
// some @provides names is external only in part.
func (f *fieldDecl) fullyExternal() bool { return f.external && !f.provided }

// override is an @override: the field is taken over from the subgraph named
// from, which need not exist. label is "" for an unconditional one.
type override struct {
	from, label string
	application *application
}

// argDecl is an argument of a field or of a directive definition.
type argDecl struct {
	name        string
	typ         *ast.Type
	value       *ast.Value // the default, nil without; null is a default
	description *description
	directives  applications
	pos         *ast.Position

	// fromContext is nil unless the gateway fills the argument. Phase 3.
	fromContext *contextUse
}

// required reports whether a caller must pass the argument.
func (a *argDecl) required() bool { return a.typ.NonNull && a.value == nil }

// contextUse is a valid @fromContext: the context's name without prefix, and
// the text of the selection behind it.
type contextUse struct {
	context, selection string
	application        *application
}

// inputDecl is a field of an input object.
type inputDecl struct {
	owner       *typeDecl
	name        string
	typ         *ast.Type
	value       *ast.Value // the default, nil without
	description *description
	directives  applications
	block       *block
	pos         *ast.Position
}

// required reports whether a caller must give the field.
func (f *inputDecl) required() bool { return f.typ.NonNull && f.value == nil }

// valueDecl is a value of an enum.
type valueDecl struct {
	owner       *typeDecl
	name        string
	description *description
	directives  applications
	block       *block
	pos         *ast.Position
}

// directiveDecl is a directive definition of a subgraph.
type directiveDecl struct {
	subgraph    *subgraph
	id          directiveID
	name        string // as this subgraph calls it
	description *description
	args        []*argDecl
	locations   []ast.DirectiveLocation // in source order
	repeatable  bool
	pos         *ast.Position
}

// executable reports whether clients can use the directive somewhere.
func (d *directiveDecl) executable() bool {
	for _, l := range d.locations {
		if executableLocation(l) {
			return true
		}
	}
	return false
}

// key is one @key of a type.
type key struct {
	fields     *fieldSet
	resolvable bool
	// extension: it stands on an extension, or its type carries @extends.
	extension   bool
	application *application
}

// fieldSet is the parsed selection of a @key, @requires or @provides. It has
// passed the rules of phase 3.
type fieldSet struct {
	// text is as written, without quotes.
	text        string
	parent      *typeDecl
	selections  []*selection
	application *application
	// broken: a rule was found to be violated, so selections may lack something.
	// Only within phase 3.
	broken bool
}

// selection is one element of a fieldSet: a field (name set) or an inline
// fragment (name empty). Depth is limited to maxSelectionDepth, so walking it
// may recurse.
type selection struct {
	// field is nil for __typename and for fragments.
	field *fieldDecl
	name  string
	// on is the type condition of a fragment; the enclosing type without one.
	on         *typeDecl
	args       ast.ArgumentList
	selections []*selection
}

// coordinate returns Type.field.
func (f *fieldDecl) coordinate() string { return f.owner.name + "." + f.name }

func (t *typeDecl) place() place  { return place{t.subgraph, t.pos} }
func (f *fieldDecl) place() place { return place{f.owner.subgraph, f.pos} }
func (f *inputDecl) place() place { return place{f.owner.subgraph, f.pos} }
func (v *valueDecl) place() place { return place{v.owner.subgraph, v.pos} }

func (d *directiveDecl) place() place { return place{d.subgraph, d.pos} }
