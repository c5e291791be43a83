package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkMergedGraphQL applies GraphQL's own rules to the merged schema, as far
// as a merge of valid schemas can break them. What a subgraph alone is checked
// for does not hold by itself: arguments and values may have gone, types and
// requirements may have become stricter, implements has grown.
func (c *composition) checkMergedGraphQL() {
	k := &mergedCheck{c: c, g: c.merged, types: c.merged.asSubgraph()}
	for _, t := range c.merged.types {
		k.interfaces(t)
		for _, f := range t.fields {
			k.arguments(f.coordinate(), f.args)
		}
		for _, f := range t.inputs {
			k.value(f.coordinate(), f.value, f.typ, f.places())
			k.deprecation(f.coordinate(), f.required(), f.applied, f.places())
		}
	}
	for _, d := range c.merged.definitions {
		k.arguments("@"+d.name, d.args)
	}
	k.inputCycles()
	k.customDirectives()
}

// mergedCheck applies GraphQL's rules to the merged schema.
type mergedCheck struct {
	c *composition
	g *supergraph
	// types are the merged input types in the shape of a subgraph, for rules
	// that are the same for both.
	types *subgraph
}

// asSubgraph returns the enums, input objects and scalars of the supergraph as
// a subgraph declares them.
func (g *supergraph) asSubgraph() *subgraph {
	s := &subgraph{name: "supergraph", typeByName: map[string]*typeDecl{}}
	for _, t := range g.types {
		d := &typeDecl{subgraph: s, name: t.name, kind: t.kind}
		for _, f := range t.inputs {
			d.inputs = append(d.inputs, &inputDecl{owner: d, name: f.name, typ: f.typ, value: f.value})
		}
		for _, v := range t.values {
			d.values = append(d.values, &valueDecl{owner: d, name: v.name})
		}
		s.types = append(s.types, d)
		s.typeByName[t.name] = d
	}
	return s
}

// fail reports a broken rule; the message names the subgraphs that declare what
// is at fault.
func (k *mergedCheck) fail(coordinate string, at []place, format string, args ...any) {
	k.c.fail(InvalidGraphQL, coordinate, fmt.Sprintf(format, args...)+" It is declared in "+subgraphNames(at)+".", at...)
}

func (k *mergedCheck) arguments(element string, args []*mergedArg) {
	for _, a := range args {
		coordinate := argumentCoordinate(element, a.name)
		k.value(coordinate, a.value, a.typ, a.at)
		k.deprecation(coordinate, a.required(), a.applied, a.at)
	}
}

// value checks a default: the merge may have removed the enum value or input
// field it uses.
func (k *mergedCheck) value(coordinate string, v *ast.Value, t *ast.Type, at []place) {
	if v == nil {
		return
	}
	if problem := k.types.valueProblem(v, t); problem != "" {
		k.fail(coordinate, at, "The default %s of %q is not valid for %q in the merged schema: %s", clip(valueText(v)), coordinate, t.String(), sentence(problem))
	}
}

func (k *mergedCheck) deprecation(coordinate string, required bool, list []applied, at []place) {
	if required && findApplied(list, idDeprecated) != nil {
		k.fail(coordinate, at, "%q is required after the merge and so cannot be deprecated. Make it nullable everywhere, or remove @deprecated.", coordinate)
	}
}

// inputCycles reports input objects that contain themselves through required
// fields that different subgraphs declare.
func (k *mergedCheck) inputCycles() {
	scratch := &composition{}
	(&graphqlCheck{c: scratch, s: k.types}).inputCycles()
	for _, d := range scratch.result.Errors {
		at := k.g.placesOf(d.Coordinate)
		k.c.fail(d.Code, d.Coordinate, "After the merge: "+d.Message+" It is declared in "+subgraphNames(at)+".", at...)
	}
}

// customDirectives checks the applications of composed custom directives
// against the one definition that the supergraph uses for all subgraphs.
func (k *mergedCheck) customDirectives() {
	if len(k.g.definitions) == 0 {
		return
	}
	k.g.eachApplied(func(l ast.DirectiveLocation, coordinate string, list []applied) {
		for i := range list {
			if d := k.g.definitionByName[list[i].name]; d != nil {
				k.customDirective(l, coordinate, &list[i], d)
			}
		}
	})
}

func (k *mergedCheck) customDirective(l ast.DirectiveLocation, coordinate string, a *applied, d *mergedDefinition) {
	at := append([]place{a.at}, d.at...)
	if !slices.Contains(d.locations, l) {
		k.fail(coordinate, at, "@%s stands on %s, but its newest definition allows only %s.", a.name, l, locationList(d.locations))
	}
	for _, given := range a.args {
		expected := argNamed(d.args, given.Name)
		if expected == nil {
			k.fail(coordinate, at, "@%s has the argument %q, which its newest definition lacks.", a.name, given.Name)
		} else if problem := k.types.valueProblem(given.Value, expected.typ); problem != "" {
			k.fail(coordinate, at, "The argument %q of @%s must be of the type %q of its newest definition: %s", given.Name, a.name, expected.typ.String(), sentence(problem))
		}
	}
	for _, expected := range d.args {
		if expected.required() && a.args.ForName(expected.name) == nil {
			k.fail(coordinate, at, "@%s lacks the argument %q, which its newest definition requires.", a.name, expected.name)
		}
	}
}

// eachApplied visits what stands on each element of the supergraph.
func (g *supergraph) eachApplied(visit func(l ast.DirectiveLocation, coordinate string, list []applied)) {
	visit(ast.LocationSchema, "schema", g.applied)
	for _, t := range g.types {
		visit(typeLocations[t.kind], t.name, t.applied)
		for _, f := range t.fields {
			visit(ast.LocationFieldDefinition, f.coordinate(), f.applied)
			for _, a := range f.args {
				visit(ast.LocationArgumentDefinition, argumentCoordinate(f.coordinate(), a.name), a.applied)
			}
		}
		for _, f := range t.inputs {
			visit(ast.LocationInputFieldDefinition, f.coordinate(), f.applied)
		}
		for _, v := range t.values {
			visit(ast.LocationEnumValue, t.name+"."+v.name, v.applied)
		}
	}
}
