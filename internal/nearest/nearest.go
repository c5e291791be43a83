// Package nearest finds what a name that is not there may have been meant for:
// a mistake with a suggestion is half mended.
package nearest

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// tooFar is how many letters are too many to change for a slip. Chosen.
const tooFar = 3

// To returns the name that is like wanted, whatever its case, and the first of
// them in the alphabet if several are; "" if none is. It does not change names.
func To(wanted string, names []string) string {
	best, distance := "", tooFar
	for _, name := range slices.Sorted(slices.Values(names)) {
		d := levenshtein.ComputeDistance(strings.ToLower(wanted), strings.ToLower(name))
		if d < distance && d < len(name) {
			best, distance = name, d
		}
	}
	return best
}
