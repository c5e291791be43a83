package operation

import (
	"cmp"
	"fmt"

	"github.com/weftql/weft/fault"
)

// Limits bound what one request may cost the gateway itself: the work of
// Prepare and Coerce grows with these numbers, not with what a document says.
// Limits a graph's owner sets on its clients (depth, aliases, cost) are stages
// of their own. A field that is 0 stands for its default.
type Limits struct {
	// Bytes is the length of a document as it came; default 1 MiB.
	Bytes int
	// Tokens counts the document's tokens, comments included; default 15 000.
	Tokens int
	// Nesting bounds braces and brackets within each other, the depth of fields
	// after fragments were inlined, and the depth of JSON variables; default
	// 200, at most 1 000, where the parser gives up.
	Nesting int
	// Selections counts fields and fragments after inlining; default 20 000.
	// Validation visits at most ten times as many: it walks each operation and
	// each fragment with all the fragments these reach.
	Selections int
	// Errors is how many errors are reported, of validation and of coercion;
	// default 50.
	Errors int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Bytes:      cmp.Or(l.Bytes, 1<<20),
		Tokens:     cmp.Or(l.Tokens, 15_000),
		Nesting:    min(cmp.Or(l.Nesting, 200), 1_000),
		Selections: cmp.Or(l.Selections, 20_000),
		Errors:     cmp.Or(l.Errors, 50),
	}
}

// walk bounds the selections validation visits. The factor is chosen: a walk
// of ten times the default takes about 0.1 s.
func (l *Limits) walk() int { return 10 * l.Selections }

// comparisons bounds how often normalisation compares two selections of one
// response name: fields with different conditions are compared pair by pair.
// The factor is chosen: that many take a few milliseconds.
func (l *Limits) comparisons() int { return 100 * l.Selections }

// pathSteps bounds the paths of removed places, which are told one by one. The
// factor is chosen.
func (l *Limits) pathSteps() int { return 10 * l.Selections }

const (
	// maxConditions is the width of Choice.Conditions, and of Choice.Denied.
	maxConditions = 64
	// maxMessage bounds a message in bytes: gqlparser's quote names, such as the
	// operation's, in full.
	maxMessage = 500
	// maxSuggestions bounds how often a request is offered names it may have
	// meant, maxSuggestName how long a misspelt name may be: the search is
	// quadratic in the length and linear in the schema.
	maxSuggestions = 10
	maxSuggestName = 64
)

// tooLong refuses a document before it is looked at further.
func tooLong(limit string, most int) *fault.Error {
	return exceeds(fault.TooManyTokens, "document", limit, most)
}

// tooLarge refuses an operation for what it expands to.
func tooLarge(limit string, most int) *fault.Error {
	return exceeds(fault.LimitExceeded, "operation", limit, most)
}

// exceeds says which limit was exceeded, in words and as extensions.limit.
func exceeds(code fault.Code, what, limit string, most int) *fault.Error {
	return &fault.Error{
		Code:       code,
		Message:    fmt.Sprintf("The %s exceeds the limit of %d %s.", what, most, limit),
		Extensions: fmt.Appendf(nil, `"limit":%q`, limit),
	}
}
