package spec

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// checkFanOut reports lists whose elements, or objects within them, have fields
// that cost a request per element: fields that are not part of the list's own
// answer, that no batch brings, but a connector asked with one object. The
// objects of a batch are as many as a list's elements.
func (r *reader) checkFanOut() {
	f := &fanOut{reader: r, told: map[string]bool{}, prices: pricesOf(r.out.Connectors)}
	for _, d := range r.drafts {
		set := parseSelect(d.Select)
		switch {
		case d.field != nil:
			f.list(d.field, set)
			f.walk(r.named(d.field.typ), set)
		case d.Place == Batch:
			f.batch(d.owner, set)
			f.walk(d.owner, set)
		default:
			f.walk(d.owner, set)
		}
	}
}

type fanOut struct {
	*reader
	told   map[string]bool
	prices prices
}

// prices says which fields, as Type.field, can be had how.
type prices struct {
	single  map[string]*Connector // asked with one object
	batched map[string]bool
}

func pricesOf(list []*Connector) prices {
	p := prices{single: map[string]*Connector{}, batched: map[string]bool{}}
	for _, c := range list {
		for _, name := range c.yields() {
			switch {
			case c.Place == Batch:
				p.batched[name] = true
			case c.Place != Root && c.Key != "" && p.single[name] == nil: // without a key all requests are one
				p.single[name] = c
			}
		}
	}
	return p
}

// yields returns the fields, as Type.field, that a connector has of the type it
// enters or whose field it answers.
func (c *Connector) yields() []string {
	if c.Place == Field || c.Place == Root {
		return []string{c.Type + "." + c.Field}
	}
	var names []string
	for _, s := range parseSelect(c.Select) {
		if field, ok := s.(*ast.Field); ok {
			names = append(names, c.Type+"."+field.Name)
		}
	}
	return names
}

// parseSelect parses a selection this package wrote.
func parseSelect(text string) ast.SelectionSet {
	if text == "" {
		return nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + text + "}"})
	if err != nil || len(doc.Operations) != 1 {
		return nil
	}
	return doc.Operations[0].SelectionSet
}

// walk visits the lists within a selection.
func (f *fanOut) walk(t *typeDef, set ast.SelectionSet) {
	if t == nil {
		return
	}
	for _, s := range set {
		field, ok := s.(*ast.Field)
		if !ok {
			continue
		}
		if def := t.field(field.Name); def != nil && len(field.SelectionSet) > 0 {
			f.list(def, field.SelectionSet)
			f.walk(f.named(def.typ), field.SelectionSet)
		}
	}
}

// list tells of a list field, once.
func (f *fanOut) list(def *fieldDef, set ast.SelectionSet) {
	if t := f.named(def.typ); t != nil && isList(def.typ) {
		f.tell(def, t, set, "this list", "element")
	}
}

// batch tells of the objects within those of a batch.
func (f *fanOut) batch(t *typeDef, set ast.SelectionSet) {
	f.objects(t, set, func(def *fieldDef, within *typeDef, below ast.SelectionSet) bool {
		f.tell(def, within, below, "this field", t.name+" of a batch")
		return false
	})
}

// tell reports the first field that costs a request per object of a type, or
// per object within. what it is below and per what it is paid is said of def.
func (f *fanOut) tell(def *fieldDef, t *typeDef, set ast.SelectionSet, what, per string) bool {
	if f.told[def.coordinate()] {
		return true
	}
	has := map[string]bool{}
	for _, s := range set {
		if field, ok := s.(*ast.Field); ok {
			has[field.Name] = true
		}
	}
	for _, field := range t.fields {
		name := field.coordinate()
		if c := f.prices.single[name]; c != nil && !has[field.name] && !f.prices.batched[name] {
			f.told[def.coordinate()] = true
			f.rules.add(UnboundedFanOut, def.coordinate(), at(def.pos),
				"Asking for %s below %s costs one request of %s per %s. A connector on %s that reads $batch would ask for many at once.",
				name, what, c.Coordinate, per, t.name)
			return true
		}
	}
	return f.objects(t, set, func(_ *fieldDef, within *typeDef, below ast.SelectionSet) bool {
		return f.tell(def, within, below, what, per)
	})
}

// objects visits the objects of a selection that are not in lists, until visit
// returns true.
func (f *fanOut) objects(t *typeDef, set ast.SelectionSet, visit func(def *fieldDef, t *typeDef, below ast.SelectionSet) bool) bool {
	for _, s := range set {
		field, ok := s.(*ast.Field)
		if !ok || len(field.SelectionSet) == 0 {
			continue
		}
		def := t.field(field.Name)
		if def == nil || isList(def.typ) {
			continue
		}
		if within := f.named(def.typ); within != nil && visit(def, within, field.SelectionSet) {
			return true
		}
	}
	return false
}
