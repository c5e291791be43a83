package operation

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// fieldsCanMerge checks that fields of one response name can be answered by
// one value (specification, section 5.3.2).
//
// Instead of comparing every pair, it groups. All fields of one response name
// must agree in shape; then their sub-selections are merged and checked as one
// selection. Those among them whose parents can be one object must also agree
// in name and arguments: that is each object type's fields together with those
// selected on interfaces and unions. Groups already checked are remembered, so
// fragments spread many times cost once.
func (p *Preparer) fieldsCanMerge(doc *ast.QueryDocument) error {
	m := &mergeCheck{
		types: p.view.AST.Types, most: p.limits.walk(), mostFaults: p.limits.Errors,
		place: map[string]int{}, alone: map[*ast.Field]mergeMode{}, ids: map[*ast.Field]int{}, done: map[string]mergeMode{},
	}
	for _, def := range doc.Operations {
		m.check([]ast.SelectionSet{def.SelectionSet}, inShape|inName)
	}
	if m.steps > m.most {
		return tooLarge("fields to compare", m.most)
	}
	if len(m.faults) > 0 {
		return m.faults
	}
	return nil
}

// mergeMode says what fields are compared in.
type mergeMode uint8

const (
	inShape mergeMode = 1 << iota
	inName            // and arguments
)

type mergeCheck struct {
	types            map[string]*ast.Definition
	most, mostFaults int
	steps            int
	faults           fault.List

	place map[string]int           // of the response names of the selection at hand
	alone map[*ast.Field]mergeMode // what groups of one field were checked for
	ids   map[*ast.Field]int       // of fields in larger groups
	done  map[string]mergeMode     // what larger groups were checked for
	key   []byte                   // scratch

	fields slab[*ast.Field]
}

// check compares the fields of the merged selection sets with each other.
func (m *mergeCheck) check(sets []ast.SelectionSet, mode mergeMode) {
	if len(sets) == 0 {
		return
	}
	for _, group := range m.collect(sets) {
		if m.steps > m.most || len(m.faults) >= m.mostFaults {
			return
		}
		if mode := m.left(group, mode); mode != 0 {
			m.group(group, mode)
		}
	}
}

// group compares fields of one response name.
func (m *mergeCheck) group(group []*ast.Field, mode mergeMode) {
	if len(group) == 1 {
		m.check(selections(group), mode)
		return
	}
	if mode&inShape != 0 {
		for _, f := range group[1:] {
			if a, b := resultOf(group[0]), resultOf(f); !m.sameShape(a, b) {
				m.conflict(group[0], f, fmt.Sprintf(`they return conflicting types "%s" and "%s"`, a.String(), b.String()))
				return
			}
		}
	}
	parts := [][]*ast.Field{group}
	if mode&inName != 0 {
		parts = byParent(group)
		for _, part := range parts {
			if !m.sameField(part) {
				return
			}
		}
	}
	if len(parts) == 1 {
		m.check(selections(group), mode)
		return
	}
	if mode&inShape != 0 {
		m.check(selections(group), inShape)
	}
	for _, part := range parts {
		m.check(selections(part), inName)
	}
}

// collect returns the fields of sets by response name, in order of first
// appearance. A fragment's fields count once however often it is spread.
func (m *mergeCheck) collect(sets []ast.SelectionSet) [][]*ast.Field {
	var groups [][]*ast.Field
	var seen map[*ast.FragmentDefinition]bool
	clear(m.place)
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		groups = slices.Grow(groups, len(set))
		for _, sel := range set {
			if m.steps++; m.steps > m.most {
				return
			}
			switch sel := sel.(type) {
			case *ast.Field:
				if sel.Definition == nil || sel.ObjectDefinition == nil {
					continue // another rule's to report
				}
				if i, ok := m.place[sel.Alias]; ok {
					groups[i] = append(groups[i], sel)
					continue
				}
				m.place[sel.Alias] = len(groups)
				group := m.fields.one()
				group[0] = sel
				groups = append(groups, group)
			case *ast.InlineFragment:
				walk(sel.SelectionSet)
			case *ast.FragmentSpread:
				if f := sel.Definition; f != nil && !seen[f] {
					if seen == nil {
						seen = map[*ast.FragmentDefinition]bool{}
					}
					seen[f] = true
					walk(f.SelectionSet)
				}
			}
		}
	}
	for _, set := range sets {
		walk(set)
	}
	return groups
}

// byParent splits a group into parts whose parents may be one object.
func byParent(group []*ast.Field) [][]*ast.Field {
	var order []*ast.Definition
	objects := map[*ast.Definition]bool{}
	for _, f := range group {
		if def := f.ObjectDefinition; def.Kind == ast.Object && !objects[def] {
			objects[def] = true
			order = append(order, def)
		}
	}
	if len(order) <= 1 {
		return [][]*ast.Field{group}
	}
	parts := make([][]*ast.Field, len(order))
	for i, def := range order {
		for _, f := range group {
			if f.ObjectDefinition == def || f.ObjectDefinition.Kind != ast.Object {
				parts[i] = append(parts[i], f)
			}
		}
	}
	return parts
}

// sameField reports, or records as conflict, whether all fields of a part are
// the same field with the same arguments.
func (m *mergeCheck) sameField(part []*ast.Field) bool {
	m.steps += len(part)
	first := part[0]
	for _, f := range part[1:] {
		if f.Name != first.Name {
			m.conflict(first, f, fmt.Sprintf(`"%s" and "%s" are different fields`, clip(first.Name), clip(f.Name)))
			return false
		}
		if !sameArguments(first.Arguments, f.Arguments) {
			m.conflict(first, f, "they have differing arguments")
			return false
		}
	}
	return true
}

func (m *mergeCheck) conflict(a, b *ast.Field, why string) {
	m.faults = append(m.faults, &fault.Error{
		Code: fault.GraphQLValidationFailed,
		Message: fmt.Sprintf(`Fields "%s" conflict because %s. Use different aliases on the fields to fetch both if this was intentional.`,
			clip(a.Alias), why),
		Locations: []fault.Position{{Line: a.Position.Line, Column: a.Position.Column}, {Line: b.Position.Line, Column: b.Position.Column}},
	})
}

// resultOf returns the type of a field. gqlparser forgets that __typename is
// never null.
func resultOf(f *ast.Field) *ast.Type {
	if f.Name == "__typename" {
		return &ast.Type{NamedType: "String", NonNull: true}
	}
	return f.Definition.Type
}

// sameShape reports whether values of a and b look alike to a client: the same
// lists and non-nulls around the same leaf or any composite types.
func (m *mergeCheck) sameShape(a, b *ast.Type) bool {
	for {
		if a.NonNull != b.NonNull || (a.Elem == nil) != (b.Elem == nil) {
			return false
		}
		if a.Elem == nil {
			break
		}
		a, b = a.Elem, b.Elem
	}
	if a.NamedType == b.NamedType {
		return true
	}
	x, y := m.types[a.NamedType], m.types[b.NamedType]
	return x != nil && y != nil && x.IsCompositeType() && y.IsCompositeType()
}

// left returns what of mode a group was not checked for yet, and notes that it
// is being checked now.
func (m *mergeCheck) left(group []*ast.Field, mode mergeMode) mergeMode {
	if len(group) == 1 {
		before := m.alone[group[0]]
		m.alone[group[0]] = before | mode
		return mode &^ before
	}
	m.key = m.key[:0]
	for _, f := range group {
		id, ok := m.ids[f]
		if !ok {
			id = len(m.ids)
			m.ids[f] = id
		}
		m.key = binary.AppendUvarint(m.key, uint64(id))
	}
	before := m.done[string(m.key)]
	m.done[string(m.key)] = before | mode
	return mode &^ before
}

func selections(group []*ast.Field) []ast.SelectionSet {
	sets := make([]ast.SelectionSet, 0, len(group))
	for _, f := range group {
		if len(f.SelectionSet) > 0 {
			sets = append(sets, f.SelectionSet)
		}
	}
	return sets
}

// sameArguments compares without regard to order.
func sameArguments(a, b ast.ArgumentList) bool {
	if len(a) != len(b) {
		return false
	}
	for i, arg := range a {
		other := b[i]
		if other.Name != arg.Name {
			if other = b.ForName(arg.Name); other == nil {
				return false
			}
		}
		if !sameValue(arg.Value, other.Value) {
			return false
		}
	}
	return true
}

// sameValue compares literals; the fields of an object may be in any order.
func sameValue(a, b *ast.Value) bool {
	kind := func(v *ast.Value) ast.ValueKind {
		if v.Kind == ast.BlockValue {
			return ast.StringValue
		}
		return v.Kind
	}
	if kind(a) != kind(b) || a.Raw != b.Raw || len(a.Children) != len(b.Children) {
		return false
	}
	for i, child := range a.Children {
		other := b.Children[i]
		if other.Name != child.Name {
			found := b.Children.ForName(child.Name)
			if found == nil || !sameValue(child.Value, found) {
				return false
			}
			continue
		}
		if !sameValue(child.Value, other.Value) {
			return false
		}
	}
	return true
}
