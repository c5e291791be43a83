package grpcapi

import "github.com/weftql/weft/connectors/mapping"

// replaced counts the values of an answer that have no JSON or no meaning: they
// become null, or text with U+FFFD in it.
type replaced struct {
	notFinite, unknownEnum, outOfRange, invalidUTF8 int
}

// report adds them to problems, which may be nil.
func (r replaced) report(problems *mapping.Problems) {
	for _, one := range []struct {
		count   int
		message string
	}{
		{r.notFinite, "a number that is not finite became null"},
		{r.unknownEnum, "an enum number without a name became null"},
		{r.outOfRange, "a time or duration out of range became null"},
		{r.invalidUTF8, "text that is not UTF-8 was replaced in part"},
	} {
		if one.count > 0 {
			problems.Add(mapping.Problem{Message: one.message, Count: one.count})
		}
	}
}
