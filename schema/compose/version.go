package compose

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// version is the version of a spec.
type version struct{ major, minor int }

// less reports whether v is older than w.
func (v version) less(w version) bool {
	return v.major < w.major || v.major == w.major && v.minor < w.minor
}

// String returns the form that ends a feature URL: v2.9.
func (v version) String() string { return fmt.Sprintf("v%d.%d", v.major, v.minor) }

// parseVersion reads v2.9. Numbers too large to tell apart saturate.
func parseVersion(text string) (version, bool) {
	rest, found := strings.CutPrefix(text, "v")
	major, minor, dot := strings.Cut(rest, ".")
	if !found || !dot || !digits(major) || !digits(minor) {
		return version{}, false
	}
	return version{number(major), number(minor)}, true
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return math.MaxInt32
	}
	return n
}
