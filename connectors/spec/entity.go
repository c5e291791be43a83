package spec

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// entityArgument reports whether a connector enters a type besides answering
// its field, and checks entity.
func (r *reader) entityArgument(d *draft) bool {
	v := d.application.arg("entity")
	if v == nil {
		return false
	}
	entity := v.Kind == ast.BooleanValue && v.Raw == "true"
	switch {
	case d.field == nil && !entity:
		r.rules.add(ConnectOnTypeMustBeEntity, d.Coordinate, at(v.Position), "entity cannot be false on a type: a connector on a type always answers for its objects.")
		return false
	case d.field == nil || !entity:
		return false
	case d.owner.root != ast.Query:
		r.rules.add(EntityNotOnRootQuery, d.Coordinate, at(v.Position), "entity: true is for fields of Query.")
		return false
	}
	t := r.named(d.field.typ)
	switch {
	case t == nil || t.kind != ast.Object && (t.kind != ast.Interface || r.features.version < 4):
		r.rules.add(EntityTypeInvalid, d.Coordinate, at(v.Position), "entity: true needs a field that returns an object, not %s.", d.field.typ)
		return false
	case isList(d.field.typ) || d.field.typ.NonNull:
		r.rules.add(EntityTypeInvalid, d.Coordinate, at(v.Position), "entity: true needs a field that returns one object or null: write %s instead of %s.", t.name, d.field.typ)
		return false
	}
	return r.matchArguments(d, t, v)
}

// matchArguments checks that the arguments of a field are fields of the entity
// it returns.
func (r *reader) matchArguments(d *draft, t *typeDef, entity *ast.Value) bool {
	if len(d.field.args) == 0 {
		r.rules.add(EntityResolverArgumentMismatch, d.Coordinate, at(entity.Position), "entity: true needs arguments: the fields of a @key of %s.", t.name)
		return false
	}
	ok, room := true, maxKeyFields
	for _, a := range d.field.args {
		ok = r.matchInput(d, a, t, &room) && ok
	}
	if room <= 0 {
		r.rules.add(EntityResolverArgumentMismatch, d.Coordinate, at(entity.Position),
			"The arguments hold more than %d fields, or an input object that holds itself: that is no key.", maxKeyFields)
		return false
	}
	return ok
}

// maxKeyFields bounds the fields of an entity's arguments, with those of input
// objects. Chosen; keys have a handful.
const maxKeyFields = 200

// matchInput checks an argument, or a field of an input object, against the
// field of the entity that has its name: of the same type, or an input object
// whose fields match that object's. Whether null is allowed does not matter.
// room counts down; it goes no further without.
func (r *reader) matchInput(d *draft, input *fieldDef, t *typeDef, room *int) bool {
	if *room--; *room <= 0 {
		return false
	}
	f := t.field(input.name)
	if f == nil {
		r.rules.add(EntityResolverArgumentMismatch, d.Coordinate, at(input.pos), "%s has no field %q, which entity: true needs for this argument.", t.name, input.name)
		return false
	}
	from, to := r.named(input.typ), r.named(f.typ)
	if from == nil {
		r.rules.add(MissingSchemaType, d.Coordinate, at(input.pos), "The type %s is not defined.", input.typ.Name())
		return false
	}
	if to != nil && sameLists(input.typ, f.typ) {
		if from.kind != ast.InputObject && from == to {
			return true
		}
		if from.kind == ast.InputObject && to.kind == ast.Object {
			ok := true
			for _, sub := range from.fields {
				ok = r.matchInput(d, sub, to, room) && ok
			}
			return ok
		}
	}
	r.rules.add(EntityResolverArgumentMismatch, d.Coordinate, at(input.pos), "%q has the type %s, but %s.%s has %s. With entity: true they must be the same.",
		input.name, input.typ, t.name, f.name, f.typ)
	return false
}

func sameLists(a, b *ast.Type) bool {
	for a.Elem != nil && b.Elem != nil {
		a, b = a.Elem, b.Elem
	}
	return a.Elem == nil && b.Elem == nil
}

// keyOfArguments returns the key an entity's arguments make, and the fields by
// argument. The arguments are those the connector reads, all if it reads none.
func (r *reader) keyOfArguments(d *draft, t *typeDef) (string, map[string]string) {
	var tree keyTree
	for _, p := range d.parts {
		for _, u := range p.uses {
			if u.Variable == "$args" && len(u.Path) > 0 && d.field.arg(u.Path[0]) != nil {
				r.addPath(&tree, t, u.Path)
			}
		}
	}
	if len(tree) == 0 {
		for _, a := range d.field.args {
			tree.add([]string{a.name})
		}
	}
	arguments := map[string]string{}
	for _, n := range tree {
		arguments[n.name] = n.name
		if a := d.field.arg(n.name); a != nil {
			r.inputFields(n, r.named(a.typ))
		}
	}
	r.answered(t, tree)
	d.key = tree
	return tree.String(), arguments
}

// inputFields adds to a field that is read as a whole what its input object
// has. That it ends was checked by matchArguments.
func (r *reader) inputFields(n *keyNode, input *typeDef) {
	if input == nil || input.kind != ast.InputObject {
		return
	}
	if len(n.sub) == 0 {
		for _, f := range input.fields {
			n.sub = append(n.sub, &keyNode{name: f.name})
		}
	}
	for _, s := range n.sub {
		if f := input.field(s.name); f != nil {
			r.inputFields(s, r.named(f.typ))
		}
	}
}
