package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// traits select what a world may do beside answering.
type traits struct {
	// Seed decides every value.
	Seed uint64
	// Errors lets fields fail, also by null where the schema has none.
	Errors bool
	// Absent lets subgraphs not know some entities.
	Absent bool
	// Batching is the planner's option of that name.
	Batching int
	// Engine has package connectors answer for subgraphs made of connectors.
	Engine bool
}

// dataset is the data all subgraphs agree on, computed rather than stored: an
// object is a type and a number, a field's value follows from seed, object,
// name and arguments. Keys spell the number out, so that a representation leads
// back to its object.
//
// Rules that keep every plan's answer the same:
//   - key fields are never null and never fail; nested key objects keep the number
//   - types below a keyed interface share its numbers: n modulo members tells the type
//   - a value is null only where every subgraph's declaration allows it
//   - what fails is nullable in every plan's eyes: see mayFail
//   - an abstract field's types are those that every subgraph resolving it knows
type dataset struct {
	schema *ast.Schema
	traits traits
	known  *knowledge

	// whole: nobody fills contextual arguments, so they are looked up.
	whole bool

	mu sync.Mutex // guards turns
	// turns counts the mutation fields run so far, by subgraph.
	turns map[string]int
}

// objectsPerType keeps numbers small, so that objects repeat; chosen.
const objectsPerType = 12

// lengths of lists: mostly some items; chosen.
var lengths = []int{0, 1, 1, 2, 2, 2, 3, 3}

// errField is the failure of a field.
var errField = errors.New("the field fails")

func newDataset(schema *ast.Schema, known *knowledge, t traits) *dataset {
	return &dataset{schema: schema, traits: t, known: known, turns: map[string]int{}}
}

// fresh returns the same data before any mutation.
func (d *dataset) fresh() *dataset {
	f := newDataset(d.schema, d.known, d.traits)
	f.whole = d.whole
	return f
}

// object is one object of the dataset.
type object struct {
	of     *ast.Definition
	number int
	// above is the nearest enclosing object that sets a context, nil if none.
	above *object
}

// toObject takes back a node the dataset gave out.
func toObject(node any) object {
	o, ok := node.(object)
	if !ok {
		panic(fmt.Sprintf("differential: %T is no object of the dataset", node))
	}
	return o
}

// Root returns the root object of an operation kind.
func (d *dataset) Root(op ast.Operation) any {
	switch op {
	case ast.Query:
	case ast.Mutation:
		return object{of: d.schema.Mutation}
	case ast.Subscription:
		return object{of: d.schema.Subscription}
	}
	return object{of: d.schema.Query}
}

// TypeName returns the object's type.
func (d *dataset) TypeName(node any) string { return toObject(node).of.Name }

// Field computes a field.
func (d *dataset) Field(node any, field string, args *testkit.Object) (any, error) {
	o := toObject(node)
	def := o.of.Fields.ForName(field)
	if def == nil {
		return nil, fmt.Errorf("%s has no field %q", o.of.Name, field)
	}
	f := d.known.fields[o.of.Name+"."+field]
	if o.of == d.schema.Mutation {
		d.mu.Lock()
		for _, owner := range f.owners {
			d.turns[owner]++
		}
		d.mu.Unlock()
	}
	if d.hidden(o, f) {
		return nil, nil
	}
	if f.context != nil {
		args = d.withContext(o, f.context, args)
	}
	h := d.hash(o.of.Name, strconv.Itoa(o.number), field, testkit.FormatJSON(args), d.turn(f))
	if f.key {
		return d.keyValue(f, def.Type, o.number), nil
	}
	if d.traits.Errors && f.mayFail && h%11 == 0 {
		return nil, errField
	}
	return d.below(o, d.value(f, f.strict, h)), nil
}

// withContext adds the argument that a subgraph gets from the gateway; one left
// out is null.
func (d *dataset) withContext(o object, c *contextFacts, args *testkit.Object) *testkit.Object {
	out := args.Clone()
	out.Set(c.argument, args.Value(c.argument))
	if d.whole && o.above != nil {
		if v, err := d.Field(*o.above, c.selection, &testkit.Object{}); err == nil {
			out.Set(c.argument, withoutErrors(v))
		}
	}
	return out
}

// withoutErrors is a leaf value as its reader gets it: null where items failed.
// (Fields with non-null items that serve as inputs do not fail.)
func withoutErrors(v any) any {
	switch v := v.(type) {
	case error:
		return nil
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = withoutErrors(item)
		}
		return list
	}
	return v
}

// below lets the objects of a value know what encloses them.
func (d *dataset) below(o object, value any) any {
	above := o.above
	if d.known.contexts[o.of.Name] {
		above = &o
	}
	switch v := value.(type) {
	case object:
		v.above = above
		return v
	case []any:
		for i := range v {
			v[i] = d.below(o, v[i])
		}
	}
	return value
}

// turn distinguishes the values of fields that see mutations.
func (d *dataset) turn(f *fieldFacts) string {
	if !f.live || len(f.owners) != 1 {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return strconv.Itoa(d.turns[f.owners[0]])
}

// hidden reports whether the one subgraph that resolves the field does not know
// the object.
func (d *dataset) hidden(o object, f *fieldFacts) bool {
	return !f.key && len(f.owners) == 1 && d.absent(f.owners[0], o)
}

// Knows reports whether a subgraph has an entity.
func (d *dataset) Knows(subgraph string, node any) bool { return !d.absent(subgraph, toObject(node)) }

// absent reports whether a subgraph does not know an entity.
func (d *dataset) absent(subgraph string, o object) bool {
	return d.traits.Absent && d.known.missed[subgraph+" "+o.of.Name] && d.hash("absent", subgraph, o.of.Name, strconv.Itoa(o.number))%6 == 0
}

func (d *dataset) hash(parts ...string) uint64 {
	h := d.traits.Seed ^ 0xcbf29ce484222325
	for _, p := range parts {
		for i := 0; i < len(p); i++ {
			h = (h ^ uint64(p[i])) * 0x100000001b3
		}
		h = (h ^ 0xff) * 0x100000001b3
	}
	return mix(h)
}

// mix is the finaliser of splitmix64: every bit of h reaches every bit.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// value computes a value of the strictest type any subgraph declares.
func (d *dataset) value(f *fieldFacts, t *ast.Type, h uint64) any {
	if !t.NonNull && h%12 == 0 {
		return nil
	}
	if t.NonNull && d.traits.Errors && f.mayFail && h%23 == 0 {
		return nil
	}
	h = mix(h + 1)
	if t.Elem != nil {
		list := make([]any, lengths[h%uint64(len(lengths))])
		if t.Elem.NonNull && t.Elem.Elem == nil && len(f.possible) == 0 && d.schema.Types[t.Elem.NamedType].IsAbstractType() {
			list = list[:0] // no item is possible
		}
		for i := range list {
			list[i] = d.value(f, t.Elem, mix(h+uint64(i)*7919))
			if d.traits.Errors && f.mayFail && mix(h+uint64(i))%29 == 0 {
				list[i] = errField
			}
		}
		return list
	}
	def := d.schema.Types[t.NamedType]
	if def.IsLeafType() {
		return d.leaf(def, h)
	}
	if def.IsAbstractType() {
		if len(f.possible) == 0 {
			return nil
		}
		def = d.schema.Types[f.possible[h%uint64(len(f.possible))]]
	}
	return d.object(def, int(mix(h)%objectsPerType))
}

// object returns the object nearest to a number that its type may have.
func (d *dataset) object(def *ast.Definition, number int) any {
	if family := d.known.family[def.Name]; len(family) > 0 {
		at := slices.Index(family, def.Name)
		number += at - number%len(family)
	}
	return object{of: def, number: number}
}

// keyValue computes a field of a key from the object's number.
func (d *dataset) keyValue(f *fieldFacts, t *ast.Type, number int) any {
	if t.Elem != nil {
		return []any{d.keyValue(f, t.Elem, number), d.keyValue(f, t.Elem, number+1)}
	}
	def := d.schema.Types[t.NamedType]
	switch {
	case def.Name == "Int":
		return json.Number(strconv.Itoa(number))
	case def.Name == "Float":
		return json.Number(strconv.Itoa(number) + ".5")
	case def.Name == "Boolean":
		return number%2 == 0
	case def.Kind == ast.Enum:
		return def.EnumValues[number%len(def.EnumValues)].Name
	case def.IsLeafType():
		return f.name + "#" + strconv.Itoa(number)
	}
	return object{of: def, number: number}
}

// texts are string values that are easy to get wrong.
var texts = []string{"", "plain", "Zürich", "line\nbreak", `quo"te`, "back\\slash", "😀", "null", "tab\t", "</script>", "\u2028"}

// numbers are Float values that are easy to get wrong.
var numbers = []string{"0", "1.5", "-2.25", "1e3", "123456789.125", "-0.5", "3"}

func (d *dataset) leaf(def *ast.Definition, h uint64) any {
	switch {
	case def.Kind == ast.Enum:
		return def.EnumValues[h%uint64(len(def.EnumValues))].Name
	case def.Name == "Int":
		return json.Number(strconv.Itoa(int(h%2000) - 1000))
	case def.Name == "Float":
		return json.Number(numbers[h%uint64(len(numbers))])
	case def.Name == "Boolean":
		return h%2 == 0
	case def.Name == "ID", def.Name == "String":
		return texts[h%uint64(len(texts))] + strconv.Itoa(int(h%97))
	}
	return customValue(h)
}

// customValue is a value of a custom scalar: any JSON.
func customValue(h uint64) any {
	switch h % 5 {
	case 0:
		return json.Number("9007199254740993")
	case 1:
		return testkit.NewObject("z", json.Number("1"), "a", []any{nil, "x"}, "__typename", "Nope")
	case 2:
		return []any{}
	case 3:
		return "text"
	}
	return h%2 == 0
}

// Find reads the number from a key: out of the first text, else the first
// number.
func (d *dataset) Find(typeName string, key ast.SelectionSet, rep *testkit.Object) any {
	number, ok := keyNumber(key, rep, numberInText)
	if !ok {
		number, ok = keyNumber(key, rep, numberItself)
	}
	def := d.schema.Types[typeName]
	if !ok || def == nil {
		return nil
	}
	if def.IsAbstractType() {
		family := d.known.families[typeName]
		if len(family) == 0 {
			return nil
		}
		def = d.schema.Types[family[number%len(family)]]
	}
	return object{of: def, number: number}
}

func keyNumber(set ast.SelectionSet, v any, read func(any) (int, bool)) (int, bool) {
	switch v := v.(type) {
	case []any:
		if len(v) > 0 {
			return keyNumber(set, v[0], read)
		}
	case *testkit.Object:
		for _, s := range set {
			f, ok := s.(*ast.Field)
			if !ok || f.Name == "__typename" {
				continue
			}
			if n, ok := keyNumber(f.SelectionSet, v.Value(f.Name), read); ok {
				return n, true
			}
		}
	default:
		return read(v)
	}
	return 0, false
}

func numberInText(v any) (int, bool) {
	s, _ := v.(string)
	_, digits, ok := strings.Cut(s, "#")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

func numberItself(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return int(f), err == nil
}
