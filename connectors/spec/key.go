package spec

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// keyNode is a field of a key, with what is read of it.
type keyNode struct {
	name string
	sub  []*keyNode
}

// keyTree is a selection of fields, each once, in the order of first mention.
type keyTree []*keyNode

// add enters a path.
func (k *keyTree) add(path []string) {
	if len(path) == 0 {
		return
	}
	for _, n := range *k {
		if n.name == path[0] {
			(*keyTree)(&n.sub).add(path[1:])
			return
		}
	}
	n := &keyNode{name: path[0]}
	(*keyTree)(&n.sub).add(path[1:])
	*k = append(*k, n)
}

// addSet enters a selection of fields. Its depth is limited by
// schema.MaxNesting.
func (k *keyTree) addSet(set ast.SelectionSet, prefix ...string) {
	for _, s := range set {
		f, ok := s.(*ast.Field)
		if !ok {
			continue // a key on an abstract type; connectors enter objects
		}
		path := append(append([]string(nil), prefix...), f.Name)
		k.add(path)
		k.addSet(f.SelectionSet, path...)
	}
}

// String returns the selection in GraphQL, without braces.
func (k keyTree) String() string {
	var b strings.Builder
	for i, n := range k {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(n.name)
		if len(n.sub) > 0 {
			b.WriteString(" { " + keyTree(n.sub).String() + " }")
		}
	}
	return b.String()
}

// holds reports whether the tree has all that another one has.
func (k keyTree) holds(other keyTree) bool {
	for _, n := range other {
		i := 0
		for i < len(k) && k[i].name != n.name {
			i++
		}
		if i == len(k) || !keyTree(k[i].sub).holds(n.sub) {
			return false
		}
	}
	return true
}

// keyOf derives what a connector on a type, or on a field of one, must be asked
// with: the fields of $this or $batch that it reads.
func (r *reader) keyOf(d *draft) string {
	variable := "$this"
	if d.Place == Batch {
		variable = "$batch"
	}
	var tree keyTree
	var whole *spot
	requested := false
	for _, p := range d.parts {
		for _, u := range p.uses {
			if u.Variable != variable {
				continue
			}
			requested = requested || p.phase == request
			if len(u.Path) == 0 {
				place := within(p.value, u.Offset)
				whole = &place
				continue
			}
			r.addPath(&tree, d.owner, u.Path)
		}
	}
	if d.field == nil && !requested {
		r.rules.add(ConnectorsCannotResolveKey, d.Coordinate, at(d.application.pos),
			"The request reads neither $this nor $batch, so it would ask the same for every %s.", d.owner.name)
	}
	if len(tree) == 0 && whole != nil {
		// The object as a whole: what others know it by.
		for _, k := range d.owner.keys {
			if k.set != nil {
				tree.addSet(k.set)
				break
			}
		}
	}
	if len(tree) == 0 && whole != nil {
		r.rules.add(ConnectorsCannotResolveKey, d.Coordinate, *whole,
			"%s is read as a whole, and %s has no @key that says what there is of it. Name the fields: %s { … }.", variable, d.owner.name, variable)
	}
	r.complete(d, &tree, d.owner, nil)
	r.answered(d.owner, tree)
	d.key = tree
	return tree.String()
}

// addPath enters a path as far as GraphQL knows it: a custom scalar is read as
// a whole.
func (r *reader) addPath(tree *keyTree, t *typeDef, path []string) {
	for i, name := range path {
		if name == "__typename" && t.composite() {
			tree.add(path[:i+1])
			return
		}
		f := t.field(name)
		if f == nil {
			return // reported by checkPath
		}
		if t = r.named(f.typ); t == nil || !t.composite() {
			tree.add(path[:i+1])
			return
		}
	}
	tree.add(path)
}

// complete adds what is read of an object that a path ends at: as much as the
// type's @key has of it. A key is complete in itself; going on below it would
// have no end where the keys of two types name each other.
func (r *reader) complete(d *draft, tree *keyTree, t *typeDef, path []string) {
	for _, n := range *tree {
		f := t.field(n.name)
		if f == nil {
			continue
		}
		target := r.named(f.typ)
		if target == nil || !target.composite() {
			continue
		}
		here := append(append([]string(nil), path...), n.name)
		if len(n.sub) > 0 {
			r.complete(d, (*keyTree)(&n.sub), target, here)
			continue
		}
		n.sub = r.keyed(d.owner, here)
		for _, k := range target.keys {
			if len(n.sub) == 0 {
				(*keyTree)(&n.sub).addSet(k.set)
			}
		}
		switch {
		case len(n.sub) > 0:
		case target.abstract():
			r.rules.add(UnsupportedVariableType, d.Coordinate, at(d.application.pos),
				"It reads %s as a whole, which is %s: it cannot be told which fields there are.", strings.Join(here, "."), kindName[target.kind])
			n.sub = []*keyNode{{name: "__typename"}}
		default:
			r.rules.add(ConnectorsCannotResolveKey, d.Coordinate, at(d.application.pos),
				"It reads %s as a whole, which is an object. Name the fields of it that are needed.", strings.Join(here, "."))
			n.sub = []*keyNode{{name: "__typename"}}
		}
	}
}

// keyed returns what the @keys of a type have below a path.
func (r *reader) keyed(t *typeDef, path []string) []*keyNode {
	var tree keyTree
	for _, k := range t.keys {
		tree.addSet(k.set)
	}
	for _, name := range path {
		i := 0
		for i < len(tree) && tree[i].name != name {
			i++
		}
		if i == len(tree) {
			return nil
		}
		tree = tree[i].sub
	}
	return tree
}

// answered marks the fields of a key as known: whoever asks gives them.
func (r *reader) answered(t *typeDef, tree keyTree) {
	for _, n := range tree {
		f := t.field(n.name)
		if f == nil {
			continue
		}
		r.seen[f.coordinate()] = true
		if target := r.named(f.typ); target != nil {
			r.answered(target, n.sub)
		}
	}
}
