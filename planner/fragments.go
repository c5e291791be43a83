package planner

import (
	"slices"

	"github.com/weftql/weft/schema"
)

// needsFragment reports whether an entry has to be selected under a type.
func (w *text) needsFragment(v *visit, e *entry) bool {
	switch {
	case v.kind == rootVisit, v.kind == fieldVisit && (v.st.io || v.st.static()):
		return false
	case v.kind == entryVisit:
		return true
	}
	if !e.hoist {
		return true
	}
	own := ""
	for _, t := range v.st.types {
		if e.types.Has(int(t)) {
			typ := w.e.b.nodeOf(v, t).fields[e.name].in.Type.String()
			if own != "" && typ != own {
				return false // in fragments the types would conflict
			}
			own = typ
		}
	}
	for _, t := range v.st.types {
		if !e.types.Has(int(t)) {
			return true
		}
	}
	return false
}

// fragments writes entries by the type they are selected on: first what several
// types share and an interface can be asked for, then type by type. Types that
// show as one interface object are one fragment.
func (w *text) fragments(v *visit, entries []*entry, space string) {
	entries, space = w.interfaces(v, entries, space)
	done := map[schema.TypeID]bool{}
	for _, t := range v.types {
		as := w.e.b.nodeOf(v, t).as
		if done[as] {
			continue
		}
		done[as] = true
		open := false
		for _, e := range entries {
			if !w.selectedAs(v, e, as) {
				continue
			}
			if !open {
				w.b.WriteString(space + "... on " + w.e.s.Types[as].Name + " {")
				space, open = " ", true
			} else {
				w.b.WriteByte(' ')
			}
			w.entry(e)
		}
		if open {
			w.b.WriteByte('}')
		}
	}
}

func (w *text) selectedAs(v *visit, e *entry, as schema.TypeID) bool {
	for _, t := range v.types {
		if e.types.Has(int(t)) && w.e.b.nodeOf(v, t).as == as {
			return true
		}
	}
	return false
}

// interfaces writes the entries that an interface of the subgraph can be asked
// for, and returns the others.
func (w *text) interfaces(v *visit, entries []*entry, space string) ([]*entry, string) {
	on := make([]schema.TypeID, len(entries))
	for i, e := range entries {
		on[i] = w.interfaceOf(v, e)
	}
	var rest []*entry
	for i, e := range entries {
		if on[i] == schema.NoType {
			rest = append(rest, e)
			continue
		}
		if slices.Contains(on[:i], on[i]) {
			continue
		}
		w.b.WriteString(space + "... on " + w.e.s.Types[on[i]].Name + " {")
		for k := i; k < len(entries); k++ {
			if on[k] == on[i] {
				if k > i {
					w.b.WriteByte(' ')
				}
				w.entry(entries[k])
			}
		}
		w.b.WriteByte('}')
		space = " "
	}
	return rest, space
}

// interfaceOf finds an interface that stands for exactly the types e is
// selected on, as far as they occur in v, and that resolves the field for all.
func (w *text) interfaceOf(v *visit, e *entry) schema.TypeID {
	first := schema.NoType
	count := 0
	for _, t := range v.types {
		if e.types.Has(int(t)) {
			if count++; count == 1 {
				first = t
			}
		}
	}
	if count < 2 || w.e.b.nodeOf(v, first).io {
		return schema.NoType
	}
	named := w.e.b.nodeOf(v, first).fields[e.name].in.Type.Name()
candidates:
	for _, id := range w.e.s.Types[first].InSubgraph(v.sub).Interfaces {
		in := w.e.s.Types[id].InSubgraph(v.sub)
		if in == nil || in.InterfaceObject {
			continue
		}
		for _, t := range v.types {
			if in.Possible.Has(int(t)) != e.types.Has(int(t)) {
				continue candidates
			}
		}
		if h := w.e.b.hoisted(w.e.r.start(v.sub, id, nil, false), e.name); h != nil && h.Type.Name() == named {
			return id
		}
	}
	return schema.NoType
}
