package spec

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// checkFanOut reports lists whose elements have fields that cost a request per
// element: fields that are not part of the list's own answer, that no batch
// brings, but a connector asked with one object.
func (r *reader) checkFanOut() {
	f := &fanOut{reader: r, told: map[string]bool{}, prices: pricesOf(r.out.Connectors)}
	for _, d := range r.drafts {
		if d.field == nil {
			f.walk(d.owner, parseSelect(d.Select))
			continue
		}
		f.list(d.field, parseSelect(d.Select))
		f.walk(r.named(d.field.typ), parseSelect(d.Select))
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
			case c.Place != Root && p.single[name] == nil:
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
	t := f.named(def.typ)
	if t == nil || !isList(def.typ) || f.told[def.coordinate()] {
		return
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
				"Asking for %s below this list costs one request of %s per element. A connector on %s that reads $batch would ask for many at once.", name, c.Coordinate, t.name)
			return
		}
	}
}
