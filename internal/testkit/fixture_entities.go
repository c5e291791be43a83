package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// entities resolves _entities: one value, null or error per representation.
func (f *Fixture) entities(ctx context.Context, reps []any) []any {
	list := make([]any, len(reps))
	for i, r := range reps {
		rep, ok := r.(*Object)
		if !ok {
			list[i] = fmt.Errorf("representation %s is no object", short(r))
			continue
		}
		v, err := f.entity(ctx, rep)
		switch {
		case err != nil:
			list[i] = err
		case v != nil:
			list[i] = v
		}
	}
	return list
}

func (f *Fixture) entity(ctx context.Context, rep *Object) (*fixtureObject, error) {
	name := rep.Text("__typename")
	def := f.schema.AST.Types[name]
	if def == nil || def.Kind != ast.Object && def.Kind != ast.Interface {
		return nil, fmt.Errorf("subgraph %s has no entity type %q", f.Name, name)
	}
	tables := []*ast.Definition{def}
	if def.Kind == ast.Interface {
		tables = f.schema.AST.PossibleTypes[name]
	}
	usable := false
	for _, key := range f.keys[name] {
		if !holdsFields(key.fields, rep) {
			continue
		}
		usable = true
		for _, t := range tables {
			for _, record := range f.state.table(t.Name) {
				s := &fixtureScope{f: f, ctx: ctx, object: &fixtureObject{props: record, table: t.Name}}
				if !s.hasKey(key.fields, t, rep, true) {
					continue
				}
				if message, failed := record.Get("$error"); failed {
					return nil, &FieldError{Message: fmt.Sprint(message), Extensions: record.Value("extensions")}
				}
				return &fixtureObject{props: record, table: t.Name, rep: rep}, nil
			}
		}
	}
	if !usable {
		return nil, errors.New("representation satisfies no key: " + short(rep))
	}
	return nil, nil
}

// hasKey reports whether the scope's object equals rep on the fields of set. A
// top-level field that is null matches nothing.
func (s *fixtureScope) hasKey(set ast.SelectionSet, of *ast.Definition, rep *Object, top bool) bool {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			if sel.TypeCondition == "" || rep.Text("__typename") == sel.TypeCondition {
				if !s.hasKey(sel.SelectionSet, of, rep, top) {
					return false
				}
			}
		case *ast.Field:
			if sel.Name == "__typename" {
				continue
			}
			want, stored := rep.Value(sel.Name), s.stored(of, sel.Name)
			if top && (want == nil || stored == nil) {
				return false
			}
			def := of.Fields.ForName(sel.Name)
			if def == nil || !s.sameKeyValue(sel.SelectionSet, def.Type, want, stored) {
				return false
			}
		}
	}
	return true
}

// stored evaluates a field of the object for comparison with a key.
func (s *fixtureScope) stored(of *ast.Definition, name string) any {
	v, ok := s.object.props.Get(name)
	if !ok {
		v, ok = s.f.fields.Get(of.Name + "." + name)
	}
	if !ok {
		return nil
	}
	got, err := s.eval(v)
	if err != nil {
		return nil
	}
	return got
}

func (s *fixtureScope) sameKeyValue(set ast.SelectionSet, t *ast.Type, want, stored any) bool {
	if want == nil || stored == nil {
		return want == nil && stored == nil
	}
	if t.Elem != nil {
		a, ok1 := want.([]any)
		b, ok2 := stored.([]any)
		if !ok1 || !ok2 || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !s.sameKeyValue(set, t.Elem, a[i], b[i]) {
				return false
			}
		}
		return true
	}
	if len(set) == 0 {
		if t.NamedType == "ID" {
			return idText(want) == idText(stored)
		}
		return Equal(want, plain(stored))
	}
	o, ok1 := asFixtureObject(stored)
	rep, ok2 := want.(*Object)
	if !ok1 || !ok2 {
		return false
	}
	of := s.f.schema.AST.Types[t.NamedType]
	if name := o.props.Text("__typename"); name != "" && s.f.schema.AST.Types[name] != nil {
		of = s.f.schema.AST.Types[name]
	} else if o.table != "" {
		of = s.f.schema.AST.Types[o.table]
	}
	inner := &fixtureScope{f: s.f, ctx: s.ctx, object: o}
	return inner.hasKey(set, of, rep, false)
}

func idText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return integerText(v)
	}
	return FormatJSON(plain(v))
}

// plain turns object values into JSON at any depth.
func plain(v any) any {
	switch v := v.(type) {
	case LeafValue:
		return plain(v.Leaf())
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = plain(item)
		}
		return list
	}
	return v
}
