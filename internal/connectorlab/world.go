package connectorlab

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// world answers from all data.
type world struct{ g *graph }

var _ testkit.World = world{}

// Root returns the only node of Query or Mutation.
func (w world) Root(op ast.Operation) any {
	if op == ast.Mutation {
		return w.g.mutation.nodes[0]
	}
	return w.g.query.nodes[0]
}

// nodeOf is the node that an object value of this world is.
func nodeOf(v any) *node {
	n, _ := v.(*node)
	return n
}

// TypeName returns the type of a node.
func (w world) TypeName(n any) string { return nodeOf(n).typ.name }

// Knows reports whether a subgraph has heard of a node.
func (w world) Knows(subgraph string, n any) bool {
	for s, unknown := range nodeOf(n).unknown {
		if s.name == subgraph && unknown {
			return false
		}
	}
	return true
}

// Field reads a field. What the field's only owner does not know is null.
func (w world) Field(of any, name string, args *testkit.Object) (any, error) {
	n := nodeOf(of)
	for _, f := range n.typ.fields {
		if f.name == name {
			return f.read(n, func(a string) (any, bool) { return args.Get(a) }), nil
		}
	}
	return nil, fmt.Errorf("no field %s.%s", n.typ.name, name)
}

// read is the value of a field.
func (f *field) read(n *node, arg func(string) (any, bool)) any {
	if f.key {
		return n.values[f.name]
	}
	if len(f.subs) == 1 && n.unknown[f.subs[0]] {
		return nil
	}
	switch f.root {
	case oneRoot:
		return f.one(arg)
	case allRoot:
		return f.all(arg)
	case noRoot, ownRoot: // below
	}
	v := n.values[f.name]
	if len(f.args) == 0 && f.needs == nil {
		return v
	}
	if !n.typ.root() {
		v = n.key(n.typ.keys[0])
	}
	text := fmt.Sprintf("%s of %v", f.name, v)
	if f.needs != nil {
		needed := f.needs.read(n, nil)
		if needed == nil && !f.foreign {
			return nil // a key with a null part is not asked for
		}
		text += " with " + plainText(needed)
	}
	for _, a := range f.args {
		text += " " + a.name + "=" + argText(arg(a.name))
	}
	return text
}

// argText tells arguments apart that a backend can tell apart.
func argText(v any, given bool) string {
	if !given || v == nil {
		return ""
	}
	return plainText(v)
}

func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	return testkit.FormatJSON(sorted(v))
}

// sorted is a value whose objects have their members in alphabetical order.
func sorted(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = sorted(item)
		}
		return list
	case *testkit.Object:
		out := &testkit.Object{}
		for _, name := range slices.Sorted(slices.Values(v.Names())) {
			out.Set(name, sorted(v.Value(name)))
		}
		return out
	}
	return v
}

func (f *field) one(arg func(string) (any, bool)) any {
	for _, n := range f.of.nodes {
		same := !n.unknown[f.subs[0]] && !n.gone
		for _, a := range f.args {
			v, _ := arg(a.name)
			same = same && plainText(v) == plainText(n.values[a.name])
		}
		if same {
			return n
		}
	}
	return nil
}

func (f *field) all(arg func(string) (any, bool)) any {
	limit := len(f.of.nodes)
	if len(f.args) > 0 {
		v, _ := arg("first")
		if n, err := strconv.Atoi(plainText(v)); err == nil {
			limit = n
		}
	}
	list := []any{}
	for _, n := range f.of.nodes {
		if len(list) < limit && !n.unknown[f.subs[0]] && !n.gone {
			list = append(list, n)
		}
	}
	return list
}

// Find returns the entity with a key.
func (w world) Find(name string, key ast.SelectionSet, rep *testkit.Object) any {
	for _, t := range w.g.types {
		if t.name != name {
			continue
		}
		for _, n := range t.nodes {
			same := true
			for _, s := range key {
				f, ok := s.(*ast.Field)
				same = same && ok && plainText(rep.Value(f.Name)) == plainText(n.values[f.Name])
			}
			if same {
				return n
			}
		}
	}
	return nil
}
