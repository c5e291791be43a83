package draw

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// Wrong is a change that makes an answer one that the operation cannot have.
type Wrong struct {
	// What was done, and where.
	What string
	// Do makes the change, Undo takes it back.
	Do, Undo func()
}

// Answer makes up the data of an operation over Schema, with random values for
// its conditions. wrong are changes to it, at places where the type of the
// object around is beyond doubt.
func Answer(rng *rand.Rand, schema *ast.Schema, query *ast.QueryDocument) (data map[string]any, wrong []Wrong) {
	a := &answer{rng: rng, schema: schema, query: query, given: map[string]bool{}}
	op := query.Operations[0]
	for _, v := range op.VariableDefinitions {
		a.given[v.Variable] = rng.IntN(2) == 0
	}
	return a.object(schema.Query, []ast.SelectionSet{op.SelectionSet}, true, "data"), a.wrong
}

type answer struct {
	rng    *rand.Rand
	schema *ast.Schema
	query  *ast.QueryDocument
	given  map[string]bool
	wrong  []Wrong
}

// object executes selection sets on an object of a type. sure says that nothing
// on the way here could have been of another type.
func (a *answer) object(t *ast.Definition, sets []ast.SelectionSet, sure bool, at string) map[string]any {
	var order []string
	groups := map[string][]*ast.Field{}
	unconditional := map[string]bool{}
	for _, set := range sets {
		a.collect(t, set, true, func(f *ast.Field, always bool) {
			if groups[f.Alias] == nil {
				order = append(order, f.Alias)
			}
			groups[f.Alias] = append(groups[f.Alias], f)
			unconditional[f.Alias] = unconditional[f.Alias] || always
		})
	}
	out := map[string]any{}
	for _, name := range order {
		f := groups[name][0]
		here := at + "." + name
		if f.Name == "__typename" {
			out[name] = t.Name
			a.instead(sure, out, name, "Nobody", here)
			continue
		}
		typ := t.Fields.ForName(f.Name).Type
		var within []ast.SelectionSet
		for _, same := range groups[name] {
			within = append(within, same.SelectionSet)
		}
		out[name] = a.value(typ, within, sure, here)
		if typ.NonNull && !a.wider(t, f.Name) {
			a.instead(sure, out, name, nil, here)
		}
		if len(f.SelectionSet) == 0 && typ.NamedType != "Stamp" {
			a.instead(sure, out, name, map[string]any{"odd": true}, here)
		}
	}
	return out
}

// wider reports whether an interface of the type declares the field as one that
// may be null: a selection on the interface promises no more.
func (a *answer) wider(t *ast.Definition, field string) bool {
	return slices.ContainsFunc(t.Interfaces, func(name string) bool {
		f := a.schema.Types[name].Fields.ForName(field)
		return f != nil && !f.Type.NonNull
	})
}

// instead notes a change of one member.
func (a *answer) instead(sure bool, out map[string]any, name string, value any, at string) {
	if !sure {
		return
	}
	was := out[name]
	a.wrong = append(a.wrong, Wrong{What: at, Do: func() { out[name] = value }, Undo: func() { out[name] = was }})
}

// collect is CollectFields of the specification. always says that no condition
// decided.
func (a *answer) collect(t *ast.Definition, set ast.SelectionSet, always bool, do func(*ast.Field, bool)) {
	for _, selected := range set {
		switch s := selected.(type) {
		case *ast.Field:
			if included, conditional := a.included(s.Directives); included {
				do(s, always && !conditional)
			}
		case *ast.InlineFragment:
			if included, conditional := a.included(s.Directives); included && a.applies(t, s.TypeCondition) {
				a.collect(t, s.SelectionSet, always && !conditional, do)
			}
		case *ast.FragmentSpread:
			fragment := a.query.Fragments.ForName(s.Name)
			if included, conditional := a.included(s.Directives); included && a.applies(t, fragment.TypeCondition) {
				a.collect(t, fragment.SelectionSet, always && !conditional, do)
			}
		}
	}
}

func (a *answer) included(directives ast.DirectiveList) (included, conditional bool) {
	included = true
	for _, d := range directives {
		conditional = true
		if given := a.given[d.Arguments.ForName("if").Value.Raw]; given != (d.Name == "include") {
			included = false
		}
	}
	return included, conditional
}

func (a *answer) applies(t *ast.Definition, condition string) bool {
	return condition == "" || condition == t.Name || slices.Contains(objects(a.schema, condition), t.Name)
}

func (a *answer) value(t *ast.Type, sets []ast.SelectionSet, sure bool, at string) any {
	if !t.NonNull && a.rng.IntN(4) == 0 {
		return nil
	}
	if t.Elem != nil {
		list := []any{}
		for i := range a.rng.IntN(3) {
			list = append(list, a.value(t.Elem, sets, sure, at+"."+strconv.Itoa(i)))
		}
		return list
	}
	switch t.NamedType {
	case "Int":
		return a.rng.IntN(100)
	case "Float":
		return a.rng.Float64()
	case "Boolean":
		return a.rng.IntN(2) == 0
	case "String", "ID":
		return strconv.Itoa(a.rng.IntN(100))
	case "Stamp":
		return []any{"2026-11-20", 5, map[string]any{"year": 2026}}[a.rng.IntN(3)]
	case "Kind":
		return []string{"SOFT", "HARD"}[a.rng.IntN(2)]
	}
	def := a.schema.Types[t.NamedType]
	sure = sure && def.Kind == ast.Object
	names := objects(a.schema, t.NamedType)
	return a.object(a.schema.Types[names[a.rng.IntN(len(names))]], sets, sure, at)
}
