package rest

import (
	"mime"
	"strconv"
	"strings"
)

// accepts reports whether the lines of an Accept header let JSON through: the
// most special range that covers it decides.
func accepts(lines []string) bool {
	accepted, specificity := false, -1
	any := false
	for element := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if strings.TrimSpace(element) == "" {
			continue
		}
		any = true
		name, parameters, err := mime.ParseMediaType(element)
		if err != nil {
			continue
		}
		rank := -1
		switch name {
		case "application/json", graphqlMedia:
			rank = 2
		case "application/*":
			rank = 1
		case "*/*":
			rank = 0
		}
		q, err := strconv.ParseFloat(parameters["q"], 64)
		liked := parameters["q"] == "" || err == nil && q > 0
		if rank > specificity || rank == specificity && liked {
			accepted, specificity = liked && rank >= 0, rank
		}
	}
	return accepted || !any
}

// prefersGraphQL reports whether a Prefer header (RFC 7240) asks for the answer
// as the GraphQL endpoint would give it.
func prefersGraphQL(lines []string) bool {
	for _, line := range lines {
		for preference := range strings.SplitSeq(line, ",") {
			token, _, _ := strings.Cut(preference, ";")
			name, value, _ := strings.Cut(token, "=")
			if strings.EqualFold(strings.TrimSpace(name), "return") {
				return strings.EqualFold(strings.Trim(strings.TrimSpace(value), `"`), "graphql") // the first counts
			}
		}
	}
	return false
}
