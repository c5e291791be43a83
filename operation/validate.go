package operation

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/weftql/weft/fault"
)

// rule checks one thing of the specification's chapter on validation.
type rule struct {
	name  string
	apply func(*validation, *core.Events, core.AddErrFunc)
}

// borrowed are gqlparser's rules whose cost is linear in the selections the
// walk visits and whose messages quote no more than a name. The others are
// replaced below: they compare every pair of fields, build suggestions for
// every mistake, or are not exact.
func borrowed() []core.Rule {
	return []core.Rule{
		rules.FragmentsOnCompositeTypesRule,
		rules.KnownDirectivesRule,
		rules.KnownFragmentNamesRule,
		rules.KnownRootTypeRule,
		rules.LoneAnonymousOperationRule,
		rules.MaxIntrospectionDepth,
		rules.NoUndefinedVariablesRule,
		rules.NoUnusedFragmentsRule,
		rules.NoUnusedVariablesRule,
		rules.ProvidedRequiredArgumentsRule,
		rules.ScalarLeafsRule,
		rules.UniqueArgumentNamesRule,
		rules.UniqueDirectivesPerLocationRule,
		rules.UniqueFragmentNamesRule,
		rules.UniqueInputFieldNamesRule,
		rules.UniqueOperationNamesRule,
		rules.UniqueVariableNamesRule,
		rules.VariablesAreInputTypesRule,
		rules.VariablesInAllowedPositionRule,
	}
}

func own() []rule {
	return []rule{
		{"FieldsOnCorrectType", fieldsOnCorrectType},
		{"IncrementalDelivery", incrementalDelivery},
		{"KnownArgumentNames", knownArgumentNames},
		{"KnownTypeNames", knownTypeNames},
		{"PossibleFragmentSpreads", possibleFragmentSpreads},
		{"SingleFieldSubscriptions", singleFieldSubscriptions},
		{"ValuesOfCorrectType", valuesOfCorrectType},
	}
}

// validation is one run of the rules over one document.
type validation struct {
	*Preparer
	faults      fault.List
	seen        map[string]bool
	suggestions int
}

// validate checks doc. The document must have no fragment cycles.
func (p *Preparer) validate(doc *ast.QueryDocument) error {
	run := &validation{Preparer: p, seen: map[string]bool{}}
	events, add := &core.Events{}, run.add
	for _, r := range borrowed() {
		r.RuleFunc(events, add)
	}
	for _, r := range own() {
		r.apply(run, events, add)
	}
	core.Walk(p.checked, doc, events)
	if len(run.faults) > 0 {
		return run.faults
	}
	// Needs a document in which every field is defined.
	return p.fieldsCanMerge(doc)
}

// add reports one failure, once: gqlparser walks a fragment with each
// operation that spreads it and once more alone.
func (run *validation) add(options ...core.ErrorOption) {
	if len(run.faults) >= run.limits.Errors {
		return
	}
	var found gqlerror.Error
	for _, option := range options {
		option(&found)
	}
	e := &fault.Error{Code: fault.GraphQLValidationFailed, Message: cut(found.Message, maxMessage)}
	for _, l := range found.Locations {
		e.Locations = append(e.Locations, fault.Position{Line: l.Line, Column: l.Column})
	}
	key := fmt.Sprint(e.Message, e.Locations)
	if run.seen[key] {
		return
	}
	run.seen[key] = true
	run.faults = append(run.faults, e)
}

// suggest returns " Did you mean …?" for the names close to typed, "" when
// there are none or enough suggestions were made.
func (run *validation) suggest(typed string, names func() []string) string {
	if run.suggestions >= maxSuggestions || len(typed) > maxSuggestName || len(run.faults) >= run.limits.Errors {
		return ""
	}
	run.suggestions++
	close := core.SuggestionList(typed, names())
	if len(close) == 0 {
		return ""
	}
	return " Did you mean " + core.QuotedOrList(close...) + "?"
}

// invalid is one failed validation at one place.
func invalid(at *ast.Position, format string, args ...any) *fault.Error {
	e := &fault.Error{Code: fault.GraphQLValidationFailed, Message: fmt.Sprintf(format, args...)}
	if at != nil {
		e.Locations = []fault.Position{{Line: at.Line, Column: at.Column}}
	}
	return e
}
