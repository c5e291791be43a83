package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// checkFederation computes the facts of a sound federation 2 schema and checks
// federation's rules. All are checked; the order of the report is that of the
// rules.
func (c *composition) checkFederation(s *subgraph) {
	sets := s.collectSets()
	s.externalFacts(sets, true)
	s.usedFacts(sets)
	s.shareableFacts(sets)
	s.fill(sets)

	for _, set := range sets.keys {
		c.checkSet(s, set, keyRule)
	}
	for _, set := range sets.requires {
		c.checkSet(s, set, requiresRule)
	}
	for _, set := range sets.provides {
		c.checkSet(s, set, providesRule)
	}
	c.checkContexts(s)
	c.checkExternals(s)
	c.checkInterfaceKeys(s)
	c.checkInterfaceObjects(s)
	c.checkTagDefinition(s)
	c.checkShareable(s)
	c.checkDemandControl(s, true)
	c.checkAuthOnInterfaces(s)
	c.checkCacheTags(s)
}

// setRule is what differs between @key, @requires and @provides.
type setRule struct {
	directive string
	// leavesExternal: every leaf must be external.
	leavesExternal bool
	arguments      bool // fields with arguments may be selected
	notString, invalid, marked, hasArguments,
	missingExternal, onInterface fault.Code
}

var (
	keyRule = setRule{
		directive: "key", notString: KeyInvalidFieldsType, invalid: KeyInvalidFields, marked: KeyDirectiveInFieldsArg,
		hasArguments: KeyFieldsHasArgs, onInterface: KeyUnsupportedOnInterface,
	}
	requiresRule = setRule{
		directive: "requires", leavesExternal: true, arguments: true,
		notString: RequiresInvalidFieldsType, invalid: RequiresInvalidFields, marked: RequiresDirectiveInFieldsArg,
		missingExternal: RequiresFieldsMissingExternal, onInterface: RequiresUnsupportedOnInterface,
	}
	providesRule = setRule{
		directive: "provides", leavesExternal: true,
		notString: ProvidesInvalidFieldsType, invalid: ProvidesInvalidFields, marked: ProvidesDirectiveInFieldsArg,
		hasArguments: ProvidesFieldsHasArgs, missingExternal: ProvidesFieldsMissingExternal, onInterface: ProvidesUnsupportedOnInterface,
	}
)

// keysOnInterfaces is the version from which @key may stand on an interface.
var keysOnInterfaces = version{2, 3}

// setCheck is the check of one field set.
type setCheck struct {
	c    *composition
	s    *subgraph
	set  *usedSet
	rule setRule
}

func (k *setCheck) fail(code fault.Code, format string, args ...any) {
	a := k.set.application
	pos := a.pos
	if v := a.arg("fields"); v != nil && v.Position != nil {
		pos = v.Position
	}
	k.c.fail(code, k.coordinate(), fmt.Sprintf("On %s, @%s(fields: %s): ", quote(k.coordinate()), k.rule.directive, clip(k.written()))+
		fmt.Sprintf(format, args...), place{k.s, pos})
}

func (k *setCheck) coordinate() string {
	if k.set.field != nil {
		return k.set.field.coordinate()
	}
	return k.set.owner.name
}

func (k *setCheck) written() string {
	if v := k.set.application.arg("fields"); v != nil {
		return v.String()
	}
	return ""
}

// checkSet applies a rule to one field set.
func (c *composition) checkSet(s *subgraph, set *usedSet, rule setRule) {
	k := &setCheck{c, s, set, rule}
	if rule.directive == "provides" && !k.providesPlace() {
		return
	}
	if set.owner.kind == ast.Interface && (rule.directive != "key" || s.version.less(keysOnInterfaces)) {
		k.fail(rule.onInterface, "@%s cannot be used on interfaces%s", rule.directive, k.interfaceAdvice())
	}
	if set.notString {
		k.fail(rule.notString, "the argument fields must be a string literal such as %s", quote("id"))
		return
	}
	if rule.directive == "key" {
		for _, f := range set.targets {
			if kind := s.kindOf(f.typ.Name()); kind == ast.Interface || kind == ast.Union {
				k.fail(KeyFieldsSelectInvalidType, "%s is of type %s, %s; a key can select fields of objects only", quote(f.coordinate()), f.typ, kindWord(kind))
				return
			}
		}
	}
	for _, problem := range []string{set.missing, set.wrong} {
		if problem != "" {
			k.fail(rule.invalid, "%s", problem)
			return
		}
	}
	if set.marked != nil {
		k.fail(rule.marked, "directives such as @%s cannot be used in it", set.marked.Name)
	}
	k.selections(set.selections, false)
}

func (k *setCheck) interfaceAdvice() string {
	if k.rule.directive == "key" {
		return " before federation v2.3: raise the version in the @link"
	}
	return ": put it on the fields of the implementations"
}

// providesPlace checks where a @provides stands.
func (k *setCheck) providesPlace() bool {
	f := k.set.field
	switch {
	case f.external:
		k.fail(ExternalCollision, "the field is @external, so this subgraph cannot provide anything below it; remove one of the directives")
	case k.set.on == nil:
		k.fail(ProvidesOnNonObjectField, "the field is of type %s, which has no fields to provide; remove @provides", f.typ)
	default:
		return true
	}
	return false
}

// selections checks fields with arguments and that leaves are external. below
// says that a field further up is external, or may be in an implementation.
func (k *setCheck) selections(list []*selection, below bool) {
	for _, sel := range list {
		f := sel.field
		switch {
		case sel.name == "":
			k.selections(sel.selections, below)
			continue
		case f == nil:
			if k.rule.leavesExternal && !below {
				k.fail(k.rule.missingExternal, "%s is always resolved by this subgraph; leave it out", quote("__typename"))
			}
			continue
		}
		if !k.rule.arguments && len(f.args) > 0 {
			k.fail(k.rule.hasArguments, "%s has arguments; such fields cannot be selected here", quote(f.coordinate()))
		}
		if len(sel.selections) == 0 {
			if k.rule.leavesExternal && !below && !f.external {
				k.notExternal(f)
			}
			continue
		}
		k.selections(sel.selections, below || f.external || externalBelow(f))
	}
}

func (k *setCheck) notExternal(f *fieldDecl) {
	if f.fakeExternal {
		k.fail(k.rule.missingExternal, "%s is resolved by this subgraph: it is marked @external, but as a key of an extension it counts as its own field; leave it out", quote(f.coordinate()))
		return
	}
	k.fail(k.rule.missingExternal, "%s is resolved by this subgraph; leave it out, or mark it @external if another subgraph resolves it", quote(f.coordinate()))
}

// externalBelow reports whether a field of an interface is external in some
// object that implements it.
func externalBelow(f *fieldDecl) bool {
	if f.owner.kind != ast.Interface {
		return false
	}
	for _, t := range f.owner.implementations {
		if g := t.fieldByName[f.name]; g != nil && t.kind == ast.Object && g.external {
			return true
		}
	}
	return false
}
