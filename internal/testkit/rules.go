package testkit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// federationRules is what one subgraph's directives say about reading its fields.
type federationRules struct {
	schema           *SubgraphSchema
	keys             map[string][]keySet
	interfaceObjects map[string]bool
	external         map[string]bool             // by coordinate
	requires         map[string]ast.SelectionSet // by coordinate
	provides         map[string]ast.SelectionSet // by coordinate
	overrides        map[string]override         // by coordinate
	lost             map[string]bool             // by coordinate: another subgraph has it
}

// override is one @override.
type override struct{ from, label string }

// Federate builds the members of a graph from their SDLs, sorted by name. on
// tells which override labels are on; nil means none.
func Federate(world World, sdls map[string]string, on func(label string) bool) ([]*Member, error) {
	var members []*Member
	for name, sdl := range sdls {
		schema, err := LoadSubgraph(name, sdl)
		if err != nil {
			return nil, err
		}
		m := &Member{Name: name, World: world, schema: schema}
		if m.rules, err = readRules(schema); err != nil {
			return nil, fmt.Errorf("subgraph %s: %w", name, err)
		}
		members = append(members, m)
	}
	slices.SortFunc(members, func(a, b *Member) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	SetLabels(members, on)
	return members, nil
}

// SetLabels decides which side of each labelled @override is alive.
func SetLabels(members []*Member, on func(label string) bool) {
	for _, m := range members {
		m.rules.lost = map[string]bool{}
	}
	for _, m := range members {
		for coordinate, o := range m.rules.overrides {
			for _, other := range members {
				if other.Name != o.from || !other.schema.declares(coordinate) {
					continue // nobody to take the field from: the override says nothing
				}
				if o.label != "" && (on == nil || !on(o.label)) {
					m.rules.lost[coordinate] = true
				} else {
					other.rules.lost[coordinate] = true
				}
			}
		}
	}
}

// declares reports whether the subgraph has the field Type.field.
func (s *SubgraphSchema) declares(coordinate string) bool {
	typeName, field, _ := strings.Cut(coordinate, ".")
	def := s.Type(typeName)
	return def != nil && def.Fields.ForName(field) != nil
}

func readRules(s *SubgraphSchema) (*federationRules, error) {
	r := &federationRules{
		schema: s, keys: map[string][]keySet{}, interfaceObjects: map[string]bool{}, external: map[string]bool{},
		requires: map[string]ast.SelectionSet{}, provides: map[string]ast.SelectionSet{}, overrides: map[string]override{},
	}
	for _, def := range s.Types {
		keys, err := keySets(def)
		if err != nil {
			return nil, err
		}
		r.keys[def.Name] = keys
		r.interfaceObjects[def.Name] = def.Directives.ForName("interfaceObject") != nil
		for _, f := range def.Fields {
			if err := r.readField(def, f); err != nil {
				return nil, fmt.Errorf("%s.%s: %w", def.Name, f.Name, err)
			}
		}
	}
	return r, nil
}

func (r *federationRules) readField(def *ast.Definition, f *ast.FieldDefinition) error {
	coordinate := def.Name + "." + f.Name
	r.external[coordinate] = f.Directives.ForName("external") != nil || def.Directives.ForName("external") != nil
	for name, sets := range map[string]map[string]ast.SelectionSet{"requires": r.requires, "provides": r.provides} {
		d := f.Directives.ForName(name)
		if d == nil {
			continue
		}
		set, err := ParseFieldSet(d.Arguments.ForName("fields").Value.Raw)
		if err != nil {
			return err
		}
		sets[coordinate] = set
	}
	if d := f.Directives.ForName("override"); d != nil {
		o := override{from: d.Arguments.ForName("from").Value.Raw}
		if l := d.Arguments.ForName("label"); l != nil {
			o.label = l.Value.Raw
		}
		r.overrides[coordinate] = o
	}
	return nil
}

// mayRead checks that the subgraph can answer a field at this visit.
func (m *Member) mayRead(v *visit, of *ast.Definition, name string) error {
	r := m.rules
	coordinate := of.Name + "." + name
	if set := r.requires[coordinate]; set != nil {
		if v.rep == nil {
			return m.breach("%s read without a representation", coordinate)
		}
		if err := m.checkRequired(set, of, v.node, v.rep); err != nil {
			return m.breach("%s: %v in %s", coordinate, err, short(v.rep))
		}
	}
	if !r.external[coordinate] && !r.lost[coordinate] {
		return nil
	}
	if r.opened(v, of.Name, name, m.World.TypeName(v.node)) {
		return nil
	}
	if r.external[coordinate] {
		return m.breach("external field %s read", coordinate)
	}
	return m.breach("overridden field %s read", coordinate)
}

// opened reports whether a key or a selection on the way here names the field.
func (r *federationRules) opened(v *visit, typeName, field, runtime string) bool {
	for _, set := range r.visible(v, typeName) {
		if len(r.selected(set, field, typeName, runtime)) > 0 {
			return true
		}
	}
	return false
}

// below returns the open selections under a field: what @provides on it says,
// and what the open selections here say about it.
func (r *federationRules) below(v *visit, typeName, field string, runtime func(any) string) []ast.SelectionSet {
	var open []ast.SelectionSet
	if set := r.provides[typeName+"."+field]; set != nil {
		open = append(open, set)
	}
	for _, set := range r.visible(v, typeName) {
		for _, f := range r.selected(set, field, typeName, runtime(v.node)) {
			if len(f.SelectionSet) > 0 {
				open = append(open, f.SelectionSet)
			}
		}
	}
	return open
}

// visible are the open selections of a visit and the keys of its type.
func (r *federationRules) visible(v *visit, typeName string) []ast.SelectionSet {
	sets := slices.Clone(v.open)
	for _, k := range r.keys[typeName] {
		sets = append(sets, k.fields)
	}
	for _, i := range r.schema.AST.Types[typeName].Interfaces {
		for _, k := range r.keys[i] {
			sets = append(sets, k.fields)
		}
	}
	return sets
}

// selected returns the fields called name that set selects on a type, which is
// typeName in this subgraph and runtime in the whole graph.
func (r *federationRules) selected(set ast.SelectionSet, name, typeName, runtime string) []*ast.Field {
	var found []*ast.Field
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if s.Name == name {
				found = append(found, s)
			}
		case *ast.InlineFragment:
			c := s.TypeCondition
			if c == "" || isPossible(r.schema.AST, c, typeName) || isPossible(r.schema.AST, c, runtime) {
				found = append(found, r.selected(s.SelectionSet, name, typeName, runtime)...)
			}
		}
	}
	return found
}
