package testkit

import (
	"context"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// Diminished checks an answer that may have lost data to failures: every value
// is the resolver's or null, nulls stand only where the schema has them, and
// members are in order. It returns the first place where that does not hold, or
// "". The document must be a query or a mutation.
func Diminished(ctx context.Context, d *Document, r Resolver, variables *Object, got any) string {
	vars, err := coerceVariables(d.Schema, d.Operation, variables)
	if err != nil {
		return err.Error()
	}
	w := &diminished{execution{ctx: ctx, schema: d.Schema, resolver: r, vars: vars}}
	if got == nil {
		return ""
	}
	root := rootType(d.Schema, d.Operation.Operation)
	return w.object(root, r.Root(d.Operation.Operation), w.collect(root, d.Operation.SelectionSet), got, nil)
}

// diminished walks an answer along what execution would produce.
type diminished struct{ execution }

func (w *diminished) object(of *ast.Definition, value any, groups []*fieldGroup, got any, at *path) string {
	o, ok := got.(*Object)
	if !ok {
		return fmt.Sprintf("%v: want an object, got %s", at.list(), short(got))
	}
	if o.Len() != len(groups) {
		return fmt.Sprintf("%v: want %d members, got %v", at.list(), len(groups), o.Names())
	}
	for i, g := range groups {
		if o.Names()[i] != g.name {
			return fmt.Sprintf("%v: want member %q, got %q", at.list(), g.name, o.Names()[i])
		}
		if d := w.field(of, value, g, o.Value(g.name), &path{at, g.name}); d != "" {
			return d
		}
	}
	return ""
}

func (w *diminished) field(of *ast.Definition, object any, g *fieldGroup, got any, at *path) string {
	f := g.fields[0]
	if f.Name == "__typename" {
		if got != of.Name {
			return fmt.Sprintf("%v: want %q, got %s", at.list(), of.Name, short(got))
		}
		return ""
	}
	def := of.Fields.ForName(f.Name)
	args, err := coerceArguments(w.schema, def.Arguments, f.Arguments, w.vars)
	var value any
	if err == nil {
		value, err = w.resolver.Field(w.ctx, object, of, def, args)
	}
	if err != nil {
		value = nil
	}
	return w.value(def.Type, g, value, got, at)
}

func (w *diminished) value(t *ast.Type, g *fieldGroup, value, got any, at *path) string {
	if got == nil {
		if t.NonNull {
			return fmt.Sprintf("%v: null where %s is declared", at.list(), t)
		}
		return ""
	}
	if _, failed := value.(error); failed || value == nil {
		return fmt.Sprintf("%v: want null, got %s", at.list(), short(got))
	}
	if t.Elem != nil {
		return w.list(t, g, value, got, at)
	}
	def := w.schema.Types[t.NamedType]
	if def.IsLeafType() {
		leaf, err := serialize(def, value)
		if err != nil || Diff(leaf, got, true) != "" {
			return fmt.Sprintf("%v: want %s, got %s", at.list(), short(leaf), short(got))
		}
		return ""
	}
	of, err := w.runtimeType(def, value)
	if err != nil {
		return fmt.Sprintf("%v: want null (%v), got %s", at.list(), err, short(got))
	}
	sets := make([]ast.SelectionSet, len(g.fields))
	for i, f := range g.fields {
		sets[i] = f.SelectionSet
	}
	return w.object(of, value, w.collect(of, sets...), got, at)
}

func (w *diminished) list(t *ast.Type, g *fieldGroup, value, got any, at *path) string {
	items, ok1 := value.([]any)
	list, ok2 := got.([]any)
	if !ok1 || !ok2 || len(items) != len(list) {
		return fmt.Sprintf("%v: want a list of %d, got %s", at.list(), len(items), short(got))
	}
	for i := range items {
		if d := w.value(t.Elem, g, items[i], list[i], &path{at, i}); d != "" {
			return d
		}
	}
	return ""
}
