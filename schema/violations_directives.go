package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// directive checks the definition of a directive.
func (v *violationFinder) directive(d *ast.DirectiveDefinition) {
	v.name(d.Position, d.Name)
	v.arguments("@"+d.Name, d.Arguments)
}

// applied checks the directives on one element: known, allowed there, as often
// as allowed, with the arguments they need.
func (v *violationFinder) applied(at string, location ast.DirectiveLocation, list ast.DirectiveList) {
	for i, a := range list {
		d := v.directives[a.Name]
		if d == nil {
			v.fail(a.Position, "the directive @%s on %s does not exist", a.Name, at)
			continue
		}
		if !slices.Contains(d.Locations, location) {
			v.fail(a.Position, "@%s cannot be used on %s", a.Name, location)
		}
		before := func(o *ast.Directive) bool { return o.Name == a.Name }
		if !d.IsRepeatable && slices.ContainsFunc(list[:i], before) {
			v.fail(a.Position, "@%s occurs twice on %s, but is not repeatable", a.Name, at)
		}
		v.passed(at, a, d)
	}
}

func (v *violationFinder) passed(at string, a *ast.Directive, d *ast.DirectiveDefinition) {
	for _, arg := range a.Arguments {
		if d.Arguments.ForName(arg.Name) == nil {
			v.fail(arg.Position, "@%s on %s has the argument %s, which does not exist", a.Name, at, arg.Name)
		}
	}
	for _, arg := range d.Arguments {
		if !arg.Type.NonNull || arg.DefaultValue != nil {
			continue
		}
		if given := a.Arguments.ForName(arg.Name); given == nil || given.Value.Kind == ast.NullValue {
			v.fail(a.Position, "@%s on %s lacks the argument %s", a.Name, at, arg.Name)
		}
	}
}
