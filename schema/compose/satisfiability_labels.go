package compose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/schema"
)

// labelTable numbers the labels of @override and interns sets of decisions
// about them.
type labelTable struct {
	names []string
	list  []decisions
	byKey map[string]decisionID
}

// decisions are the labels known to be on and off; others are open.
type decisions struct{ on, off schema.Bits }

// decisionID numbers decisions; 0 is none.
type decisionID int32

func newLabelTable(names []string) labelTable {
	return labelTable{names: names, list: make([]decisions, 1), byKey: map[string]decisionID{"": 0}}
}

// indexOf returns a label's number, -1 for none.
func (t *labelTable) indexOf(label string) int {
	if label == "" {
		return -1
	}
	i, _ := slices.BinarySearch(t.names, label)
	return i
}

// with returns the decisions plus one more.
func (t *labelTable) with(id decisionID, label int, on bool) decisionID {
	d := decisions{t.list[id].on.Clone(), t.list[id].off.Clone()}
	if on {
		d.on.Add(label)
	} else {
		d.off.Add(label)
	}
	key := d.key()
	if known, ok := t.byKey[key]; ok {
		return known
	}
	next := decisionID(len(t.list))
	t.list = append(t.list, d)
	t.byKey[key] = next
	return next
}

func (d decisions) key() string {
	var b strings.Builder
	for i := range d.on.All() {
		b.WriteString("+" + strconv.Itoa(i))
	}
	for i := range d.off.All() {
		b.WriteString("-" + strconv.Itoa(i))
	}
	return b.String()
}

// decided returns a label's value and whether there is one.
func (t *labelTable) decided(id decisionID, label int) (on, ok bool) {
	d := &t.list[id]
	if d.on.Has(label) {
		return true, true
	}
	return false, d.off.Has(label)
}

// within reports whether whatever a decides, b decides alike.
func (t *labelTable) within(a, b decisionID) bool {
	return a == 0 || a == b || t.list[a].on.Within(t.list[b].on) && t.list[a].off.Within(t.list[b].off)
}

// settings says what is decided, a sentence per label.
func (t *labelTable) settings(id decisionID) []string {
	var out []string
	for i, name := range t.names {
		if on, ok := t.decided(id, i); ok {
			out = append(out, fmt.Sprintf("the override label %q is %s on this path", name, onOff(on)))
		}
	}
	return out
}
