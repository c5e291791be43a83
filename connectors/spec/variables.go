package spec

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
)

// phase is what a mapping works on, which decides what it can read.
type phase uint8

const (
	sourceURL phase = iota
	sourceHeaders
	sourceAnswer
	request
	answer
)

// visible returns the variables a mapping of the draft can read; of a source
// if the draft has no application.
func (d *draft) visible(in phase) []string {
	names := []string{"$config", "$env"}
	if in == sourceURL {
		return names
	}
	names = append(names, "$context", "$request")
	if d.application != nil && d.field != nil {
		names = append(names, "$args")
	}
	if d.application != nil && d.owner.root == "" {
		names = append(names, "$this")
	}
	if d.application != nil && d.field == nil {
		names = append(names, "$batch")
	}
	if in == answer || in == sourceAnswer {
		names = append(names, "$status", "$response")
	}
	return names
}

// checkVariables checks what the mappings of a connector read.
func (r *reader) checkVariables(d *draft) {
	for _, p := range d.parts {
		r.checkScope(d, p)
		for _, u := range p.uses {
			switch {
			case u.Variable == "$args" && d.field != nil:
				r.checkArgs(d, p, u)
			case u.Variable == "$this" && d.owner.root == "", u.Variable == "$batch" && d.field == nil:
				r.checkPath(d, p, u, d.owner, u.Path)
			}
		}
	}
}

// checkScope checks that the variables a mapping reads are there.
func (r *reader) checkScope(d *draft, p *part) {
	visible := d.visible(p.phase)
	for _, u := range p.uses {
		place := within(p.value, u.Offset)
		first := ""
		if len(u.Path) > 0 {
			first = u.Path[0]
		}
		switch {
		case u.Variable == "$" || u.Variable == "@":
			if first != "" && p.phase != answer && p.phase != sourceAnswer {
				r.rules.add(p.code, d.Coordinate, place, "%q is a field of an answer, and here is none yet. Begin with one of %s.", first, strings.Join(visible, ", "))
			}
		case !slices.Contains(visible, u.Variable):
			r.rules.add(p.code, d.Coordinate, place, "%s is not known here. Known are %s.", u.Variable, strings.Join(visible, ", "))
		case u.Variable == "$request" && first != "" && first != "headers":
			r.rules.add(p.code, d.Coordinate, place, "$request has no %q, only headers.", first)
		case u.Variable == "$response" && first != "" && first != "headers" && first != "trailers":
			r.rules.add(p.code, d.Coordinate, place, "$response has no %q, only headers and, for gRPC, trailers.", first)
		}
	}
}

func (r *reader) checkArgs(d *draft, p *part, u mapping.Use) {
	if len(u.Path) == 0 {
		return
	}
	arg := d.field.arg(u.Path[0])
	if arg == nil {
		r.rules.add(UndefinedArgument, d.Coordinate, within(p.value, u.Offset), "%s has no argument %q.", d.Coordinate, u.Path[0])
		return
	}
	if t := r.named(arg.typ); t != nil {
		r.checkPath(d, p, u, t, u.Path[1:])
	}
}

// checkPath follows a path of fields from a type on.
func (r *reader) checkPath(d *draft, p *part, u mapping.Use, t *typeDef, path []string) {
	place := within(p.value, u.Offset)
	for _, name := range path {
		switch {
		case name == "__typename" && t.composite():
			return
		case t.abstract():
			r.rules.add(UnsupportedVariableType, d.Coordinate, place, "%s reads %q of %s, which is %s: it cannot be told which fields there are.",
				u.Variable, name, t.name, kindName[t.kind])
			return
		case t.kind == ast.Scalar && !builtIn[t.name]:
			return // any JSON
		}
		f := t.field(name)
		if f == nil {
			r.rules.add(UndefinedField, d.Coordinate, place, "%s has no field %q.", t.name, name)
			return
		}
		if r.named(f.typ) == nil {
			return
		}
		// A part of the field it answers may come from whoever answers the parent:
		// of author { id } a connector on author makes the rest.
		if t = r.named(f.typ); len(path) == 1 && u.Variable == "$this" && f == d.field {
			r.rules.add(CircularReference, d.Coordinate, place, "The connector reads $this.%s, which is the field it answers.", name)
			return
		}
	}
}

// kindName are the kinds of types in words.
var kindName = map[ast.DefinitionKind]string{
	ast.Interface: "an interface", ast.Union: "a union", ast.Object: "an object", ast.Scalar: "a scalar",
	ast.Enum: "an enum", ast.InputObject: "an input",
}
