package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// knowledge is what the subgraphs' declarations say about the data they share:
// which values may be null, which may fail, which types can occur where.
type knowledge struct {
	schema    *ast.Schema
	subgraphs map[string]*testkit.SubgraphSchema
	names     []string // of subgraphs, sorted
	// family has, by type, the sorted members of the keyed interface it
	// implements; families the same by interface.
	family, families map[string][]string

	contexts map[string]bool // types that set one

	fields map[string]*fieldFacts // by coordinate
	keys   map[string]bool        // coordinates inside keys
	inputs map[string]bool        // coordinates inside @requires
	missed map[string]bool        // subgraph + " " + type: entities may be absent
}

// fieldFacts is what is known of one field of an object type.
type fieldFacts struct {
	name     string
	owners   []string  // subgraphs that resolve it
	strict   *ast.Type // non-null wherever any declaration is
	key      bool
	mayFail  bool
	live     bool     // sees mutations of its one owner
	possible []string // object types of an abstract result, sorted
	context  *contextFacts
}

// contextFacts is an argument the gateway fills: with the leaf called selection
// of the nearest enclosing object that sets the context.
type contextFacts struct{ argument, selection string }

func newKnowledge(schema *ast.Schema, subgraphs map[string]*testkit.SubgraphSchema) (*knowledge, error) {
	k := &knowledge{
		schema: schema, subgraphs: subgraphs, family: map[string][]string{}, families: map[string][]string{},
		contexts: map[string]bool{}, fields: map[string]*fieldFacts{}, keys: map[string]bool{}, inputs: map[string]bool{}, missed: map[string]bool{},
	}
	for name := range subgraphs {
		k.names = append(k.names, name)
	}
	slices.Sort(k.names)
	for _, name := range k.names {
		for _, def := range subgraphs[name].Types {
			if err := k.readType(def); err != nil {
				return nil, err
			}
		}
	}
	k.markContexts()
	k.complete()
	for coordinate, f := range k.fields {
		if f.strict.NonNull && k.schema.Types[f.strict.Name()] != nil && k.schema.Types[f.strict.Name()].IsAbstractType() && len(f.possible) == 0 && len(f.owners) > 0 {
			return nil, fmt.Errorf("%w: no value is possible for %s", errCompose, coordinate)
		}
	}
	return k, nil
}

// markContexts notes the fields contexts read: the gateway fetches them unasked.
func (k *knowledge) markContexts() {
	for _, name := range k.names {
		for _, def := range k.subgraphs[name].Types {
			for _, f := range def.Fields {
				if c := contextOf(f); c != nil {
					for setter := range k.contexts {
						k.inputs[setter+"."+c.selection] = true
					}
				}
			}
		}
	}
}

// complete works out all facts, so that the result is read-only.
func (k *knowledge) complete() {
	var objects []*ast.Definition
	for _, def := range k.schema.Types {
		if def.Kind == ast.Object && !def.BuiltIn {
			objects = append(objects, def)
		}
	}
	for _, def := range objects {
		for _, f := range def.Fields {
			k.fields[def.Name+"."+f.Name] = k.field(def, f)
		}
	}
	for _, def := range objects {
		for _, name := range k.names {
			k.missed[name+" "+def.Name] = k.mayMiss(name, def)
		}
	}
}

func (k *knowledge) readType(def *ast.Definition) error {
	keyed := false
	for _, d := range def.Directives.ForNames("key") {
		set, err := testkit.ParseFieldSet(d.Arguments.ForName("fields").Value.Raw)
		if err != nil {
			return err
		}
		k.mark(k.keys, def.Name, set)
		keyed = true
	}
	if keyed && (def.Kind == ast.Interface || def.Directives.ForName("interfaceObject") != nil) {
		var family []string
		for _, p := range k.schema.PossibleTypes[def.Name] {
			if p.Kind == ast.Object {
				family = append(family, p.Name)
			}
		}
		slices.Sort(family)
		k.families[def.Name] = family
		for _, name := range family {
			k.family[name] = family
		}
	}
	if def.Directives.ForName("context") != nil {
		k.contexts[def.Name] = true
	}
	for _, f := range def.Fields {
		if d := f.Directives.ForName("requires"); d != nil {
			set, err := testkit.ParseFieldSet(d.Arguments.ForName("fields").Value.Raw)
			if err != nil {
				return err
			}
			k.mark(k.inputs, def.Name, set)
		}
	}
	return nil
}

// mark notes every coordinate a field set selects, for each runtime type.
func (k *knowledge) mark(into map[string]bool, typeName string, set ast.SelectionSet) {
	def := k.schema.Types[typeName]
	if def == nil {
		return
	}
	for _, s := range set {
		switch s := s.(type) {
		case *ast.InlineFragment:
			k.mark(into, s.TypeCondition, s.SelectionSet)
		case *ast.Field:
			into[typeName+"."+s.Name] = true
			for _, p := range k.schema.PossibleTypes[typeName] {
				into[p.Name+"."+s.Name] = true
			}
			if f := def.Fields.ForName(s.Name); f != nil && len(s.SelectionSet) > 0 {
				k.mark(into, f.Type.Name(), s.SelectionSet)
			}
		}
	}
}

// field works out the facts about a field of an object type.
func (k *knowledge) field(of *ast.Definition, def *ast.FieldDefinition) *fieldFacts {
	name, coordinate := def.Name, of.Name+"."+def.Name
	f := &fieldFacts{name: name, strict: def.Type, key: k.keys[coordinate]}
	same, first := true, true
	known := false // to others, who may hold an older value
	for _, subgraph := range k.names {
		here, in := k.declaration(subgraph, of, name)
		if here == nil {
			continue
		}
		f.strict = stricter(f.strict, here.Type)
		same = same && here.Type.String() == def.Type.String()
		if isExternal(here, in) {
			known = true
			continue
		}
		f.owners = append(f.owners, subgraph)
		f.context = contextOf(here)
		f.possible = k.narrow(f.possible, subgraph, def.Type.Name(), here.Type.Name(), first)
		first = false
	}
	f.mayFail = same && !f.key && (!k.inputs[coordinate] || !hasNonNull(def.Type)) && k.steadyAbove(of)
	f.live = len(f.owners) == 1 && !known && !f.key
	return f
}

// steadyAbove is false for types that occur in keys: what fails inside them
// would take the key away.
func (k *knowledge) steadyAbove(of *ast.Definition) bool {
	for coordinate := range k.keys {
		typeName, field, _ := strings.Cut(coordinate, ".")
		def := k.schema.Types[typeName]
		if def == nil {
			continue
		}
		if f := def.Fields.ForName(field); f != nil && f.Type.Name() == of.Name {
			return false
		}
	}
	return true
}

// declaration returns how a subgraph declares a field of an object type, which
// may be through an interface object.
func (k *knowledge) declaration(subgraph string, of *ast.Definition, name string) (*ast.FieldDefinition, *ast.Definition) {
	s := k.subgraphs[subgraph]
	for _, typeName := range append([]string{k.nameIn(s, of)}, of.Interfaces...) {
		def := s.Type(typeName)
		if def == nil || def.Kind != ast.Object {
			continue
		}
		if f := def.Fields.ForName(name); f != nil {
			return f, def
		}
	}
	return nil, nil
}

// nameIn is what a subgraph calls a type; root types may be renamed.
func (k *knowledge) nameIn(s *testkit.SubgraphSchema, of *ast.Definition) string {
	switch of {
	case k.schema.Query:
		return s.Root(ast.Query)
	case k.schema.Mutation:
		return s.Root(ast.Mutation)
	case k.schema.Subscription:
		return s.Root(ast.Subscription)
	}
	return of.Name
}

// narrow intersects the possible types of a field of type whole with what a
// subgraph knows, which declares it as typeName.
func (k *knowledge) narrow(known []string, subgraph, whole, typeName string, first bool) []string {
	def := k.schema.Types[whole]
	if def == nil || !def.IsAbstractType() {
		return known
	}
	s := k.subgraphs[subgraph]
	var here []string
	switch d := s.Type(typeName); {
	case d != nil && d.Directives.ForName("interfaceObject") != nil:
		here = slices.Clone(k.families[typeName])
	case d != nil && d.Kind == ast.Object:
		here = []string{typeName}
	default:
		for _, p := range s.AST.PossibleTypes[typeName] {
			if p.Kind == ast.Object {
				here = append(here, p.Name)
			}
		}
		slices.Sort(here)
	}
	if first {
		return here
	}
	return slices.DeleteFunc(slices.Clone(known), func(n string) bool { return !slices.Contains(here, n) })
}

// mayMiss reports whether a subgraph may not know entities of a type without
// any plan seeing it: all subgraphs of the type have one and the same key, of
// leaves, and what this one resolves it resolves alone.
func (k *knowledge) mayMiss(subgraph string, of *ast.Definition) bool {
	return k.onlyKey(of) && k.resolvesAlone(subgraph, of) && len(k.family[of.Name]) == 0
}

func (k *knowledge) onlyKey(of *ast.Definition) bool {
	key := ""
	for _, name := range k.names {
		def := k.subgraphs[name].Type(of.Name)
		if def == nil {
			continue
		}
		keys := def.Directives.ForNames("key")
		if len(keys) != 1 {
			return false
		}
		text := keys[0].Arguments.ForName("fields").Value.Raw
		if key != "" && key != text {
			return false
		}
		key = text
	}
	return key != "" && !strings.Contains(key, "{")
}

func (k *knowledge) resolvesAlone(subgraph string, of *ast.Definition) bool {
	def := k.subgraphs[subgraph].Type(of.Name)
	if def == nil {
		return false
	}
	for _, f := range def.Fields {
		facts := k.fields[of.Name+"."+f.Name]
		if !facts.key && slices.Contains(facts.owners, subgraph) && len(facts.owners) > 1 {
			return false
		}
		if k.inputs[of.Name+"."+f.Name] && hasNonNull(f.Type) {
			return false
		}
	}
	return true
}

// contextOf reads @fromContext(field: "$name { leaf }") of a field's arguments.
func contextOf(f *ast.FieldDefinition) *contextFacts {
	for _, a := range f.Arguments {
		d := a.Directives.ForName("fromContext")
		if d == nil {
			continue
		}
		_, selection, _ := strings.Cut(d.Arguments.ForName("field").Value.Raw, "{")
		return &contextFacts{a.Name, strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(selection), "}"))}
	}
	return nil
}

func isExternal(f *ast.FieldDefinition, in *ast.Definition) bool {
	return f.Directives.ForName("external") != nil || in.Directives.ForName("external") != nil
}

func hasNonNull(t *ast.Type) bool {
	for ; t != nil; t = t.Elem {
		if t.NonNull {
			return true
		}
	}
	return false
}

// stricter is a with non-null wherever b has it. Where b names another type the
// result keeps a's.
func stricter(a, b *ast.Type) *ast.Type {
	out := *a
	out.NonNull = a.NonNull || b.NonNull
	if a.Elem != nil && b.Elem != nil {
		out.Elem = stricter(a.Elem, b.Elem)
	}
	return &out
}
