package compose

import (
	"slices"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// dnf is a requirement in disjunctive normal form, as in @requiresScopes and
// @policy: one of the lists must hold, and all names of it. [[]] holds always.
type dnf [][]string

// maxTerms bounds a conjunction: n operands of two terms each have 2^n terms
// before subsumed ones are dropped. Beyond it the terms seen so far are kept,
// which asks for more than needed, never for less. Chosen; not measured.
const maxTerms = 512

// dnfOf reads [["a", "b"], ["c"]]. [] counts as [[]].
func dnfOf(v *ast.Value) dnf {
	var d dnf
	for _, term := range items(v) {
		names := []string{}
		for _, n := range items(term) {
			names = append(names, n.Raw)
		}
		d = append(d, names)
	}
	return d.orTrue()
}

func (d dnf) orTrue() dnf {
	if len(d) == 0 {
		return dnf{{}}
	}
	return d
}

// value returns d as a literal.
func (d dnf) value() *ast.Value {
	outer := listValue()
	for _, term := range d {
		inner := listValue()
		for _, name := range term {
			inner.Children = append(inner.Children, &ast.ChildValue{Value: stringValue(name)})
		}
		outer.Children = append(outer.Children, &ast.ChildValue{Value: inner})
	}
	return outer
}

// conjunction returns what holds when all operands hold, without terms that
// another one implies:
//
//	[[a],[b]] and [[c]] is [[a,c],[b,c]]
//	[[a],[b]] and [[a]] is [[a]]
func conjunction(operands []dnf) dnf {
	distinct := distinctSorted(operands)
	if len(distinct) == 0 {
		return dnf{{}}
	}
	result := distinct[0]
	for _, d := range distinct[1:] {
		result = product(result, d)
	}
	return result
}

// distinctSorted sorts terms and names and drops repeated operands.
func distinctSorted(operands []dnf) []dnf {
	var distinct []dnf
	seen := map[string]bool{}
	for _, d := range operands {
		sorted := make(dnf, len(d))
		for i, term := range d {
			sorted[i] = slices.Sorted(slices.Values(term))
		}
		sort.SliceStable(sorted, func(i, j int) bool { return slices.Compare(sorted[i], sorted[j]) < 0 })
		sorted = slices.CompactFunc(sorted, slices.Equal)
		var key strings.Builder
		for _, term := range sorted {
			key.WriteString(termKey(term))
			key.WriteByte('\n')
		}
		if !seen[key.String()] {
			seen[key.String()] = true
			distinct = append(distinct, sorted.orTrue())
		}
	}
	return distinct
}

// termKey is a text that only equal terms share; names hold no NUL.
func termKey(term []string) string { return strings.Join(term, "\x00") }

func product(left, right dnf) dnf {
	var terms dnf
	seen := map[string]bool{}
	left, right = left[:min(len(left), maxTerms)], right[:min(len(right), maxTerms)]
	for _, l := range left {
		for _, r := range right {
			term := append([]string{}, l...)
			for _, name := range r {
				if !slices.Contains(l, name) {
					term = append(term, name)
				}
			}
			sort.Strings(term)
			if key := termKey(term); !seen[key] && len(terms) < maxTerms {
				seen[key] = true
				terms = append(terms, term)
			}
		}
	}
	return withoutSubsumed(terms)
}

// withoutSubsumed drops every term that contains another one: it asks for more
// than needed.
func withoutSubsumed(terms dnf) dnf {
	sort.SliceStable(terms, func(i, j int) bool { return len(terms[i]) < len(terms[j]) })
	var kept dnf
	for _, term := range terms {
		if !slices.ContainsFunc(kept, func(k []string) bool { return containsAll(term, k) }) {
			kept = append(kept, term)
		}
	}
	return kept
}

func containsAll(term, names []string) bool {
	for _, n := range names {
		if !slices.Contains(term, n) {
			return false
		}
	}
	return true
}

// implies reports whether whoever satisfies d satisfies e: every term of d
// contains a term of e.
func (d dnf) implies(e dnf) bool {
	for _, term := range d.orTrue() {
		if !slices.ContainsFunc(e.orTrue(), func(needed []string) bool { return containsAll(term, needed) }) {
			return false
		}
	}
	return true
}
