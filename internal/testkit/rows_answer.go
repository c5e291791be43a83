package testkit

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Answer is what the backend of a connector sends: JSON of its own making, with
// what the connector's selection says of the world's objects and nothing else.
// Nobody asks it for less, and null stands for what fails inside of it. The
// error is that of the connector's own field.
//
// args are those of the field, unless it enters a type; keys are what a look-up
// is asked with, one object each, and the answer is a list if many is set:
// objects that are there, in an order of the backend's own.
func (s *Rows) Answer(connector string, args *Object, keys []*Object, many bool) (any, error) {
	r := s.rows[connector]
	if r == nil {
		return nil, fmt.Errorf("subgraph %s has no connector %q", s.Member.Name, connector)
	}
	if r.root != "" {
		return s.field(s.Member.World.Root(r.operation), rootType(s.Member.schema.AST, r.operation), r.root, args, r.yields)
	}
	list, of := []any{}, s.Member.schema.AST.Types[r.typ]
	for i := range keys {
		key := keys[len(keys)-1-i].Clone()
		key.Set("__typename", r.typ)
		v, err := s.Member.rowEntity(r, key)
		if err != nil {
			return nil, err
		}
		switch {
		case many && v != nil:
			list = append(list, s.object(v.node, of, r.yields))
		case many:
		case v == nil:
			return nil, nil
		case r.field != "":
			return s.field(v.node, s.Member.typeHere(of, v.node), r.field, args, belowField(r.yields))
		default:
			return s.object(v.node, of, r.yields), nil
		}
	}
	return list, nil
}

// Silent is how many failures the answers so far said nothing of.
func (s *Rows) Silent() int { return int(s.silent.Load()) }

// Reset forgets the failures.
func (s *Rows) Reset() { s.silent.Store(0) }

// Record adds a request to the log.
func (s *Rows) Record(operation, variables, answer string) {
	s.Log.add(FetchRecord{Subgraph: s.Member.Name, Operation: operation, Variables: variables, Answer: answer})
}

// field is the value of a field that has a connector of its own.
func (s *Rows) field(node any, of *ast.Definition, name string, given *Object, yields ast.SelectionSet) (any, error) {
	def := of.Fields.ForName(name)
	if def == nil {
		return nil, s.Member.breach("%s has no field %s", of.Name, name)
	}
	args, err := s.arguments(def, given)
	if err != nil {
		return nil, s.Member.breach("%s.%s: %w", of.Name, name, err)
	}
	value, err := s.Member.World.Field(node, name, args)
	if err != nil {
		return nil, err
	}
	return s.value(value, def.Type, yields), nil
}

// arguments puts the arguments in the order of the schema. They have to be
// complete: nobody but the gateway knows the defaults.
func (s *Rows) arguments(def *ast.FieldDefinition, given *Object) (*Object, error) {
	out := &Object{}
	for _, d := range def.Arguments {
		v, ok := given.Get(d.Name)
		switch {
		case !ok && (d.DefaultValue != nil || d.Type.NonNull):
			return nil, fmt.Errorf("argument %q is missing", d.Name)
		case !ok:
			continue
		}
		coerced, err := coerceJSON(s.Member.schema.AST, d.Type, v)
		if err != nil {
			return nil, fmt.Errorf("argument %q: %w", d.Name, err)
		}
		if !Equal(v, coerced) {
			return nil, fmt.Errorf("argument %q is %s, not %s", d.Name, short(v), short(coerced))
		}
		out.Set(d.Name, coerced)
	}
	return out, nil
}

// value writes a value of the world.
func (s *Rows) value(value any, t *ast.Type, yields ast.SelectionSet) any {
	switch v := value.(type) {
	case nil:
		return nil
	case error:
		s.silent.Add(1)
		return nil
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = s.value(v[i], t.Elem, yields)
		}
		return list
	}
	def := s.Member.schema.AST.Types[t.Name()]
	if def.IsLeafType() {
		return value
	}
	return s.object(value, def, yields)
}

// object writes an object found at a place of a type.
func (s *Rows) object(node any, def *ast.Definition, yields ast.SelectionSet) *Object {
	out := &Object{}
	if def.IsAbstractType() {
		def = s.Member.typeHere(def, node)
		out.Set("__typename", def.Name) // elsewhere nobody has to be told
	}
	for _, f := range s.chosen(nil, node, def, yields) {
		value, err := s.Member.World.Field(node, f.Name, &Object{})
		if err != nil {
			value = err
		}
		out.Set(f.Name, s.value(value, def.Fields.ForName(f.Name).Type, f.SelectionSet))
	}
	return out
}

// chosen adds the fields that apply to a node, each once with all that is
// selected below it.
func (s *Rows) chosen(fields []*ast.Field, node any, of *ast.Definition, yields ast.SelectionSet) []*ast.Field {
	for _, selection := range yields {
		switch y := selection.(type) {
		case *ast.InlineFragment:
			c := y.TypeCondition
			if c == "" || isPossible(s.Member.schema.AST, c, of.Name) || isPossible(s.Member.schema.AST, c, s.Member.World.TypeName(node)) {
				fields = s.chosen(fields, node, of, y.SelectionSet)
			}
		case *ast.Field:
			if y.Name != "__typename" && of.Fields.ForName(y.Name) != nil {
				fields = addChosen(fields, y)
			}
		}
	}
	return fields
}

func addChosen(fields []*ast.Field, y *ast.Field) []*ast.Field {
	for i, f := range fields {
		if f.Name == y.Name {
			both := *f
			both.SelectionSet = append(slices.Clone(f.SelectionSet), y.SelectionSet...)
			fields[i] = &both
			return fields
		}
	}
	return append(fields, y)
}

// belowField is what a look-up of one field yields below it.
func belowField(yields ast.SelectionSet) ast.SelectionSet {
	if f, ok := yields[0].(*ast.Field); ok {
		return f.SelectionSet
	}
	return nil
}
