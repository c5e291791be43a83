package operation

import (
	"fmt"

	"github.com/weftql/weft/fault"
)

// The limits of Prepare and Coerce protect the gateway itself: none of the
// work below may cost much more than the bytes of the document. Limits a
// graph's owner tunes (depth, aliases, cost) are stages of their own.
const (
	maxDocumentBytes = 1 << 20
	maxTokens        = 15_000
	// maxNesting bounds braces and brackets within each other, the depth of
	// fields after fragments were inlined, and the depth of JSON variables.
	maxNesting = 200
	// maxSelections bounds fields and fragments after inlining.
	maxSelections = 20_000
	// maxWalk bounds the selections validation visits: each operation and each
	// fragment is walked with all the fragments it reaches. Chosen as ten times
	// maxSelections; a walk of that size takes about 0.1 s.
	maxWalk = 200_000
	// maxConditions is the width of Choice.Conditions.
	maxConditions = 64
	// maxFaults bounds the validation errors reported.
	maxFaults = 50
	// maxSuggestions bounds how often a request is offered names it may have
	// meant, maxSuggestName how long a misspelt name may be: the search is
	// quadratic in the length and linear in the schema.
	maxSuggestions = 10
	maxSuggestName = 64
)

// tooLarge says which limit was exceeded, in words and as extensions.limit.
func tooLarge(limit string, most int) *fault.Error {
	return &fault.Error{
		Code:       fault.LimitExceeded,
		Message:    fmt.Sprintf("The operation exceeds the limit of %d %s.", most, limit),
		Extensions: fmt.Appendf(nil, `"limit":%q`, limit),
	}
}
