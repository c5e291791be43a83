package testkit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/vektah/gqlparser/v2/ast"
)

// mockObjects is how many objects each type of a [Mock] has.
const mockObjects = 40

// Mock is a world of deterministic values: every object is a type and an index,
// and a field's value follows from both and its arguments. The rules are those
// of the plan vectors.
type Mock struct {
	schema   *ast.Schema
	possible map[string][]string // abstract type → sorted members all subgraphs know
	steady   map[string]bool     // coordinates that keep the index
}

// NewMock builds the world of a supergraph (its whole schema) and its subgraphs.
func NewMock(supergraph *ast.Schema, subgraphs []*SubgraphSchema) (*Mock, error) {
	m := &Mock{schema: supergraph, possible: map[string][]string{}, steady: map[string]bool{}}
	for _, s := range subgraphs {
		for _, def := range s.Types {
			if def.IsAbstractType() {
				m.restrict(def.Name, s.AST)
			}
			keys, err := keySets(def)
			if err != nil {
				return nil, err
			}
			for _, k := range keys {
				m.keep(def.Name, k.fields)
			}
		}
	}
	return m, nil
}

// restrict intersects what is known of an abstract type with one subgraph's
// members.
func (m *Mock) restrict(name string, schema *ast.Schema) {
	var here []string
	for _, p := range schema.PossibleTypes[name] {
		if p.Kind == ast.Object {
			here = append(here, p.Name)
		}
	}
	slices.Sort(here)
	known, seen := m.possible[name]
	if !seen {
		m.possible[name] = here
		return
	}
	m.possible[name] = slices.DeleteFunc(known, func(t string) bool { return !slices.Contains(here, t) })
}

// keep marks the fields of a key that have a selection below them.
func (m *Mock) keep(typeName string, set ast.SelectionSet) {
	def := m.schema.Types[typeName]
	for _, s := range set {
		f, ok := s.(*ast.Field)
		if !ok || len(f.SelectionSet) == 0 || def == nil {
			continue
		}
		if field := def.Fields.ForName(f.Name); field != nil {
			m.steady[typeName+"."+f.Name] = true
			m.keep(field.Type.Name(), f.SelectionSet)
		}
	}
}

// mockNode is one object.
type mockNode struct {
	of    *ast.Definition
	index int
}

// toMock takes back a node the mock gave out.
func toMock(node any) mockNode {
	n, ok := node.(mockNode)
	if !ok {
		panic(fmt.Sprintf("testkit: %T is no node of the mock", node))
	}
	return n
}

// Root returns object 0 of the root type.
func (m *Mock) Root(op ast.Operation) any { return mockNode{rootType(m.schema, op), 0} }

// TypeName returns the object's type.
func (m *Mock) TypeName(node any) string { return toMock(node).of.Name }

// Field computes a field.
func (m *Mock) Field(node any, field string, args *Object) (any, error) {
	n := toMock(node)
	def := n.of.Fields.ForName(field)
	if def == nil {
		return nil, fmt.Errorf("%s has no field %q", n.of.Name, field)
	}
	return m.value(n, def, def.Type, n.index, argumentText(args)), nil
}

func (m *Mock) value(n mockNode, f *ast.FieldDefinition, t *ast.Type, index int, args string) any {
	steady := m.isSteady(n.of, f.Name)
	if t.Elem != nil {
		list := make([]any, 2)
		for i := range list {
			next := (index + 3*i + 1) % mockObjects
			if steady {
				next = (index + i) % mockObjects
			}
			list[i] = m.value(n, f, t.Elem, next, args)
		}
		return list
	}
	def := m.schema.Types[t.NamedType]
	if def.IsLeafType() {
		return leafValue(def, f.Name, index, args)
	}
	if !steady {
		index = int((7*uint32(index) + textHash(f.Name+args)) % mockObjects)
	}
	return m.object(def, index)
}

// object returns an object at a place of type def, nil if no type is possible.
func (m *Mock) object(def *ast.Definition, index int) any {
	if def.IsAbstractType() {
		names := m.possible[def.Name]
		if len(names) == 0 {
			return nil
		}
		def = m.schema.Types[names[index%len(names)]]
	}
	return mockNode{def, index}
}

func (m *Mock) isSteady(of *ast.Definition, field string) bool {
	if m.steady[of.Name+"."+field] {
		return true
	}
	return slices.ContainsFunc(of.Interfaces, func(i string) bool { return m.steady[i+"."+field] })
}

// Find reads the index from the key.
func (m *Mock) Find(typeName string, key ast.SelectionSet, rep *Object) any {
	index, ok := keyIndex(key, rep, fromText)
	if !ok {
		index, ok = keyIndex(key, rep, fromNumber)
	}
	def := m.schema.Types[typeName]
	if !ok || def == nil {
		return nil
	}
	return m.object(def, index)
}

// keyIndex returns what read gives for the first leaf it accepts.
func keyIndex(set ast.SelectionSet, v any, read func(any) (int, bool)) (int, bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if i, ok := keyIndex(set, item, read); ok {
				return i, true
			}
		}
	case *Object:
		for _, s := range set {
			f, ok := s.(*ast.Field)
			if !ok || f.Name == "__typename" {
				continue
			}
			if i, ok := keyIndex(f.SelectionSet, v.Value(f.Name), read); ok {
				return i, true
			}
		}
	default:
		return read(v)
	}
	return 0, false
}

func fromText(v any) (int, bool) {
	s, _ := v.(string)
	_, digits, ok := strings.Cut(s, "#")
	if !ok {
		return 0, false
	}
	digits, _, _ = strings.Cut(digits, "?")
	i, err := strconv.Atoi(digits)
	return i, err == nil
}

func fromNumber(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return int(f), err == nil
}

// leafValue is the value of a leaf field.
func leafValue(def *ast.Definition, field string, index int, args string) any {
	switch {
	case def.Kind == ast.Enum:
		var names []string
		for _, v := range def.EnumValues {
			names = append(names, v.Name)
		}
		slices.Sort(names)
		return names[index%len(names)]
	case def.Name == "Int":
		return json.Number(strconv.Itoa(index + argumentShift(args)))
	case def.Name == "Float":
		return json.Number(strconv.Itoa(index+argumentShift(args)) + ".5")
	case def.Name == "Boolean":
		return index%2 == 0
	}
	return field + "#" + strconv.Itoa(index) + args
}

func argumentShift(args string) int {
	if args == "" {
		return 0
	}
	return int(textHash(args)%1000) * 100
}

// textHash is 31·h + unit over UTF-16 code units, from 7, modulo 2³².
func textHash(s string) uint32 {
	h := uint32(7)
	for _, unit := range utf16.Encode([]rune(s)) {
		h = h*31 + uint32(unit)
	}
	return h
}

// argumentText is ?a=1&b=2, names sorted, values as JSON.
func argumentText(args *Object) string {
	if args.Len() == 0 {
		return ""
	}
	names := slices.Clone(args.Names())
	slices.Sort(names)
	for i, name := range names {
		names[i] = name + "=" + FormatJSON(args.Value(name))
	}
	return "?" + strings.Join(names, "&")
}
