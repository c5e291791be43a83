package operation

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// rights are what the selections of a graph ask for, by what is selected. A
// graph without requirements has none, and its operations pay nothing.
type rights struct {
	// fields are, by FieldID, the requirements of the field itself and, of an
	// interface's, of the same field of every type that implements it.
	fields [][]int
	// types are the requirements of types, by TypeID.
	types []int
	// implementing are, by TypeID of an interface, the requirements of the types
	// that implement it.
	implementing [][]int
	// opaque are the fields, by FieldID, whose arguments policies cannot be told:
	// those a client's schema has rewritten, and those of an interface which that
	// of an implementing type is given more arguments than, or is opaque.
	opaque schema.Bits
}

func newRights(g *schema.Supergraph) *rights {
	if len(g.Requirements) <= 1 {
		return nil
	}
	r := &rights{fields: make([][]int, len(g.Fields)), types: make([]int, len(g.Types)), implementing: make([][]int, len(g.Types))}
	for i := 1; i < len(g.Fields); i++ {
		r.fields[i] = include(nil, g.Fields[i].Requirement)
		if g.Fields[i].Rewritten {
			r.opaque.Add(i)
		}
	}
	for i := 1; i < len(g.Types); i++ {
		t := &g.Types[i]
		r.types[i] = t.Requirement
		for _, iface := range t.Interfaces {
			r.implementing[iface] = include(r.implementing[iface], t.Requirement)
			for _, f := range t.Fields {
				id := g.FieldNamed(iface, g.Fields[f].Name)
				if id == schema.NoField {
					continue
				}
				r.fields[id] = include(r.fields[id], g.Fields[f].Requirement)
				if g.Fields[f].Rewritten || len(g.Fields[f].Arguments) > len(g.Fields[id].Arguments) {
					r.opaque.Add(int(id))
				}
			}
		}
	}
	return r
}

// include adds a requirement to a short list; 0 asks for nothing.
func include(list []int, requirement int) []int {
	if requirement == 0 || slices.Contains(list, requirement) {
		return list
	}
	return append(list, requirement)
}

// needKey is what makes two needs one.
type needKey struct {
	requirement int
	field       schema.FieldID // whose arguments count, or NoField
	args        string
}

// needs are the requirements an operation met so far, and which of them are not
// fulfilled.
type needs struct {
	list  []Need
	index map[needKey]int
	// denied holds bits of list; a restricted operation finds in list all it
	// meets.
	denied     uint64
	restricted bool
}

// note returns the bit of a need, entering it at first sight.
func (n *normaliser) note(key needKey, f *ast.Field) uint64 {
	bit, ok := n.needs.index[key]
	if !ok {
		bit = len(n.needs.list)
		if bit == maxConditions {
			n.fail(tooLarge("authorization requirements", maxConditions))
			return 0
		}
		if n.needs.index == nil {
			n.needs.index = map[needKey]int{}
		}
		n.needs.index[key] = bit
		need := Need{Requirement: key.requirement}
		if key.field != schema.NoField {
			need.source = &needSource{use: f, field: &n.graph.Fields[key.field], opaque: n.rights.opaque.Has(int(key.field))}
		}
		n.needs.list = append(n.needs.list, need)
	}
	return 1 << bit
}

// unmet notes the requirements and returns the first that is not fulfilled, 0
// if all are. With a field, its arguments are what policies look at.
func (n *normaliser) unmet(requirements []int, id schema.FieldID, f *ast.Field) int {
	first := 0
	for _, r := range requirements {
		key := needKey{requirement: r}
		if f != nil && n.hasArguments(id) && n.graph.Requirements[r].HasPolicies() {
			key.field, key.args = id, argumentText(f)
		}
		if n.note(key, f)&n.needs.denied != 0 && first == 0 {
			first = r
		}
	}
	return first
}

// hasArguments reports whether a field of the graph has arguments, known or not.
func (n *normaliser) hasArguments(id schema.FieldID) bool {
	return len(n.graph.Fields[id].Arguments) > 0 || n.rights.opaque.Has(int(id))
}

// unmetType is unmet for the requirement of a type itself.
func (n *normaliser) unmetType(id schema.TypeID) int {
	r := n.rights.types[id]
	if r == 0 || n.note(needKey{requirement: r}, nil)&n.needs.denied == 0 {
		return 0
	}
	return r
}

// argumentText tells different arguments of one field apart.
func argumentText(f *ast.Field) string {
	var b strings.Builder
	for _, a := range sortedArguments(f) {
		b.WriteString(a.Name + ":" + a.Value.String() + "\n")
	}
	return b.String()
}

// exempt reports whether rights never touch a field.
func exempt(f *ast.Field) bool { return f.Name == "__typename" || introspects(f) }

// judgeField adds an occurrence of f, or of each part of it that authorization
// leaves or removes.
func (c *collection) judgeField(s source, f *ast.Field, when plan.Literals) {
	n := c.n
	id := n.graph.FieldNamed(s.owner.id, f.Name)
	if s.denied || id == schema.NoField {
		c.occurrence(s, f, when, s.denied)
		return
	}
	result := n.graph.Fields[id].Result
	missing := n.unmet(n.rights.fields[id], id, f)
	if typ := n.unmetType(result); missing == 0 {
		missing = typ
	}
	if missing != 0 {
		c.remove(s.trail, f.Alias, missing, when)
		c.occurrence(s, f, when, true)
		return
	}
	kept, removed, missing := c.judgeDirect(result, f.SelectionSet, when)
	for _, part := range removed {
		c.remove(s.trail, f.Alias, missing, part)
		c.occurrence(s, f, part, true)
	}
	for _, part := range kept {
		c.occurrence(s, f, part, false)
	}
}

// judgeFragment flattens what a fragment with a type condition selects, or its
// parts as judgeField does. s is what its selections stand under.
func (c *collection) judgeFragment(s source) {
	n := c.n
	if s.denied {
		c.flatten(s)
		return
	}
	if missing := n.unmetType(s.owner.id); missing != 0 {
		c.remove(s.trail, "", missing, s.when)
		s.denied = true
		c.flatten(s)
		return
	}
	kept, removed, missing := c.judgeDirect(s.owner.id, s.set, s.when)
	for _, part := range removed {
		c.remove(s.trail, "", missing, part)
		within := s
		within.when, within.denied = part, true
		c.flatten(within)
	}
	for _, part := range kept {
		within := s
		within.when = part
		c.flatten(within)
	}
}

// judgeDirect judges a selection set on a type by what it selects of an
// interface itself, outside of fragments with type conditions: anybody's data
// may come that way, so that every implementing type has a say. It returns the
// parts of when in which the set stays and in which it goes, and what is missing
// there.
func (c *collection) judgeDirect(id schema.TypeID, set ast.SelectionSet, when plan.Literals) (kept, removed []plan.Literals, missing int) {
	kept = []plan.Literals{when}
	requirements := c.n.rights.implementing[id]
	if len(requirements) == 0 {
		return kept, nil, 0
	}
	if removed = c.direct(set, when, nil, 0); len(removed) == 0 {
		return kept, nil, 0
	}
	if missing = c.n.unmet(requirements, schema.NoField, nil); missing == 0 {
		return kept, nil, 0
	}
	for _, condition := range removed {
		kept = c.except(kept, condition)
	}
	return kept, removed, missing
}

// direct appends the conditions under which set selects a field, other than
// __typename, of its own type.
func (c *collection) direct(set ast.SelectionSet, when plan.Literals, found []plan.Literals, depth int) []plan.Literals {
	if depth > c.n.limits.Nesting { // the parser has refused it
		return found
	}
	start := len(found)
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if exempt(sel) {
				continue
			}
			if under, ok := c.conditions(when, sel.Directives); ok {
				found = append(found, under)
			}
		case *ast.InlineFragment:
			if sel.TypeCondition != "" {
				continue
			}
			if under, ok := c.conditions(when, sel.Directives); ok {
				found = c.direct(sel.SelectionSet, under, found, depth+1)
			}
		}
		if len(found) > start && found[len(found)-1] == when {
			return append(found[:start], when) // it holds whenever the set is looked at
		}
	}
	return found
}

// except returns conjunctions that exclude each other and together are the
// parts of list outside of condition.
func (c *collection) except(list []plan.Literals, condition plan.Literals) []plan.Literals {
	var out []plan.Literals
	for _, part := range list {
		if !c.n.count() {
			return nil
		}
		if !compatible(part, condition) {
			out = append(out, part)
			continue
		}
		out = append(out, negations(part, condition)...)
	}
	return out
}
