// Package schema is the supergraph as an immutable value: which types and
// fields exist, which subgraph resolves what and by which key, and what
// clients may see of it.
//
// [Load] reads a supergraph SDL (join v0.2 to v0.5), wherever it was composed.
// The result knows no planner and no transport. Everything in it is read-only
// after Load and safe for concurrent use.
package schema

import (
	"github.com/vektah/gqlparser/v2/ast"
)

type (
	// TypeID numbers the types of one Supergraph densely. 0 is no type. It is
	// never stored outside its Supergraph.
	TypeID uint32
	// FieldID numbers the output fields of one Supergraph densely. 0 is no
	// field.
	FieldID uint32
)

// NoType and NoField are the zero ids: entry 0 of Types and Fields is unused.
const (
	NoType  TypeID  = 0
	NoField FieldID = 0
)

// Supergraph is the composed schema with where each field lives.
type Supergraph struct {
	// SDL is the text Load read.
	SDL string
	// AST is the whole supergraph schema, join and link definitions included.
	AST *ast.Schema
	// Subgraphs are the registered ones, sorted by name, and behind them one row
	// per connector (see [Supergraph.WithConnectors]); every Subgraph int below
	// indexes them.
	Subgraphs []Subgraph
	// Types are sorted by name, without those of the join, link and other core
	// features and without introspection's. The built-in scalars are here, in
	// no subgraph.
	Types []Type
	// Fields are the output fields, grouped by type, in SDL order.
	Fields []Field
	// Lookups are the ways into a type: one per subgraph, type and resolvable
	// key, in (type, subgraph, SDL) order; those of connectors come last.
	Lookups []Lookup
	// Labels are the @override labels in use, sorted.
	Labels []string
	// Requirements are the different authorization requirements of types and
	// fields, sorted by what they ask for; entry 0 is none. Type.Requirement and
	// Field.Requirement index them.
	Requirements []Requirement
	// Query, Mutation and Subscription are the roots, NoType if absent.
	Query, Mutation, Subscription TypeID
	// API is the view without inaccessible elements: what clients may see at
	// most.
	API *View

	typeByName  map[string]TypeID
	fieldByName map[fieldKey]FieldID
	linked      *features
}

type fieldKey struct {
	owner TypeID
	name  string
}

// Subgraph is one registered schema, or a row: what one connector of a
// registered schema answers. Merges says that several root fields or look-ups
// may share one backend request, which holds for GraphQL.
type Subgraph struct {
	Name, URL string
	// Enum is the join__Graph value that stands for it in the SDL.
	Enum   string
	Merges bool
	// Of is the registered subgraph: itself, or the one whose connector a row is.
	Of int
	// Connector is a row's Connector.ID; "" for a registered subgraph.
	Connector string
	// Batch is, of a row, how many keys go in one backend request: 1 means one
	// each, 0 any number.
	Batch int
	// Connected says of a registered subgraph that its rows answer for it, and
	// it resolves nothing itself.
	Connected bool
}

// Type is one type of the supergraph.
type Type struct {
	ID           TypeID
	Name         string
	Kind         ast.DefinitionKind
	Inaccessible bool
	Fields       []FieldID // output fields in SDL order
	// Possible holds the object types (TypeIDs) a value of this type can be:
	// itself for an object, implementations, members. nil for others.
	Possible Bits
	// Interfaces it implements, in the supergraph.
	Interfaces []TypeID
	// In has one entry per subgraph that declares the type, in subgraph order.
	In []TypeIn
	// Contexts are the names (SUBGRAPH__name) of the contexts that an object of
	// this type sets for everything below it.
	Contexts []string
	// Requirement is what seeing a value of the type asks for.
	Requirement int
}

// TypeIn is a type as one subgraph declares it.
type TypeIn struct {
	Subgraph int
	// Kind is the kind there: an interface object is an Object.
	Kind            ast.DefinitionKind
	InterfaceObject bool
	Keys            []Key
	// Possible is Type.Possible as far as this subgraph knows; nil for an
	// interface object, whose runtime types it cannot tell.
	Possible Bits
	// Interfaces it implements there.
	Interfaces []TypeID
	// Values are the enum values there.
	Values []string
}

// Key is one @key of a type in a subgraph.
type Key struct {
	Fields     *FieldSet
	Resolvable bool
	Extension  bool
}

// Field is one output field of an object or interface type.
type Field struct {
	ID           FieldID
	Owner        TypeID
	Name         string
	Type         *ast.Type
	Result       TypeID // the named type
	Leaf         bool   // Result is a scalar or an enum
	Arguments    ast.ArgumentDefinitionList
	Inaccessible bool
	// In has one entry per subgraph that declares the field, in subgraph order.
	// A field an implementation has only through an interface object has none;
	// FromInterfaceObject is set then.
	In                  []FieldIn
	FromInterfaceObject bool
	Definition          *ast.FieldDefinition
	// Requirement is what the field itself asks for; its types ask beside it.
	Requirement int
	// Rewritten is set in a client's graph where a field is made of others, or
	// gives the one it stands for other arguments than the client's: policies then
	// cannot look at arguments, for those they are written for are not known.
	Rewritten bool
}

// FieldIn is a field as one subgraph declares it.
type FieldIn struct {
	Subgraph int
	// Type is the result type there.
	Type *ast.Type
	// External: declared but resolved elsewhere, unless a key or @provides
	// says otherwise.
	External bool
	Requires *FieldSet // nil without
	Provides *FieldSet // nil without
	// Override names the subgraph the field is taken from.
	Override string
	// UsedOverridden: another subgraph overrides it, here it may be declared in
	// keys and the like but is never resolved.
	UsedOverridden bool
	// Label is the @override label. On the overriding side (Override set) the
	// field is live while the label is on; on the overridden side while it is
	// off. "" is unconditional.
	Label    string
	Contexts []ContextArgument
}

// ContextArgument is an argument the gateway fills from an enclosing object
// (@fromContext).
type ContextArgument struct {
	Name, Type string
	// Context is the name as in @context in the supergraph: SUBGRAPH__name.
	Context   string
	Selection string
}

// Lookup is one way into a type (object, interface, interface object) in one
// subgraph: a resolvable @key, or a connector.
type Lookup struct {
	ID       string
	Subgraph int
	Type     TypeID
	Key      *FieldSet
	// Fields it can answer; nil is all the subgraph resolves.
	Fields Bits
	// Batch is how many representations go in one backend call, 0 any number.
	// Cost is added to the fetch's price.
	Batch, Cost int
	// Provides is, of a row's look-up, what can be read of the object entered,
	// and all that can; nil is what the subgraph resolves.
	Provides *FieldSet
	// Requires is the part of a row's Key that may be null, because @requires
	// asks for it; nil without.
	Requires *FieldSet
}

// FieldSet is a parsed selection written in a directive.
type FieldSet struct {
	// Text is as written, without braces.
	Text   string
	Select []Selection
}

// Selection is one element of a FieldSet: a field (Name set) or an inline
// fragment (Name empty, On its type condition or NoType).
type Selection struct {
	// Field is NoField for __typename and for fragments.
	Field  FieldID
	Name   string
	On     TypeID
	Args   ast.ArgumentList
	Select []Selection
}

// View is a part of the API schema: all of it, or what one client profile or
// contract may see.
type View struct {
	ID         int
	Supergraph *Supergraph
	// Seen holds the FieldIDs clients may select.
	Seen Bits
	// AST shares every definition the view leaves alone. It is valid input for
	// gqlparser's validator and has the introspection types.
	AST *ast.Schema
	// Removed says, for a contract, what it took out of the API schema and why,
	// by coordinate.
	Removed []Removal
	// Names is set for a client profile's own schema: its Supergraph is then the
	// client's, and Names says what the types of the graph beneath are called in
	// it. An operation rewritten for that graph keeps the view.
	Names *Names
}

// Names translates a graph's types into those of a client's schema over it.
type Names struct {
	// Beneath is the view of the graph that the client's schema lies over: what
	// its fields are made of is seen through it.
	Beneath *View
	// Types has the client's name of each type, by the graph's; a type without an
	// entry is hidden.
	Types map[string]string
	// Values has, by the graph's name of an enum, pairs of a value and what the
	// client calls it; hidden values are left out.
	Values map[string][]string
}

// TypeNamed returns the definition that clients see of a type, by its name in
// the graph that operations over the view are planned for; nil if it is hidden.
func (v *View) TypeNamed(name string) *ast.Definition {
	if v.Names != nil {
		client, ok := v.Names.Types[name]
		if !ok {
			return nil
		}
		name = client
	}
	return v.AST.Types[name]
}

// TypeNamed returns the type's id, NoType if there is none.
func (g *Supergraph) TypeNamed(name string) TypeID { return g.typeByName[name] }

// FieldNamed returns the id of a field of a type, NoField if there is none.
func (g *Supergraph) FieldNamed(owner TypeID, name string) FieldID {
	return g.fieldByName[fieldKey{owner, name}]
}

// InSubgraph returns how the subgraph declares the type, nil if it does not.
func (t *Type) InSubgraph(subgraph int) *TypeIn {
	for i := range t.In {
		if t.In[i].Subgraph == subgraph {
			return &t.In[i]
		}
	}
	return nil
}

// InSubgraph returns how the subgraph declares the field, nil if it does not.
func (f *Field) InSubgraph(subgraph int) *FieldIn {
	for i := range f.In {
		if f.In[i].Subgraph == subgraph {
			return &f.In[i]
		}
	}
	return nil
}

// Features are the specifications the supergraph links, in SDL order.
func (g *Supergraph) Features() []*Feature { return g.linked.list }

// FeatureDirective returns the name, without @, under which the supergraph
// uses a directive of a feature of specs.apollo.dev; "" if it does not link
// the feature. Example: FeatureDirective("cost", "listSize").
func (g *Supergraph) FeatureDirective(feature, directive string) string {
	return g.linked.directive(feature, directive)
}
