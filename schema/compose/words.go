package compose

import (
	"sort"
	"strconv"
	"strings"
)

// quote puts a name in double quotes for a message.
func quote(name string) string { return strconv.Quote(name) }

// join lists names: "a", "b" and "c".
func join(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " and " + quoted[last]
}

// didYouMean returns " Did you mean "x"?" with the candidates that are likely
// meant by name, or "" if none is.
func didYouMean(name string, candidates []string) string {
	near := suggest(name, candidates)
	if len(near) == 0 {
		return ""
	}
	for i, n := range near {
		near[i] = quote(n)
	}
	return " Did you mean " + strings.Join(near, " or ") + "?"
}

// maxSuggestions is how many near names a message offers; more do not help.
const maxSuggestions = 3

// suggest returns the candidates nearest to name, best first.
func suggest(name string, candidates []string) []string {
	limit := min(len(name)/3+1, len(name)-1)
	type hit struct {
		name     string
		distance int
	}
	var hits []hit
	for _, candidate := range candidates {
		if d := len(candidate) - len(name); candidate == name || d > limit || -d > limit {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d <= limit {
			hits = append(hits, hit{candidate, d})
		}
	}
	sort.Slice(hits, func(i, j int) bool {
		if hits[i].distance != hits[j].distance {
			return hits[i].distance < hits[j].distance
		}
		return hits[i].name < hits[j].name
	})
	var near []string
	for _, h := range hits {
		if len(near) < maxSuggestions && (len(near) == 0 || near[len(near)-1] != h.name) {
			near = append(near, h.name)
		}
	}
	return near
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
