package compose

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// requirements are what a client must fulfil to see an element.
type requirements struct {
	authenticated    bool
	scopes, policies dnf // nil without
}

// required returns the requirements of the elements together.
func required(elements ...[]applied) requirements {
	var r requirements
	var scopes, policies []dnf
	for _, list := range elements {
		r.authenticated = r.authenticated || findApplied(list, idAuthenticated) != nil
		if a := findApplied(list, idRequiresScopes); a != nil {
			scopes = append(scopes, dnfArgument(a, "scopes"))
		}
		if a := findApplied(list, idPolicy); a != nil {
			policies = append(policies, dnfArgument(a, "policies"))
		}
	}
	r.scopes, r.policies = conjunction(scopes), conjunction(policies)
	return r
}

func dnfArgument(a *applied, name string) dnf {
	if arg := a.args.ForName(name); arg != nil {
		return dnfOf(arg.Value)
	}
	return nil
}

// cover reports whether who fulfils r fulfils o.
func (r requirements) cover(o requirements) bool {
	return (r.authenticated || !o.authenticated) && r.scopes.implies(o.scopes) && r.policies.implies(o.policies)
}

// checkTransitiveAuth reports fields that get restricted data through
// @requires or @fromContext without being as restricted themselves: clients
// would learn from them what they may not ask for.
func (c *composition) checkTransitiveAuth() {
	if c.specs.byID[idAuthenticated] == nil && c.specs.byID[idRequiresScopes] == nil && c.specs.byID[idPolicy] == nil {
		return
	}
	for _, t := range c.merged.types {
		for _, f := range t.fields {
			for _, j := range f.joins {
				check := &authCheck{c: c, field: f, in: j.subgraph}
				if j.requires != nil {
					check.directive, check.pos = "@requires", j.requires.application.pos
					check.selection(t, j.requires.selections)
				}
				for _, a := range j.contexts {
					check.directive, check.pos = "@fromContext", a.fromContext.application.pos
					check.context(supergraphContext(j.subgraph, a.fromContext.context), a.fromContext)
				}
			}
		}
	}
}

// authCheck is the check of one @requires or @fromContext. It stops at the
// first element that is restricted more.
type authCheck struct {
	c         *composition
	field     *mergedField
	in        *subgraph
	directive string
	pos       *ast.Position

	own    *requirements
	failed bool
}

// reach reports an element that is restricted more than the field.
func (k *authCheck) reach(what string, elements ...[]applied) {
	if k.failed {
		return
	}
	if k.own == nil {
		own := required(k.field.owner.applied, k.field.applied)
		k.own = &own
	}
	for _, list := range elements {
		if k.own.cover(required(list)) {
			continue
		}
		k.failed = true
		k.c.fail(MissingTransitiveAuth, k.field.coordinate(), fmt.Sprintf(
			"Field %q gets %s by %s in subgraph %q, but asks for less than its @authenticated, @requiresScopes and @policy do. Repeat them on %q.",
			k.field.coordinate(), what, k.directive, k.in.name, k.field.coordinate()), place{k.in, k.pos})
		return
	}
}

func (k *authCheck) selection(t *mergedType, selections []*selection) {
	for _, sel := range selections {
		switch {
		case sel.name == "" && sel.on != nil:
			on := k.c.merged.byName[sel.on.name]
			if on != nil {
				k.reach(fmt.Sprintf("data of type %q", on.name), on.applied)
				k.selection(on, sel.selections)
			}
		case t.fieldByName[sel.name] != nil:
			f := t.fieldByName[sel.name]
			result := k.c.merged.byName[f.typ.Name()]
			k.reach(fmt.Sprintf("%q", f.coordinate()), f.applied, appliedOf(result))
			if result != nil {
				k.selection(result, sel.selections)
			}
		}
	}
}

func appliedOf(t *mergedType) []applied {
	if t == nil {
		return nil
	}
	return t.applied
}

// context checks a @fromContext: the types that set the context, and what is
// selected from each of them.
func (k *authCheck) context(name string, use *contextUse) {
	selections := contextSelections(use.selection)
	for _, t := range k.c.merged.types {
		for _, a := range t.applied {
			if a.id == idContext && a.args.ForName("name").Value.Raw == name {
				k.reach(fmt.Sprintf("data of type %q", t.name), t.applied)
				k.contextSelection(t, selections)
			}
		}
	}
}

// contextSelections parses the selection of a @fromContext, which phase 3 found
// valid: "{ a { b } }" or "... on T { a }".
func contextSelections(text string) ast.SelectionSet {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") {
		text = "{" + text + "}"
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil || len(doc.Operations) != 1 {
		return nil
	}
	return doc.Operations[0].SelectionSet
}

// contextSelection is selection for a selection that was parsed here. Its depth
// is limited by schema.MaxNesting.
func (k *authCheck) contextSelection(t *mergedType, set ast.SelectionSet) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			on := t
			if sel.TypeCondition != "" {
				on = k.c.merged.byName[sel.TypeCondition]
			}
			if on != nil {
				k.reach(fmt.Sprintf("data of type %q", on.name), on.applied)
				k.contextSelection(on, sel.SelectionSet)
			}
		case *ast.Field:
			f := t.fieldByName[sel.Name]
			if f == nil {
				continue
			}
			result := k.c.merged.byName[f.typ.Name()]
			k.reach(fmt.Sprintf("%q", f.coordinate()), f.applied, appliedOf(result))
			if result != nil {
				k.contextSelection(result, sel.SelectionSet)
			}
		}
	}
}
