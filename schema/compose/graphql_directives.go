package compose

import (
	"fmt"
	"slices"
	"sort"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkDirectivesKnown reports the uses of directives that do not exist.
func (c *composition) checkDirectivesKnown(s *subgraph) {
	g := &graphqlCheck{c: c, s: s}
	s.eachElement(func(_ ast.DirectiveLocation, list applications, coordinate func() string) {
		for _, a := range list {
			if s.known[a.name] == nil {
				g.fail(a.pos, coordinate(), "%s", g.unknownDirective(a.name))
			}
		}
	})
}

// applications checks every use of a directive: known, allowed there, as often
// as allowed, with the right arguments.
func (g *graphqlCheck) applications() {
	g.s.eachElement(g.element)
	b := &builder{c: g.c, s: g.s}
	for _, def := range g.s.document.Definitions {
		if builtinScalar(def.Name) && len(def.Directives) > 0 {
			g.element(ast.LocationScalar, b.applications(def.Directives, nil), func() string { return def.Name })
		}
	}
}

// element checks the applications on one element.
func (g *graphqlCheck) element(l ast.DirectiveLocation, list applications, coordinate func() string) {
	for i, a := range list {
		def := g.s.known[a.name]
		if def == nil {
			g.fail(a.pos, coordinate(), "%s", g.unknownDirective(a.name))
			continue
		}
		if !slices.Contains(def.locations, l) {
			g.fail(a.pos, coordinate(), "@%s cannot be used on %s, only on %s.", a.name, l, locationList(def.locations))
		}
		if !def.repeatable && occursBefore(list[:i], a.name) {
			g.fail(a.pos, coordinate(), "@%s is not repeatable, but occurs twice on %s. Remove one.", a.name, quote(coordinate()))
		}
		g.applicationArguments(a, def, coordinate)
	}
}

func occursBefore(list applications, name string) bool {
	for _, a := range list {
		if a.name == name {
			return true
		}
	}
	return false
}

func locationList(locations []ast.DirectiveLocation) string {
	s := ""
	for i, l := range locations {
		if i > 0 {
			s += " | "
		}
		s += string(l)
	}
	return s
}

func (g *graphqlCheck) applicationArguments(a *application, def *directiveDecl, coordinate func() string) {
	for i, given := range a.args {
		expected := def.argument(given.Name)
		switch {
		case expected == nil:
			names := make([]string, len(def.args))
			for j, e := range def.args {
				names[j] = e.name
			}
			g.fail(given.Position, coordinate(), "@%s has no argument %s.%s%s", a.name, quote(given.Name), didYouMean(given.Name, names), g.sinceVersion(def, given.Name))
		case a.args.ForName(given.Name) != a.args[i]:
			g.fail(given.Position, coordinate(), "The argument %s of @%s is given twice.", quote(given.Name), a.name)
		case given.Value.Kind == ast.NullValue && isFieldSet(def.id):
			// left for the rule of the field set, which says more
		default:
			if problem := g.s.valueProblem(given.Value, expected.typ); problem != "" {
				g.fail(given.Position, coordinate(), "The argument %s of @%s must be of the type %s: %s", quote(given.Name), a.name, expected.typ, problem)
			}
		}
	}
	for _, expected := range def.args {
		if expected.required() && a.args.ForName(expected.name) == nil {
			g.fail(a.pos, coordinate(), "@%s needs the argument %s of the type %s.", a.name, quote(expected.name), expected.typ)
		}
	}
}

// isFieldSet reports whether the directive's argument fields is a field set.
func isFieldSet(id directiveID) bool { return id == idKey || id == idRequires || id == idProvides }

// argument returns an argument of the definition, nil if it has none of that
// name.
func (d *directiveDecl) argument(name string) *argDecl {
	for _, a := range d.args {
		if a.name == name {
			return a
		}
	}
	return nil
}

// sinceVersion says which federation version brought an argument that this
// schema's version lacks.
func (g *graphqlCheck) sinceVersion(def *directiveDecl, argument string) string {
	if !isKnown(def.id) {
		return ""
	}
	for _, src := range federationSources {
		d := book().find(federationIdentity, src.version).directive(string(def.id))
		if d != nil && d.Arguments.ForName(argument) != nil && g.s.version.less(src.version) {
			return fmt.Sprintf(" It came with federation %s; raise the version in the @link.", src.version)
		}
	}
	return ""
}

// unknownDirective says what a directive that does not exist was likely meant
// to be.
func (g *graphqlCheck) unknownDirective(name string) string {
	message := "The directive @" + name + " does not exist in this schema."
	federation := g.s.links.federation()
	if federation != nil && federation.spec == nil {
		return message + " If it is federation's, link a version of federation that is known."
	}
	if !slices.Contains(book().federationNames, name) {
		if federation != nil {
			if f, element := g.s.links.defaultName(name, true); f != nil && f.importOf("@"+element) != nil {
				return message + " " + quote("@"+element) + " of " + f.name + " is imported: write " + f.importOf("@"+element).as + "."
			}
		}
		return message + didYouMean("@"+name, g.directiveNames()) + " Define it, or import it with @link."
	}
	switch {
	case federation == nil:
		return fmt.Sprintf(`%s If you mean federation's, this is a federation 1 schema: add extend schema @link(url: "%s/%s", import: ["@%s"]).`,
			message, federationIdentity, g.sinceFederation(name), name)
	case federation.spec.directive(name) == nil:
		return fmt.Sprintf("%s If you mean federation's, it came with %s: raise the version in the @link, now %s, and import it.",
			message, federation.since("@"+name), federation.version)
	case federation.importOf("@"+name) != nil:
		return fmt.Sprintf("%s If you mean federation's, it is imported under another name: write @%s.", message, federation.directiveName(name))
	default:
		return fmt.Sprintf("%s If you mean federation's, write @%s, or add %s to the import list of the @link to federation.",
			message, federation.directiveName(name), quote("@"+name))
	}
}

// sinceFederation returns the first federation 2 version with a directive.
func (g *graphqlCheck) sinceFederation(name string) version {
	f := &feature{featureURL: featureURL{identity: federationIdentity}}
	return f.since("@" + name)
}

func (g *graphqlCheck) directiveNames() []string {
	names := make([]string, 0, len(g.s.known))
	for name := range g.s.known {
		names = append(names, "@"+name)
	}
	sort.Strings(names)
	return names
}
