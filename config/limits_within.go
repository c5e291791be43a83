package config

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// Looser returns the keys, such as document.max_depth, in which l allows more
// than base: a client profile's limits may only be tighter than the graph's. A
// key that l leaves out is as in base. Rates stand beside those of base, so only
// one of the same name can be looser.
func (l Limits) Looser(base Limits) []string {
	var keys []string
	for _, n := range l.numbers(&base) {
		if *n.mine != 0 && *n.mine > cmp.Or(*n.base, n.standard) && cmp.Or(*n.base, n.standard) != 0 {
			keys = append(keys, n.key)
		}
	}
	for _, m := range l.modes(&base) {
		if *m.mine != "" && strictness(*m.mine) < strictness(*m.base) && m.inUse {
			keys = append(keys, m.key)
		}
	}
	if l.Variables.MaxString > cmp.Or(base.Variables.MaxString, standardString) {
		keys = append(keys, "variables.max_string")
	}
	for _, name := range slices.Sorted(maps.Keys(l.Cost.Subgraphs)) {
		if most, ok := base.Cost.Subgraphs[name]; ok && l.Cost.Subgraphs[name] > most {
			keys = append(keys, "cost.subgraphs."+name)
		}
	}
	for i := range l.Rates {
		if slices.ContainsFunc(base.Rates, func(r Rate) bool { return r.Name == l.Rates[i].Name }) {
			keys = append(keys, "rates["+strconv.Itoa(i)+"].name")
		}
	}
	return append(keys, l.graphOnly()...)
}

// Within returns the limits of a client profile that has l in a graph that has
// base: the tighter of both for every number, and the rates of both. The result
// keeps apart what is counted for the profile and what for the graph.
func (l Limits) Within(base Limits) Limits {
	out := base
	out.Headers = cmp.Or(l.Headers, base.Headers)
	for _, n := range l.numbers(&out) {
		if *n.mine != 0 && (*n.base == 0 && (n.standard == 0 || *n.mine < n.standard) || *n.mine < *n.base) {
			*n.base = *n.mine
		}
	}
	for _, m := range l.modes(&out) {
		if *m.mine != "" && (!m.inUse || strictness(*m.mine) > strictness(*m.base)) {
			*m.base = *m.mine
		}
	}
	if mine := l.Variables.MaxString; mine != 0 && mine < cmp.Or(base.Variables.MaxString, standardString) {
		out.Variables.MaxString = mine
	}
	out.Concurrency.Max, out.Concurrency.BFF = base.Concurrency.Max, l.Concurrency.Max
	out.Cost.Headers = base.Cost.Headers || l.Cost.Headers
	out.Cost.Actual = cmp.Or(l.Cost.Actual, base.Cost.Actual)
	out.Cost.Subgraphs = maps.Clone(base.Cost.Subgraphs)
	for name, most := range l.Cost.Subgraphs {
		if out.Cost.Subgraphs == nil {
			out.Cost.Subgraphs = map[string]int{}
		}
		if was, ok := out.Cost.Subgraphs[name]; !ok || most < was {
			out.Cost.Subgraphs[name] = most
		}
	}
	out.Rates = slices.Clone(base.Rates)
	for _, r := range l.Rates {
		r.BFF = true
		out.Rates = append(out.Rates, r)
	}
	return out
}

// standardString is what 0 stands for in variables.max_string.
const standardString Bytes = 256 << 10

// WithStandards returns l with what 0 stands for in its place. What has no
// standard stays 0, which is no bound.
func (l Limits) WithStandards() Limits {
	for _, n := range l.numbers(&l) {
		*n.mine = cmp.Or(*n.mine, n.standard)
	}
	l.Variables.MaxString = cmp.Or(l.Variables.MaxString, standardString)
	return l
}

// number is a limit of both; standard is what 0 stands for, 0 for no bound.
type number struct {
	key        string
	mine, base *int
	standard   int
}

func (l *Limits) numbers(base *Limits) []number {
	d, e := &l.Document, &base.Document
	return []number{
		{"document.max_depth", &d.MaxDepth, &e.MaxDepth, 50},
		{"document.max_height", &d.MaxHeight, &e.MaxHeight, 500},
		{"document.max_aliases", &d.MaxAliases, &e.MaxAliases, 60},
		{"document.max_root_fields", &d.MaxRootFields, &e.MaxRootFields, 40},
		{"document.max_directives", &d.MaxDirectives, &e.MaxDirectives, 100},
		{"document.max_fragments", &d.MaxFragments, &e.MaxFragments, 200},
		{"variables.max_depth", &l.Variables.MaxDepth, &base.Variables.MaxDepth, 32},
		{"variables.max_list", &l.Variables.MaxList, &base.Variables.MaxList, 10_000},
		{"cost.max", &l.Cost.Max, &base.Cost.Max, 0},
		{"concurrency.max", &l.Concurrency.Max, &base.Concurrency.Max, 0},
	}
}

// mode is a mode of both; inUse says that base has limits it is about.
type mode struct {
	key        string
	mine, base *string
	inUse      bool
}

func (l *Limits) modes(base *Limits) []mode {
	return []mode{
		{"document.mode", &l.Document.Mode, &base.Document.Mode, true},
		{"variables.mode", &l.Variables.Mode, &base.Variables.Mode, true},
		{"cost.mode", &l.Cost.Mode, &base.Cost.Mode, base.Cost.Max > 0 || len(base.Cost.Subgraphs) > 0},
		{"concurrency.mode", &l.Concurrency.Mode, &base.Concurrency.Mode, base.Concurrency.Max > 0},
	}
}

func strictness(mode string) int {
	switch mode {
	case "off":
		return 0
	case "observe":
		return 1
	}
	return 2
}
