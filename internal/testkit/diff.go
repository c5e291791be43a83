package testkit

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Diff describes the first place where got differs from want, or returns "".
// Numbers are compared as decimals of any precision. With ordered, members of
// objects must stand in the same order too.
func Diff(want, got any, ordered bool) string {
	return diffAt(want, got, ordered, nil)
}

// Equal reports whether a and b are the same JSON value; the order of members
// does not count.
func Equal(a, b any) bool { return Diff(a, b, false) == "" }

func diffAt(want, got any, ordered bool, path []string) string {
	switch w := want.(type) {
	case *Object:
		g, ok := got.(*Object)
		if !ok || (w == nil) != (g == nil) {
			return mismatch(want, got, path)
		}
		return diffObjects(w, g, ordered, path)
	case []any:
		g, ok := got.([]any)
		if !ok {
			return mismatch(want, got, path)
		}
		if len(w) != len(g) {
			return fmt.Sprintf("%s: want %d items, got %d", place(path), len(w), len(g))
		}
		for i := range w {
			if d := diffAt(w[i], g[i], ordered, append(path, strconv.Itoa(i))); d != "" {
				return d
			}
		}
		return ""
	case json.Number:
		g, ok := got.(json.Number)
		if !ok || !sameNumber(w, g) {
			return mismatch(want, got, path)
		}
		return ""
	}
	switch got.(type) {
	case *Object, []any:
		return mismatch(want, got, path)
	}
	if want != got {
		return mismatch(want, got, path)
	}
	return ""
}

func diffObjects(want, got *Object, ordered bool, path []string) string {
	for _, name := range want.Names() {
		if !got.Has(name) {
			return fmt.Sprintf("%s: missing (want %s)", place(append(path, name)), short(want.Value(name)))
		}
	}
	for _, name := range got.Names() {
		if !want.Has(name) {
			return fmt.Sprintf("%s: not expected (got %s)", place(append(path, name)), short(got.Value(name)))
		}
	}
	for _, name := range want.Names() {
		if d := diffAt(want.Value(name), got.Value(name), ordered, append(path, name)); d != "" {
			return d
		}
	}
	if ordered {
		for i, name := range want.Names() {
			if got.names[i] != name {
				return fmt.Sprintf("%s: order of members: want %v, got %v", place(path), want.names, got.names)
			}
		}
	}
	return ""
}

func mismatch(want, got any, path []string) string {
	return fmt.Sprintf("%s: want %s, got %s", place(path), short(want), short(got))
}

func place(path []string) string {
	if len(path) == 0 {
		return "data"
	}
	return strings.Join(path, ".")
}

// short keeps reasons on one line.
func short(v any) string {
	s := FormatJSON(v)
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, ok1 := new(big.Rat).SetString(string(a))
	y, ok2 := new(big.Rat).SetString(string(b))
	return ok1 && ok2 && x.Cmp(y) == 0
}
