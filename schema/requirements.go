package schema

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Requirement is what a caller must bring to see an element: all that one
// Alternative asks for. It is what @authenticated, @requiresScopes and @policy
// on the element mean together. An empty one asks for nothing.
type Requirement []Alternative

// Alternative is met by a caller who is authenticated, if that is asked for,
// has all Scopes, and whom all Policies let pass.
type Alternative struct {
	Authenticated    bool
	Scopes, Policies []string // sorted
}

// maxAlternatives bounds a requirement: n operands of two terms each have 2^n
// terms before those that others imply are dropped. Beyond it the terms seen so
// far are kept, which asks for more than needed, never for less. Chosen, as in
// composition; not measured.
const maxAlternatives = 512

// RequirementLinks are the @link applications, and RequirementDefinitions the
// definitions, that a supergraph needs for what [Requirement.Directives] prints.
const (
	RequirementLinks = `@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)`
	RequirementDefinitions = `directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
scalar policy__Policy
scalar requiresScopes__Scope
`
)

// And returns what holds when r and all others hold, without alternatives that
// another one implies. Operands are left alone.
func (r Requirement) And(others ...Requirement) Requirement {
	result := r.normal()
	for _, o := range others {
		if o = o.normal(); len(o) > 0 {
			result = result.product(o)
		}
	}
	return result
}

// product multiplies two normal requirements; an empty r asks for nothing.
func (r Requirement) product(o Requirement) Requirement {
	if len(r) == 0 || r.equal(o) {
		return o
	}
	out := make(Requirement, 0, min(len(r)*len(o), maxAlternatives))
	for i := range r {
		for j := range o {
			if len(out) == maxAlternatives {
				return out.normal()
			}
			out = append(out, Alternative{
				Authenticated: r[i].Authenticated || o[j].Authenticated,
				Scopes:        union(r[i].Scopes, o[j].Scopes), Policies: union(r[i].Policies, o[j].Policies),
			})
		}
	}
	return out.normal()
}

func union(a, b []string) []string {
	return sortedSet(slices.Concat(a, b))
}

// sortedSet sorts list in place and drops repetitions; an empty one is nil.
func sortedSet(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// normal sorts the alternatives and drops those that another one implies, with
// nil for what everybody brings.
func (r Requirement) normal() Requirement {
	sorted := slices.Clone(r)
	slices.SortFunc(sorted, compareAlternatives)
	var kept Requirement
	for i := range sorted {
		a := &sorted[i]
		if a.open() {
			return nil
		}
		if len(kept) < maxAlternatives && !slices.ContainsFunc(kept, func(k Alternative) bool { return a.implies(&k) }) {
			kept = append(kept, *a)
		}
	}
	return kept
}

// compareAlternatives puts shorter ones first: only they can be implied by
// longer ones.
func compareAlternatives(a, b Alternative) int {
	return cmp.Or(
		cmp.Compare(len(a.Scopes)+len(a.Policies), len(b.Scopes)+len(b.Policies)),
		compareBools(a.Authenticated, b.Authenticated),
		slices.Compare(a.Scopes, b.Scopes), slices.Compare(a.Policies, b.Policies),
	)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// open reports whether a asks for nothing.
func (a *Alternative) open() bool {
	return !a.Authenticated && len(a.Scopes)+len(a.Policies) == 0
}

// implies reports whether whoever meets a meets b. Both are sorted.
func (a *Alternative) implies(b *Alternative) bool {
	return (a.Authenticated || !b.Authenticated) && includes(a.Scopes, b.Scopes) && includes(a.Policies, b.Policies)
}

// includes reports whether a sorted list has all of another.
func includes(list, wanted []string) bool {
	for _, w := range wanted {
		i, found := slices.BinarySearch(list, w)
		if !found {
			return false
		}
		list = list[i+1:]
	}
	return true
}

func (r Requirement) equal(o Requirement) bool {
	return slices.EqualFunc(r, o, func(a, b Alternative) bool { return compareAlternatives(a, b) == 0 })
}

// HasPolicies reports whether a policy takes part in the decision.
func (r Requirement) HasPolicies() bool {
	return slices.ContainsFunc(r, func(a Alternative) bool { return len(a.Policies) > 0 })
}

// String prints the requirement for people: "authenticated, scope a or policy b".
func (r Requirement) String() string {
	var b strings.Builder
	for i := range r {
		if i > 0 {
			b.WriteString(" or ")
		}
		separator := ""
		part := func(text string) { b.WriteString(separator + text); separator = ", " }
		if r[i].Authenticated {
			part("authenticated")
		}
		for _, s := range r[i].Scopes {
			part("scope " + s)
		}
		for _, p := range r[i].Policies {
			part("policy " + p)
		}
	}
	return b.String()
}

// Directives prints r as directives with their own names, each after a space;
// "" if r asks for nothing. What directives cannot express, because r was cut
// at its bound, is printed as something that asks for more.
func (r Requirement) Directives() string {
	if r = r.normal(); len(r) == 0 {
		return ""
	}
	scopes, policies := r.factors()
	authenticated := !slices.ContainsFunc(r, func(a Alternative) bool { return !a.Authenticated })
	if len(scopes)*len(policies) != len(r) || !authenticated && slices.ContainsFunc(r, func(a Alternative) bool { return a.Authenticated }) {
		return r[:1].Directives() // one alternative alone is always a product
	}
	var b strings.Builder
	if authenticated {
		b.WriteString(" @authenticated")
	}
	writeTerms(&b, " @requiresScopes(scopes: ", scopes)
	writeTerms(&b, " @policy(policies: ", policies)
	return b.String()
}

// factors returns the different sets of scopes and of policies of r.
func (r Requirement) factors() (scopes, policies [][]string) {
	for i := range r {
		scopes, policies = append(scopes, r[i].Scopes), append(policies, r[i].Policies)
	}
	distinct := func(list [][]string) [][]string {
		slices.SortFunc(list, slices.Compare)
		return slices.CompactFunc(list, slices.Equal)
	}
	return distinct(scopes), distinct(policies)
}

func writeTerms(b *strings.Builder, open string, terms [][]string) {
	if len(terms) == 1 && len(terms[0]) == 0 {
		return
	}
	b.WriteString(open + "[")
	for i, term := range terms {
		b.WriteString([]string{"[", ", ["}[min(i, 1)])
		for j, name := range term {
			b.WriteString([]string{"", ", "}[min(j, 1)] + quoted(name))
		}
		b.WriteString("]")
	}
	b.WriteString("])")
}

// quoted prints a GraphQL string, whose escapes are those of JSON.
func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil { // a string always has a JSON form
		panic(err)
	}
	return string(out)
}

// readRequirements fills Requirements and refers types and fields to them.
func (r *reader) readRequirements() {
	g := r.g
	g.Requirements = []Requirement{nil}
	d := requirementDirectives{
		authenticated: r.linked.directive("authenticated", "authenticated"),
		scopes:        r.linked.directive("requiresScopes", "requiresScopes"),
		policies:      r.linked.directive("policy", "policy"),
	}
	if d == (requirementDirectives{}) {
		return
	}
	types, fields := make([]Requirement, len(g.Types)), make([]Requirement, len(g.Fields))
	for i := range g.Types {
		if def := g.AST.Types[g.Types[i].Name]; def != nil {
			types[i] = d.of(def.Directives)
		}
	}
	for i := range g.Fields {
		if def := g.Fields[i].Definition; def != nil {
			fields[i] = d.of(def.Directives)
		}
	}
	all := slices.DeleteFunc(slices.Concat(types, fields), func(r Requirement) bool { return len(r) == 0 })
	slices.SortFunc(all, compareRequirements)
	g.Requirements = append(g.Requirements, slices.CompactFunc(all, Requirement.equal)...)
	number := func(r Requirement) int {
		if len(r) == 0 {
			return 0
		}
		i, _ := slices.BinarySearchFunc(g.Requirements[1:], r, compareRequirements)
		return i + 1
	}
	for i := range g.Types {
		g.Types[i].Requirement = number(types[i])
	}
	for i := range g.Fields {
		g.Fields[i].Requirement = number(fields[i])
	}
}

func compareRequirements(a, b Requirement) int {
	return slices.CompareFunc(a, b, compareAlternatives)
}

// requirementDirectives are the names the supergraph has for the directives, ""
// where it does not link one.
type requirementDirectives struct{ authenticated, scopes, policies string }

// of reads what the directives of an element ask for together.
func (n *requirementDirectives) of(list ast.DirectiveList) Requirement {
	var r Requirement
	for _, d := range list {
		switch d.Name {
		case "": // the names above may be empty
		case n.authenticated:
			r = r.And(Requirement{{Authenticated: true}})
		case n.scopes:
			r = r.And(alternatives(d.Arguments.ForName("scopes"), func(a *Alternative, names []string) { a.Scopes = names }))
		case n.policies:
			r = r.And(alternatives(d.Arguments.ForName("policies"), func(a *Alternative, names []string) { a.Policies = names }))
		}
	}
	return r
}

// alternatives reads [["a", "b"], ["c"]]; [] counts as [[]], as in composition.
func alternatives(arg *ast.Argument, put func(*Alternative, []string)) Requirement {
	if arg == nil {
		return nil
	}
	var r Requirement
	for _, term := range listed(arg.Value) {
		var names []string
		for _, name := range listed(term) {
			names = append(names, name.Raw)
		}
		a := Alternative{}
		put(&a, sortedSet(names))
		r = append(r, a)
	}
	return r
}

// listed returns the items of a list; a single value counts as a list of one.
func listed(v *ast.Value) []*ast.Value {
	if v.Kind != ast.ListValue {
		return []*ast.Value{v}
	}
	items := make([]*ast.Value, len(v.Children))
	for i, c := range v.Children {
		items[i] = c.Value
	}
	return items
}
