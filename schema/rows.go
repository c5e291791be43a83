package schema

import (
	"fmt"
	"slices"

	"github.com/weftql/weft/fault"
)

// WithConnectors returns a copy of g in which subgraphs that have connectors
// resolve nothing themselves, and each connector is a row: a further entry of
// Subgraphs that answers what the connector's Select says and nothing else. Ids
// of types and fields, and the indices of registered subgraphs, stay; g is
// untouched.
//
// In a row all fields below the one it answers are external, and no key makes a
// field readable: what is readable at a place is what Select says of that place
// (FieldIn.Provides of a root field, Lookup.Provides of an entity). So a type
// that occurs twice in a Select may be known differently at both.
//
// A connector of a field of a type that is no root is a look-up that yields that
// field. Without Key such a look-up is asked with the type's name alone. An object
// is not looked up while a part of Key is null, unless the field's @requires asks
// for that part.
// Connectors that differ only in Key are ways into one row.
//
// It returns INVALID_FEDERATION_SUPERGRAPH, all problems together, for
// connectors that do not fit the schema. A field of Select that the subgraph
// lost to @override is no problem: it is not read there.
func (g *Supergraph) WithConnectors(list []Connector) (*Supergraph, error) {
	if len(list) == 0 {
		return g, nil
	}
	w := newRowWriter(g)
	for i := range list {
		w.add(&list[i])
	}
	if w.errs != nil {
		return nil, w.errs
	}
	return w.out, nil
}

// rowWriter makes the copy. In slices of types and fields are cloned before
// they are written to.
type rowWriter struct {
	g, out *Supergraph
	rows   map[rowKey]int // row by what makes connectors one row
	seen   map[reachKey]bool
	errs   fault.List
}

type rowKey struct {
	id, selected string
	subgraph     int
	typ          TypeID
	field        FieldID
}

// reachKey is a selection as it applies to one type in one row.
type reachKey struct {
	row int
	typ TypeID
	sel *Selection
}

func newRowWriter(g *Supergraph) *rowWriter {
	out := *g
	out.Subgraphs = slices.Clone(g.Subgraphs)
	out.Types = slices.Clone(g.Types)
	out.Fields = slices.Clone(g.Fields)
	out.Lookups = slices.Clone(g.Lookups)
	for i := range out.Types {
		out.Types[i].In = slices.Clone(out.Types[i].In)
	}
	for i := range out.Fields {
		out.Fields[i].In = slices.Clone(out.Fields[i].In)
	}
	api := *g.API
	api.Supergraph = &out
	out.API = &api
	return &rowWriter{g: g, out: &out, rows: map[rowKey]int{}, seen: map[reachKey]bool{}}
}

func (w *rowWriter) fail(c *Connector, format string, args ...any) {
	w.errs = append(w.errs, &fault.Error{
		Code: InvalidSupergraph, Message: fmt.Sprintf("connector %q: ", c.ID) + fmt.Sprintf(format, args...),
	})
}

// add makes the row of one connector, or a further way into the row it has.
func (w *rowWriter) add(c *Connector) {
	set, key, ok := w.parse(c)
	if !ok {
		return
	}
	w.connect(c.Subgraph)
	k := rowKey{id: c.ID, selected: c.Select, subgraph: c.Subgraph, typ: c.Type, field: c.Field}
	row, known := w.rows[k]
	if !known {
		row = len(w.out.Subgraphs)
		w.rows[k] = row
		of := &w.g.Subgraphs[c.Subgraph]
		w.out.Subgraphs = append(w.out.Subgraphs, Subgraph{
			Name: of.Name, URL: of.URL, Enum: of.Enum, Of: c.Subgraph, Connector: c.ID, Batch: c.Batch,
		})
	}
	if w.isRoot(c.Type) {
		w.root(row, c, set)
		return
	}
	if known {
		set = w.provides(row)
	}
	if set == nil {
		return // its field was taken over by another subgraph
	}
	l := Lookup{ID: c.ID, Subgraph: row, Type: c.Type, Key: key, Batch: c.Batch, Provides: set}
	if c.Field != NoField {
		l.Requires = w.g.Fields[c.Field].InSubgraph(c.Subgraph).Requires
	}
	w.out.Lookups = append(w.out.Lookups, l)
	in := w.typeIn(row, c.Type)
	in.Keys = append(in.Keys, Key{Fields: key, Resolvable: true})
	w.reach(row, c.Type, set.Select)
}

// provides is what the row's look-ups yield.
func (w *rowWriter) provides(row int) *FieldSet {
	for i := range w.out.Lookups {
		if w.out.Lookups[i].Subgraph == row {
			return w.out.Lookups[i].Provides
		}
	}
	return nil
}

func (w *rowWriter) isRoot(t TypeID) bool {
	return t == w.g.Query || t == w.g.Mutation || t == w.g.Subscription
}

// parse reads the connector's selections. The first is what it yields of the
// object it enters, or below its root field.
func (w *rowWriter) parse(c *Connector) (set, key *FieldSet, ok bool) {
	g := w.g
	switch {
	case c.Subgraph < 0 || c.Subgraph >= len(g.Subgraphs) || g.Subgraphs[c.Subgraph].Connector != "":
		w.fail(c, "there is no registered subgraph %d", c.Subgraph)
		return nil, nil, false
	case c.Type == NoType || int(c.Type) >= len(g.Types) || g.Types[c.Type].Possible == nil:
		w.fail(c, "there is no object type %d", c.Type)
		return nil, nil, false
	case c.Field != NoField && (int(c.Field) >= len(g.Fields) || g.Fields[c.Field].Owner != c.Type):
		w.fail(c, "type %s has no field %d", g.Types[c.Type].Name, c.Field)
		return nil, nil, false
	case c.Field == NoField && w.isRoot(c.Type):
		w.fail(c, "the root type %s cannot be entered", g.Types[c.Type].Name)
		return nil, nil, false
	case g.Types[c.Type].InSubgraph(c.Subgraph) == nil:
		w.fail(c, "subgraph %q has no type %s", g.Subgraphs[c.Subgraph].Name, g.Types[c.Type].Name)
		return nil, nil, false
	}
	before := len(w.errs)
	set = w.selection(c)
	if text := c.Key; !w.isRoot(c.Type) {
		if text == "" {
			text = "__typename"
		}
		key = w.fieldSet(c, "key", c.Type, text)
	}
	return set, key, len(w.errs) == before
}

// selection is what the connector yields: for a field of a type that is no root
// the field with what is below it, nil if the subgraph does not have the field
// any more.
func (w *rowWriter) selection(c *Connector) *FieldSet {
	if c.Field == NoField {
		return w.fieldSet(c, "selection", c.Type, c.Select)
	}
	f := &w.g.Fields[c.Field]
	if f.Leaf != (c.Select == "") {
		w.fail(c, "%s.%s of type %s needs a selection, or must have none", w.g.Types[c.Type].Name, f.Name, f.Type)
		return nil
	}
	var below *FieldSet
	if !f.Leaf {
		if below = w.fieldSet(c, "selection", f.Result, c.Select); below == nil {
			return nil
		}
	}
	if w.isRoot(c.Type) {
		return below
	}
	if f.InSubgraph(c.Subgraph) == nil {
		return nil
	}
	whole := &FieldSet{Text: f.Name, Select: []Selection{{Field: f.ID, Name: f.Name}}}
	if below != nil {
		whole.Text += " { " + below.Text + " }"
		whole.Select[0].Select = below.Select
	}
	return whole
}

func (w *rowWriter) fieldSet(c *Connector, what string, on TypeID, text string) *FieldSet {
	set, err := w.g.ParseFieldSet(on, text)
	if err != nil {
		w.fail(c, "its %s: %s", what, message(err))
		return nil
	}
	return set
}

// connect takes from a registered subgraph what its rows answer instead. What
// it declares stays, for those who ask what is declared where.
func (w *rowWriter) connect(subgraph int) {
	s := &w.out.Subgraphs[subgraph]
	if s.Connected {
		return
	}
	s.Connected = true
	for i := range w.out.Fields {
		if in := w.out.Fields[i].InSubgraph(subgraph); in != nil {
			in.External, in.Requires, in.Provides = true, nil, nil
		}
	}
	w.out.Lookups = slices.DeleteFunc(w.out.Lookups, func(l Lookup) bool { return l.Subgraph == subgraph })
}

// root gives the row its root field.
func (w *rowWriter) root(row int, c *Connector, below *FieldSet) {
	w.typeIn(row, c.Type)
	f := &w.out.Fields[c.Field]
	if f.InSubgraph(row) != nil {
		return
	}
	in := w.g.Fields[c.Field].InSubgraph(c.Subgraph)
	if in == nil {
		return // taken over by another subgraph
	}
	at := *in
	at.Subgraph, at.External, at.Requires, at.Provides = row, false, nil, below
	f.In = append(f.In, at)
	if below != nil {
		w.reach(row, w.g.TypeNamed(in.Type.Name()), below.Select)
	}
}

// reach enters in a row what a selection on t meets: the type, the types it can
// be, and the fields selected of each. Its depth is that of a field set.
func (w *rowWriter) reach(row int, t TypeID, sel []Selection) {
	if len(sel) == 0 || w.seen[reachKey{row, t, &sel[0]}] {
		return
	}
	w.seen[reachKey{row, t, &sel[0]}] = true
	in := w.typeIn(row, t)
	if in == nil {
		return
	}
	possible := in.Possible // appending to Types' In moves in
	w.choose(row, t, sel)
	for id := range possible.All() {
		if o := TypeID(id); o != t && w.typeIn(row, o) != nil {
			w.choose(row, o, sel)
		}
	}
}

// choose enters the fields a selection has of type t itself.
func (w *rowWriter) choose(row int, t TypeID, sel []Selection) {
	for i := range sel {
		e := &sel[i]
		switch {
		case e.Name == "":
			if e.On == NoType || e.On == t || w.g.Types[e.On].Possible.Has(int(t)) {
				w.choose(row, t, e.Select)
			}
		case e.Name != "__typename":
			w.field(row, t, e)
		}
	}
}

func (w *rowWriter) field(row int, t TypeID, e *Selection) {
	id := w.g.FieldNamed(t, e.Name)
	if id == NoField {
		return
	}
	in := w.g.Fields[id].InSubgraph(w.out.Subgraphs[row].Of)
	if in == nil {
		return
	}
	f := &w.out.Fields[id]
	if f.InSubgraph(row) == nil {
		at := *in
		at.Subgraph, at.External, at.Requires, at.Provides = row, true, nil, nil
		f.In = append(f.In, at)
	}
	if !f.Leaf {
		w.reach(row, w.g.TypeNamed(in.Type.Name()), e.Select)
	}
}

// typeIn enters a type in a row as the registered subgraph declares it, less its
// keys: those of a row are what it is asked with. nil if the registered subgraph
// does not declare the type.
func (w *rowWriter) typeIn(row int, id TypeID) *TypeIn {
	t := &w.out.Types[id]
	if in := t.InSubgraph(row); in != nil {
		return in
	}
	in := w.g.Types[id].InSubgraph(w.out.Subgraphs[row].Of)
	if in == nil {
		return nil
	}
	at := *in
	at.Subgraph, at.Keys = row, nil
	t.In = append(t.In, at)
	return &t.In[len(t.In)-1]
}

// message is the text of an error of this package.
func message(err error) string {
	if f, ok := err.(*fault.Error); ok { //nolint:errorlint // ParseFieldSet returns it bare
		return f.Message
	}
	return err.Error()
}
