package connectors

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/connectors/batch"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/schema"
)

// key is what a look-up is asked with: some fields of a representation, in an
// order that does not depend on it.
type key struct {
	fields []keyField
	// rest are further members of what a request gets: the defaults of an
	// Entity's other arguments. They begin with a comma unless there is no
	// field.
	rest []byte
}

// keyField is one field of a key: a leaf, or, with sub, an object.
type keyField struct {
	name  string // in a representation
	text  []byte // `"name":` as the request gets it
	kind  mapping.Kind
	lists int
	sub   []keyField
	// nullable: @requires asks for it, so null is a value of it.
	nullable bool
}

func newKey(g *schema.Supergraph, c *spec.Connector) (*key, error) {
	t := g.TypeNamed(c.Type)
	if t == schema.NoType {
		return nil, fmt.Errorf("no type %s", c.Type)
	}
	k := &key{}
	if c.Key != "" {
		doc, err := parser.ParseQuery(&ast.Source{Input: "{" + c.Key + "}"})
		if err != nil {
			return nil, err
		}
		if k.fields, err = keyFields(g, &g.Types[t], doc.Operations[0].SelectionSet, 0); err != nil {
			return nil, err
		}
	}
	for i := range g.Lookups {
		if l := &g.Lookups[i]; l.ID == c.ID && l.Requires != nil {
			allowNulls(k.fields, l.Requires.Select)
		}
	}
	if c.Place == spec.Entity {
		return k, k.asArguments(g, c)
	}
	return k, nil
}

func keyFields(g *schema.Supergraph, t *schema.Type, set ast.SelectionSet, depth int) ([]keyField, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	var fields []keyField
	for _, selection := range set {
		s, ok := selection.(*ast.Field)
		if !ok {
			return nil, errors.New("a connector's key has no fragments")
		}
		if s.Name == typename {
			continue
		}
		id := g.FieldNamed(t.ID, s.Name)
		if id == schema.NoField {
			return nil, fmt.Errorf("no field %s.%s", t.Name, s.Name)
		}
		def := &g.Fields[id]
		f := keyField{name: s.Name, text: append(fault.AppendString(nil, s.Name), ':')}
		for e := def.Type; e.Elem != nil; e = e.Elem {
			f.lists++
		}
		result := &g.Types[def.Result]
		switch result.Kind {
		case ast.Scalar:
			f.kind = scalarKind(result.Name)
		case ast.Enum:
			f.kind = mapping.Enum
		default:
			var err error
			f.kind = mapping.Object
			if f.sub, err = keyFields(g, result, s.SelectionSet, depth+1); err != nil {
				return nil, err
			}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// allowNulls marks the fields of a key that are required.
func allowNulls(fields []keyField, required []schema.Selection) {
	for i := range fields {
		for k := range required {
			if required[k].Name == fields[i].name {
				fields[i].nullable = true
				allowNulls(fields[i].sub, required[k].Select)
			}
		}
	}
}

// asArguments makes the key's members arguments of the connector's field.
func (k *key) asArguments(g *schema.Supergraph, c *spec.Connector) error {
	id := g.FieldNamed(g.Query, c.Field)
	if id == schema.NoField {
		return fmt.Errorf("no field Query.%s", c.Field)
	}
	for _, def := range g.Fields[id].Arguments {
		from, given := c.Arguments[def.Name]
		i := slices.IndexFunc(k.fields, func(f keyField) bool { return f.name == from })
		if given && i >= 0 {
			k.fields[i].text = append(fault.AppendString(nil, def.Name), ':')
			continue
		}
		if def.DefaultValue == nil {
			continue
		}
		v, err := (&inputs{graph: g}).literal(def.Type, def.DefaultValue, 0)
		if err != nil {
			return fmt.Errorf("default of %s: %w", def.Name, err)
		}
		if len(k.fields) > 0 || len(k.rest) > 0 {
			k.rest = append(k.rest, ',')
		}
		k.rest = append(append(fault.AppendString(k.rest, def.Name), ':'), v.constant...)
	}
	return nil
}

// read takes the key out of a representation: object gets what the request is
// asked with, canonical the canonical key. ok is false if a part of the key is
// null, which no object can have.
func (k *key) read(object, canonical, representation []byte) (_, _ []byte, ok bool) {
	object, canonical, ok = readFields(append(object, '{'), canonical, k.fields, representation)
	return append(append(object, k.rest...), '}'), canonical, ok
}

func readFields(object, canonical []byte, fields []keyField, from []byte) (_, _ []byte, ok bool) {
	for i := range fields {
		f := &fields[i]
		if i > 0 {
			object = append(object, ',')
		}
		object = append(object, f.text...)
		value := jsonscan.Member(from, f.name)
		if jsonscan.Null(value) {
			if !f.nullable {
				return object, canonical, false
			}
			object, canonical = append(object, "null"...), batch.AppendNull(canonical)
			continue
		}
		if object, canonical, ok = f.readValue(object, canonical, value, f.lists); !ok {
			return object, canonical, false
		}
	}
	return object, canonical, true
}

func (f *keyField) readValue(object, canonical, value []byte, lists int) (_, _ []byte, ok bool) {
	switch {
	case lists > 0:
		return f.readList(object, canonical, value, lists)
	case f.sub != nil:
		if value[0] != '{' {
			return object, canonical, false
		}
		object, canonical, ok = readFields(append(object, '{'), batch.AppendObject(canonical), f.sub, value)
		return append(object, '}'), canonical, ok
	}
	return f.readLeaf(object, canonical, value)
}

// readList keeps nulls in lists: they are values, not missing parts.
func (f *keyField) readList(object, canonical, value []byte, lists int) (_, _ []byte, ok bool) {
	if value[0] != '[' {
		return object, canonical, false
	}
	n := 0
	jsonscan.Each(value, func(_, _ []byte) bool { n++; return true })
	canonical, object, ok = batch.AppendList(canonical, n), append(object, '['), true
	first := true
	jsonscan.Each(value, func(_, item []byte) bool {
		if !first {
			object = append(object, ',')
		}
		first = false
		if jsonscan.Null(item) {
			object, canonical = append(object, "null"...), batch.AppendNull(canonical)
			return true
		}
		object, canonical, ok = f.readValue(object, canonical, item, lists-1)
		return ok
	})
	return append(object, ']'), canonical, ok
}

// readLeaf coerces a scalar to the key's type, so that 1 and "1" are one ID.
func (f *keyField) readLeaf(object, canonical, value []byte) (_, _ []byte, ok bool) {
	switch c := value[0]; {
	case c == '"':
		return append(object, value...), appendTextKey(canonical, value), true
	case f.kind == mapping.ID && (c == '-' || c >= '0' && c <= '9'):
		object = append(append(append(object, '"'), value...), '"')
		return object, batch.AppendText(canonical, value), true
	case c == '-' || c >= '0' && c <= '9':
		return append(object, value...), batch.AppendNumber(canonical, value), true
	case c == 't' || c == 'f':
		return append(object, value...), batch.AppendBool(canonical, c == 't'), true
	}
	return append(object, value...), batch.AppendOther(canonical, value), f.kind == mapping.Any
}

// appendTextKey appends a JSON string as a part of a key.
func appendTextKey(canonical, quoted []byte) []byte {
	if inner := quoted[1 : len(quoted)-1]; !slices.Contains(inner, '\\') {
		return batch.AppendText(canonical, inner)
	}
	text, ok := jsonscan.AppendText(nil, quoted)
	if !ok {
		return batch.AppendOther(canonical, quoted)
	}
	return batch.AppendText(canonical, text)
}

// outputs are the key's fields as what is wanted of a mapping. They are written
// before everything else under names no GraphQL name can be.
func (k *key) outputs() []mapping.OutputField {
	return keyOutputs(k.fields, string(keyMark))
}

// keyMark begins the name of a key's field in a mapped answer.
const keyMark = '#'

func keyOutputs(fields []keyField, mark string) []mapping.OutputField {
	var out []mapping.OutputField
	for i := range fields {
		f := &fields[i]
		o := &mapping.Output{Kind: f.kind, Lists: f.lists}
		if f.kind == mapping.Enum {
			o.Kind = mapping.String
		}
		if f.sub != nil {
			o.Fields = keyOutputs(f.sub, "")
		}
		out = append(out, mapping.OutputField{Response: mark + f.name, Name: f.name, Output: o})
	}
	return out
}

// result takes the key out of a mapped object and returns what is behind it:
// the object without its opening brace. ok is false without a complete key.
// scratch is memory for the coerced key, which nobody wants here.
func (k *key) result(scratch *[]byte, canonical, object []byte) (_, rest []byte, ok bool) {
	at := 1
	for i := range k.fields {
		f := &k.fields[i]
		// What the mapping writes has no white space: "#name":value
		name := at + 2 + len(f.name)
		if len(object) < name+2 || object[at+1] != keyMark || string(object[at+2:name]) != f.name || object[name] != '"' {
			return canonical, nil, false
		}
		start := name + 2
		end := jsonscan.Skip(object, start)
		if end == jsonscan.None {
			return canonical, nil, false
		}
		value := object[start:end]
		if jsonscan.Null(value) {
			if !f.nullable {
				return canonical, nil, false
			}
			canonical = batch.AppendNull(canonical)
		} else if *scratch, canonical, ok = f.readValue((*scratch)[:0], canonical, value, f.lists); !ok {
			return canonical, nil, false
		}
		if at = end; object[at] == ',' {
			at++
		}
	}
	return canonical, object[at:], true
}
