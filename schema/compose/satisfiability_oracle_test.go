package compose

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// bruteForce decides satisfiability the slow way: it follows every client path
// up to a depth, and evaluates conditions by recursion with a budget of nested
// conditions instead of a fixpoint, for one setting of all labels at a time.
// It shares nothing with the walk but the supergraph.
type bruteForce struct {
	g    *schema.Supergraph
	on   map[string]bool
	memo map[string][]spot
	done map[string]bool
	// contexts are what the client path at hand has passed, while its fields
	// are followed: context and selection.
	contexts map[string]bool
}

// spot is an object of a type as one subgraph declares it, with what @provides
// adds.
type spot struct {
	typ, decl schema.TypeID
	sub       int
	provides  []schema.Selection
}

const (
	bruteBudget = 7
	bruteDepth  = 6
)

func (s spot) key(b *bruteForce) string {
	var t strings.Builder
	writeSelection(&t, b.g, s.provides)
	return fmt.Sprint(s.typ, " ", s.decl, " ", s.sub, " ", t.String())
}

func (b *bruteForce) add(list []spot, s spot) []spot {
	if slices.ContainsFunc(list, func(o spot) bool { return o.key(b) == s.key(b) }) {
		return list
	}
	return append(list, s)
}

// reach is what keys lead to from one spot: an object with a budget of n is
// where it is, and where the keys that it can give with n-1 lead.
func (b *bruteForce) reach(p spot, n int) []spot {
	key := fmt.Sprint("r", n, " ", p.key(b))
	if known, ok := b.memo[key]; ok {
		return known
	}
	out := []spot{p}
	t := &b.g.Types[p.typ]
	if t.ID == b.g.Query || t.ID == b.g.Mutation || t.ID == b.g.Subscription {
		for _, in := range t.In {
			out = b.add(out, spot{t.ID, t.ID, in.Subgraph, nil})
		}
	} else if n > 0 {
		for i := range b.g.Lookups {
			if q, ok := b.rowSpot(t, &b.g.Lookups[i]); ok && b.gives([]spot{p}, b.g.Lookups[i].Key.Select, n-1) {
				out = b.add(out, q)
			}
		}
		for _, q := range b.homes(t) {
			for _, k := range b.g.Types[q.decl].InSubgraph(q.sub).Keys {
				if k.Resolvable && b.gives([]spot{p}, k.Fields.Select, n-1) {
					out = b.add(out, q)
				}
			}
		}
	}
	b.memo[key] = out
	return out
}

// rowSpot is where a connector's look-up leads for objects of type t.
func (b *bruteForce) rowSpot(t *schema.Type, l *schema.Lookup) (spot, bool) {
	in := b.g.Types[l.Type].InSubgraph(l.Subgraph)
	s := spot{t.ID, l.Type, l.Subgraph, nil}
	switch {
	case l.Provides == nil:
		return s, false
	case t.ID == l.Type:
	case in.InterfaceObject && slices.Contains(t.Interfaces, l.Type):
	case !in.InterfaceObject && in.Possible.Has(int(t.ID)):
		s.decl = t.ID // an object entered by an interface is itself
	default:
		return s, false
	}
	s.provides = l.Provides.Select
	return s, true
}

// homes are the declarations a type's objects can be entered by.
func (b *bruteForce) homes(t *schema.Type) []spot {
	var out []spot
	for _, in := range t.In {
		if !b.g.Subgraphs[in.Subgraph].Connected {
			out = append(out, spot{t.ID, t.ID, in.Subgraph, nil})
		}
	}
	if t.Kind == ast.Object {
		for _, id := range t.Interfaces {
			for _, in := range b.g.Types[id].In {
				if in.InterfaceObject {
					out = append(out, spot{t.ID, id, in.Subgraph, nil})
				}
			}
		}
	}
	return out
}

// gives reports whether every part of a selection can be had, each from some
// spot of the same object.
func (b *bruteForce) gives(at []spot, sel []schema.Selection, n int) bool {
	if n < 0 {
		return false
	}
	typ := &b.g.Types[at[0].typ]
	for _, s := range sel {
		ok := false
		switch s.Name {
		case "__typename":
			ok = typ.Kind == ast.Object || slices.ContainsFunc(at, func(p spot) bool { return b.real(p, n) })
		case "":
			ok = b.givesFragment(at, s, n)
		default:
			ok = b.givesField(at, s, n)
		}
		if !ok {
			return false
		}
	}
	return true
}

func (b *bruteForce) givesField(at []spot, s schema.Selection, n int) bool {
	targets, found := b.follow(at, s.Name, n)
	if found {
		return len(s.Select) == 0 || b.gives(targets, s.Select, n)
	}
	typ := &b.g.Types[at[0].typ]
	any := false
	if typ.Kind == ast.Interface {
		for m := range typ.Possible.All() {
			if casts := b.cast(at, schema.TypeID(m), n); len(casts) > 0 {
				any = true
				if !b.givesField(casts, s, n) {
					return false
				}
			}
		}
	}
	return any
}

func (b *bruteForce) givesFragment(at []spot, s schema.Selection, n int) bool {
	typ := &b.g.Types[at[0].typ]
	if s.On == schema.NoType || s.On == typ.ID {
		return b.gives(at, s.Select, n)
	}
	for m := range typ.Possible.And(b.g.Types[s.On].Possible).All() {
		casts := b.cast(at, schema.TypeID(m), n)
		if len(casts) > 0 && !b.gives(casts, s.Select, n) {
			return false
		}
	}
	return true
}

func (b *bruteForce) real(p spot, n int) bool {
	return slices.ContainsFunc(b.reach(p, n), func(q spot) bool {
		return !b.g.Types[q.decl].InSubgraph(q.sub).InterfaceObject
	})
}

// cast narrows the spots to an object type.
func (b *bruteForce) cast(at []spot, to schema.TypeID, n int) []spot {
	var out []spot
	for _, p := range at {
		from := []spot{p}
		if b.g.Types[p.decl].InSubgraph(p.sub).InterfaceObject {
			if !b.real(p, n) {
				continue
			}
			from = b.reach(p, n)
		}
		for _, q := range from {
			if c, ok := b.castOne(q, to); ok {
				out = b.add(out, c)
			}
		}
	}
	return out
}

func (b *bruteForce) castOne(p spot, to schema.TypeID) (spot, bool) {
	in := b.g.Types[p.decl].InSubgraph(p.sub)
	switch {
	case p.typ == to:
		return p, true
	case in.InterfaceObject:
		return spot{to, p.decl, p.sub, p.provides}, slices.Contains(b.g.Types[to].Interfaces, p.decl)
	}
	return spot{to, to, p.sub, p.provides}, in.Possible.Has(int(to))
}

// follow returns where a field leads from spots of one object.
func (b *bruteForce) follow(at []spot, name string, n int) (out []spot, found bool) {
	for _, p := range at {
		for _, m := range b.reach(p, n) {
			id := b.g.FieldNamed(m.decl, name)
			if id == schema.NoField {
				continue
			}
			in := b.g.Fields[id].InSubgraph(m.sub)
			if in == nil || in.UsedOverridden || in.Label != "" && b.on[in.Label] != (in.Override != "") {
				continue
			}
			if !b.hasContexts(in) || len(in.Contexts) > 0 && !b.enters(p, m, n-1) {
				continue
			}
			provided, below := b.provided(m, name)
			if in.External && !provided {
				continue
			}
			if in.Requires != nil && (!b.gives([]spot{m}, in.Requires.Select, n-1) || !b.enters(p, m, n-1)) {
				continue
			}
			found = true
			if b.g.Fields[id].Leaf {
				continue
			}
			if in.Provides != nil {
				below = append(slices.Clip(below), in.Provides.Select...)
			}
			result := b.g.Fields[id].Result
			if own := b.g.FieldNamed(m.typ, name); own != schema.NoField {
				result = b.g.Fields[own].Result
			}
			out = b.add(out, spot{result, b.g.TypeNamed(in.Type.Name()), m.sub, below})
		}
	}
	return out, found
}

func (b *bruteForce) hasContexts(in *schema.FieldIn) bool {
	for _, c := range in.Contexts {
		if !b.contexts[c.Context+c.Selection] {
			return false
		}
	}
	return true
}

// passed returns the contexts that hold below an object.
func (b *bruteForce) passed(at []spot, above map[string]bool) map[string]bool {
	typ := &b.g.Types[at[0].typ]
	out := map[string]bool{}
	maps.Copy(out, above)
	for i := range b.g.Fields {
		for _, in := range b.g.Fields[i].In {
			for _, c := range in.Contexts {
				if !slices.Contains(typ.Contexts, c.Context) {
					continue
				}
				set, err := b.g.ParseFieldSet(typ.ID, c.Selection)
				delete(out, c.Context+c.Selection)
				if err == nil && b.gives(at, set.Select, bruteBudget) {
					out[c.Context+c.Selection] = true
				}
			}
		}
	}
	return out
}

// followClient is follow with the contexts of a client's path, which the
// conditions on the way do not see.
func (b *bruteForce) followClient(at []spot, name string, contexts map[string]bool) ([]spot, bool) {
	b.contexts = contexts
	defer func() { b.contexts = nil }()
	return b.follow(at, name, bruteBudget)
}

func (b *bruteForce) enters(p, m spot, n int) bool {
	for _, k := range b.g.Types[m.decl].InSubgraph(m.sub).Keys {
		if k.Resolvable && b.gives([]spot{p}, k.Fields.Select, n) {
			return true
		}
	}
	return false
}

// provided looks a field up in what @provides gives a spot.
func (b *bruteForce) provided(m spot, name string) (bool, []schema.Selection) {
	found := false
	var below []schema.Selection
	var look func(sel []schema.Selection)
	look = func(sel []schema.Selection) {
		for _, s := range sel {
			switch {
			case s.Name == name:
				found = true
				below = append(below, s.Select...)
			case s.Name == "" && (s.On == schema.NoType || s.On == m.decl || b.g.Types[s.On].Possible.Has(int(m.decl))):
				look(s.Select)
			}
		}
	}
	look(m.provides)
	return found, below
}

// client follows every field and type condition below the spots.
func (b *bruteForce) client(at []spot, contexts map[string]bool, depth int, mutationRoot bool) bool {
	if depth == 0 {
		return true
	}
	keys := []string{fmt.Sprint(depth, contexts)}
	for _, p := range at {
		keys = append(keys, p.key(b))
	}
	sort.Strings(keys[1:])
	key := strings.Join(keys, "|")
	if ok, known := b.done[key]; known {
		return ok
	}
	ok := b.clientFields(at, contexts, depth, mutationRoot) && b.clientConditions(at, contexts, depth)
	b.done[key] = ok
	return ok
}

func (b *bruteForce) clientFields(at []spot, contexts map[string]bool, depth int, mutationRoot bool) bool {
	typ := &b.g.Types[at[0].typ]
	if typ.Kind != ast.Object {
		return true // its fields are its objects' fields
	}
	below := b.passed(at, contexts)
	for _, id := range typ.Fields {
		f := &b.g.Fields[id]
		if !b.g.API.Seen.Has(int(id)) {
			continue
		}
		targets, found := b.followClient(at, f.Name, contexts)
		switch {
		case !found:
			return false
		case f.Leaf:
		case mutationRoot:
			if !slices.ContainsFunc(targets, func(p spot) bool { return b.client([]spot{p}, below, depth-1, false) }) {
				return false
			}
		case !b.client(targets, below, depth-1, false):
			return false
		}
	}
	return true
}

func (b *bruteForce) clientConditions(at []spot, contexts map[string]bool, depth int) bool {
	typ := &b.g.Types[at[0].typ]
	if typ.Kind == ast.Object {
		return true
	}
	for m := range typ.Possible.All() {
		elsewhere := slices.ContainsFunc(at, func(p spot) bool {
			_, ok := b.castOne(p, schema.TypeID(m))
			return !ok
		})
		if elsewhere {
			continue
		}
		casts := b.cast(at, schema.TypeID(m), bruteBudget)
		if len(casts) == 0 || !b.client(casts, contexts, depth, false) {
			return false
		}
	}
	return true
}

// satisfiable tries every setting of the labels.
func bruteSatisfiable(g *schema.Supergraph, depth int) bool {
	for setting := range 1 << len(g.Labels) {
		b := &bruteForce{g: g, on: map[string]bool{}, memo: map[string][]spot{}, done: map[string]bool{}}
		for i, label := range g.Labels {
			b.on[label] = setting>>i&1 == 1
		}
		for _, root := range []schema.TypeID{g.Query, g.Mutation, g.Subscription} {
			if root == schema.NoType {
				continue
			}
			var at []spot
			for _, in := range g.Types[root].In {
				at = append(at, spot{root, root, in.Subgraph, nil})
			}
			if !b.client(at, nil, depth, root == g.Mutation) {
				return false
			}
		}
	}
	return true
}

// The walk and the brute force agree on random graphs.
func TestSatisfiabilityAgainstBruteForce(t *testing.T) {
	satisfiable, compared := 0, 0
	for seed := range uint64(800) {
		inputs := randomSubgraphs(seed)
		res := Compose(inputs, Options{SkipSatisfiability: true})
		if !res.OK() {
			continue
		}
		errs, _ := checkSatisfiability(res.Graph)
		if slices.ContainsFunc(errs, func(d routeDiagnostic) bool { return d.Code == ShareableMismatchedRuntimeTypes }) {
			continue // nothing is followed below such a field
		}
		compared++
		want := bruteSatisfiable(res.Graph, bruteDepth)
		if want {
			satisfiable++
		}
		if got := len(errs) == 0; got != want {
			t.Errorf("seed %d: satisfiable = %v, brute force says %v", seed, got, want)
			for _, d := range errs {
				t.Log(d.Message, d.Example)
			}
			for _, in := range inputs {
				t.Logf("-- %s\n%s", in.Name, in.SDL)
			}
		}
	}
	// A generator that made only one kind would prove nothing.
	if satisfiable < compared/10 || satisfiable > compared*9/10 {
		t.Errorf("%d of %d graphs are satisfiable: the generator is lopsided", satisfiable, compared)
	}
}
