package connectorlab

import (
	"context"
	"slices"
	"strings"

	"github.com/weftql/weft/internal/testkit"
)

// specimen is a failing case.
type specimen struct {
	g    *graph
	op   *operation
	what string
}

// kindOf is the beginning of what is wrong: a smaller case must fail alike.
func kindOf(what string) string {
	kind, _, _ := strings.Cut(what, ":")
	return kind
}

// try reports whether the specimen still fails, and notes how.
func (s *specimen) try(ctx context.Context) bool {
	l, err := open(ctx, s.g)
	if err != nil {
		return false
	}
	defer l.close()
	what := l.judge(ctx, s.op)
	if what == "" || kindOf(what) != kindOf(s.what) {
		return false
	}
	s.what = what
	return true
}

// shrink takes away what the failure does not need.
func (s *specimen) shrink(ctx context.Context) {
	for again := true; again; {
		again = s.shrinkSet(ctx, &s.op.selections)
		for _, t := range append(slices.Clone(s.g.types), s.g.query, s.g.mutation) {
			for _, f := range t.fields {
				again = !f.key && s.without(ctx, &f.gone) || again
			}
			if t.entity() {
				again = s.fewer(ctx, t) || again
			}
		}
		for _, sub := range s.g.subs {
			for _, c := range sub.connectors {
				again = s.without(ctx, &c.gone) || again
			}
		}
	}
}

// without sets what marks a part as taken away, if the failure stays.
func (s *specimen) without(ctx context.Context, gone *bool) bool {
	if *gone || ctx.Err() != nil {
		return false
	}
	*gone = true
	if s.try(ctx) {
		return true
	}
	*gone = false
	return false
}

// fewer takes away objects, failures and ignorance.
func (s *specimen) fewer(ctx context.Context, t *typ) bool {
	again := false
	for _, n := range t.nodes {
		again = s.without(ctx, &n.gone) || again
		for _, marks := range []map[*subgraph]bool{n.unknown, n.fails} {
			for _, sub := range s.g.subs {
				if !marks[sub] {
					continue
				}
				marks[sub] = false
				if s.try(ctx) {
					again = true
				} else {
					marks[sub] = true
				}
			}
		}
		for _, f := range t.fields {
			if list, ok := n.values[f.name].([]any); ok && len(list) > 0 {
				n.values[f.name] = list[:len(list)-1]
				if s.try(ctx) {
					again = true
				} else {
					n.values[f.name] = list
				}
			}
		}
	}
	return again
}

func (s *specimen) shrinkSet(ctx context.Context, set *[]*selection) bool {
	again := false
	for i := 0; i < len(*set); {
		before := *set
		*set = slices.Delete(slices.Clone(before), i, i+1)
		if len(*set) > 0 && s.try(ctx) {
			again = true
			continue
		}
		*set = before
		one := before[i]
		if guard := one.guard; guard != "" {
			one.guard = ""
			if s.try(ctx) {
				again = true
			} else {
				one.guard = guard
			}
		}
		for a := range one.args {
			if one.args[a].variable {
				one.args[a].variable = false
				if s.try(ctx) {
					again = true
				} else {
					one.args[a].variable = true
				}
			}
		}
		if one.on != "" {
			*set = slices.Concat(before[:i], one.below, before[i+1:])
			if s.try(ctx) {
				again = true
				continue
			}
			*set = before
		}
		again = len(one.below) > 0 && s.shrinkSet(ctx, &one.below) || again
		i++
	}
	return again
}

// String prints the case: schemas, objects, operation and what is wrong.
func (s *specimen) String() string {
	var b strings.Builder
	for _, sub := range s.g.subs {
		b.WriteString("-- " + sub.name + ".graphql --\n" + sub.sdl(s.g))
	}
	b.WriteString("-- data --\n")
	for _, t := range append(slices.Clone(s.g.types), s.g.query, s.g.mutation) {
		for _, n := range t.nodes {
			if n.gone {
				continue
			}
			b.WriteString(t.name + " " + testkit.FormatJSON(n.print(true)))
			for _, sub := range s.g.subs {
				if n.unknown[sub] {
					b.WriteString(" unknown to " + sub.name)
				}
				if n.fails[sub] {
					b.WriteString(" fails at " + sub.name)
				}
			}
			b.WriteString("\n")
		}
	}
	document, variables := s.op.text()
	b.WriteString("-- operation --\n" + document + "\n" + variables + "\n-- wrong --\n" + s.what + "\n")
	return b.String()
}

// print is a node as JSON; entities in it are their keys.
func (n *node) print(whole bool) any {
	o := &testkit.Object{}
	for _, f := range n.typ.fields {
		if f.gone || !whole && n.typ.entity() && !f.key {
			continue
		}
		switch v := n.values[f.name].(type) {
		case *node:
			o.Set(f.name, v.print(false))
		case []any:
			list := make([]any, len(v))
			for i, item := range v {
				if in, ok := item.(*node); ok {
					item = in.print(false)
				}
				list[i] = item
			}
			o.Set(f.name, list)
		default:
			o.Set(f.name, v)
		}
	}
	return o
}
