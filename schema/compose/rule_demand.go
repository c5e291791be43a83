package compose

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkDemandControl checks @cost and @listSize. Those of federation are checked
// with a subgraph's other rules; those of the feature linked by itself, which no
// federation version vouches for, when all subgraphs have merged.
func (c *composition) checkDemandControl(s *subgraph, ofFederation bool) {
	s.eachField(func(f *fieldDecl) {
		for _, a := range f.directives {
			switch {
			case a.id != idCost && a.id != idListSize || s.ofFederation(a) != ofFederation:
			case a.id == idCost && f.owner.kind == ast.Interface:
				c.fail(CostAppliedToInterfaceField, f.coordinate(), fmt.Sprintf(
					"@%s cannot be used on %s, a field of an interface. Put it on the fields of the implementations.", a.name, quote(f.coordinate())),
					place{s, a.pos})
			case a.id == idListSize:
				check := listSizeCheck{c, s, f, a}
				check.run()
			}
		}
	})
}

// ofFederation reports whether a directive comes with the link to federation.
func (s *subgraph) ofFederation(a *application) bool {
	f, _ := s.links.resolveDirective(a.name)
	return f == nil || f.identity == federationIdentity
}

type listSizeCheck struct {
	c *composition
	s *subgraph
	f *fieldDecl
	a *application
}

func (l *listSizeCheck) run() {
	sized := stringItems(l.a.arg("sizedFields"))
	if len(sized) == 0 && l.f.typ.Elem == nil {
		l.c.fail(ListSizeAppliedToNonList, l.f.coordinate(), fmt.Sprintf(
			"@%s on %s: the field is of type %s, no list. Remove it, or name the lists below with sizedFields.", l.a.name, quote(l.f.coordinate()), l.f.typ),
			place{l.s, l.a.pos})
	}
	if v := l.a.arg("assumedSize"); v != nil && v.Kind == ast.IntValue && strings.HasPrefix(v.Raw, "-") {
		l.c.fail(ListSizeInvalidAssumedSize, l.f.coordinate(), fmt.Sprintf(
			"@%s on %s: assumedSize is %s. It must not be negative.", l.a.name, quote(l.f.coordinate()), v.Raw), place{l.s, v.Position})
	}
	l.slicing()
	l.sized(sized)
}

func (l *listSizeCheck) slicing() {
	for _, name := range stringItems(l.a.arg("slicingArguments")) {
		names := make([]string, len(l.f.args))
		for i, a := range l.f.args {
			names[i] = a.name
		}
		switch a := l.f.arg(name); {
		case a == nil:
			l.c.fail(ListSizeInvalidSlicingArgument, l.f.coordinate(), fmt.Sprintf(
				"@%s on %s: the field has no argument %s.%s", l.a.name, quote(l.f.coordinate()), quote(name), didYouMean(name, names)), place{l.s, l.a.pos})
		case a.typ.Elem != nil || a.typ.NamedType != "Int":
			l.c.fail(ListSizeInvalidSlicingArgument, l.f.coordinate(), fmt.Sprintf(
				"@%s on %s: the slicing argument %s is of type %s. It must be Int or Int!.", l.a.name, quote(l.f.coordinate()), quote(name), a.typ), place{l.s, l.a.pos})
		}
	}
}

func (l *listSizeCheck) sized(names []string) {
	if len(names) == 0 {
		return
	}
	result := l.s.typeByName[l.f.typ.Name()]
	if result == nil || !composite(result.kind) {
		l.c.fail(ListSizeInvalidSizedField, l.f.coordinate(), fmt.Sprintf(
			"@%s on %s: the field is of type %s, which has no fields for sizedFields to name.", l.a.name, quote(l.f.coordinate()), l.f.typ), place{l.s, l.a.pos})
		return
	}
	for _, name := range names {
		switch f := result.fieldByName[name]; {
		case f == nil:
			l.c.fail(ListSizeInvalidSizedField, l.f.coordinate(), fmt.Sprintf(
				"@%s on %s: %s", l.a.name, quote(l.f.coordinate()), noField(result, name)), place{l.s, l.a.pos})
		case f.typ.Elem == nil:
			l.c.fail(ListSizeAppliedToNonList, l.f.coordinate(), fmt.Sprintf(
				"@%s on %s: the sized field %s is of type %s, no list.", l.a.name, quote(l.f.coordinate()), quote(f.coordinate()), f.typ), place{l.s, l.a.pos}, f.place())
		}
	}
}

func noField(t *typeDecl, name string) string {
	names := make([]string, len(t.fields))
	for i, f := range t.fields {
		names[i] = f.name
	}
	return fmt.Sprintf("the type %s has no field %s.%s", quote(t.name), quote(name), didYouMean(name, names))
}

// stringItems returns the strings of a list value; a single string stands for
// a list of one.
func stringItems(v *ast.Value) []string {
	switch {
	case isString(v):
		return []string{v.Raw}
	case v == nil || v.Kind != ast.ListValue:
		return nil
	}
	var items []string
	for _, child := range v.Children {
		if isString(child.Value) {
			items = append(items, child.Value.Raw)
		}
	}
	return items
}
