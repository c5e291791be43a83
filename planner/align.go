package planner

import "github.com/weftql/weft/schema"

// alignment is a key leaf that both sides of a join of lists select, for the
// executor to see whether their objects are the same.
type alignment struct{ left, right *entry }

// align makes the lists of w and of its place's hub comparable where their
// objects are entities. Values have no key; lists of them may only differ in
// length.
func (b *builder) align(w *visit) {
	hub := w.place.hub
	if hub == w || w.via.field.Type.Elem == nil {
		return
	}
	for _, t := range w.st.types {
		if hub.serves(t) {
			b.alignType(hub, w, t)
		}
	}
}

func (b *builder) alignType(hub, w *visit, t schema.TypeID) {
	for _, in := range b.r.s.Types[t].In {
		for i := range in.Keys {
			list := b.r.set(in.Keys[i].Fields).of(b.r.s, t).list
			if !b.holdsLeaves(hub, t, list) || !b.holdsLeaves(w, t, list) {
				continue
			}
			for _, it := range list {
				w.aligned = append(w.aligned, alignment{b.alignedLeaf(hub, t, it), b.alignedLeaf(w, t, it)})
			}
			return
		}
	}
}

// holdsLeaves reports whether all items are leaves that v can answer.
func (b *builder) holdsLeaves(v *visit, t schema.TypeID, list []*item) bool {
	n := b.nodeOf(v, t)
	for _, it := range list {
		if it.sub != nil || n == nil || n.fields[it.name] == nil || !b.r.readable(t, n.fields[it.name], b.viewIn(v), true) {
			return false
		}
	}
	return len(list) > 0
}

// alignedLeaf selects a key leaf as the client would, so that both sides write
// an ID alike.
func (b *builder) alignedLeaf(v *visit, t schema.TypeID, it *item) *entry {
	e := b.leaf(v, t, it, nil)
	e.client = true
	return e
}
