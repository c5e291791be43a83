package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// settle removes what the removals so far leave empty, and, with Cascade, what
// they leave dangling, until nothing changes. A definition is looked at again
// when a type it names went.
func (c *contract) settle() {
	queue := slices.Clone(c.order)
	queued := make(map[string]bool, len(queue))
	for _, def := range queue {
		queued[def.Name] = true
	}
	for len(queue) > 0 {
		def := queue[0]
		queue = queue[1:]
		queued[def.Name] = false
		before := len(c.removed)
		if c.o.Cascade {
			c.dangling(def)
		}
		c.emptied(def)
		for _, r := range c.removed[before:] {
			name, _, _ := strings.Cut(r.Coordinate, ".")
			for _, again := range append(c.neighbours(name), c.api.Types[name]) {
				if !queued[again.Name] {
					queued[again.Name] = true
					queue = append(queue, again)
				}
			}
		}
	}
}

// neighbours are the definitions that a change of a type can concern: those
// that name it, and those it implements.
func (c *contract) neighbours(name string) []*ast.Definition {
	out := slices.Clone(c.users[name])
	for _, iface := range c.api.Implements[name] {
		if iface != nil {
			out = append(out, iface)
		}
	}
	return out
}

// emptied removes a type of which nothing is left: no field, value or member,
// or no object that implements it. The query root stays, and fails.
func (c *contract) emptied(def *ast.Definition) {
	if c.hidden[def.Name] || def == c.api.Query || def.Kind == ast.Scalar {
		return
	}
	for _, f := range def.Fields {
		if !c.hidden[def.Name+"."+f.Name] && (def.Kind != ast.Interface || c.implemented(def)) {
			return
		}
	}
	for _, v := range def.EnumValues {
		if !c.hidden[def.Name+"."+v.Name] {
			return
		}
	}
	for _, name := range def.Types {
		if !c.hidden[name] {
			return
		}
	}
	c.remove(def.Name, "", Emptied)
}

// implemented reports whether an interface still has an object, or never had
// one.
func (c *contract) implemented(def *ast.Definition) bool {
	objects := c.api.PossibleTypes[def.Name]
	return len(objects) == 0 || slices.ContainsFunc(objects, func(o *ast.Definition) bool { return !c.hidden[o.Name] })
}

// dangling removes members whose type went, and interface fields that an
// implementation lost.
func (c *contract) dangling(def *ast.Definition) {
	if c.hidden[def.Name] {
		return
	}
	for _, f := range def.Fields {
		at := def.Name + "." + f.Name
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		if !c.hidden[at] {
			c.danglingField(def, f, at)
		}
		if c.hidden[at] {
			c.lift(def, f.Name)
		}
	}
}

func (c *contract) danglingField(def *ast.Definition, f *ast.FieldDefinition, at string) {
	if c.hidden[f.Type.Name()] {
		if def.Kind == ast.InputObject && required(f.Type, f.DefaultValue) {
			c.remove(def.Name, "", Uncallable)
			return
		}
		c.remove(at, "", Dangling)
		return
	}
	for _, a := range f.Arguments {
		arg := argumentCoordinate(at, a.Name)
		if !c.hidden[arg] && !c.hidden[a.Type.Name()] {
			continue
		}
		if required(a.Type, a.DefaultValue) {
			c.remove(at, "", Uncallable)
			return
		}
		c.remove(arg, "", Dangling)
	}
}

// lift removes a field from the interfaces of a type that lost it: they could
// not promise it any more.
func (c *contract) lift(def *ast.Definition, field string) {
	for _, name := range def.Interfaces {
		iface := c.api.Types[name]
		if iface != nil && !c.hidden[name] && iface.Fields.ForName(field) != nil {
			c.remove(name+"."+field, "", Dangling)
		}
	}
}
