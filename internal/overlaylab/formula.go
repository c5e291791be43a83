package main

import (
	"errors"
	"fmt"
	"strings"
)

// formula is an expression of an overlay and the same in Go.
type formula struct {
	text, uses, typ string
	reads           []*member // fields of the object
	compute         func(v []any) (any, error)
}

var errNil = errors.New("of nothing")

// formula draws an expression over t's fields, nil if none fits.
func (g *sketch) formula(t *kind) *formula {
	var texts, numbers, boxes, lists []*member
	for _, f := range t.fields {
		if f.sub == "" {
			continue
		}
		switch {
		case strings.HasPrefix(f.typ, "[String"):
			lists = append(lists, f)
		case strings.HasPrefix(f.typ, "["):
		case named(f.typ) == "String":
			texts = append(texts, f)
		case named(f.typ) == "Int":
			numbers = append(numbers, f)
		case named(f.typ) == "Box":
			boxes = append(boxes, f)
		}
	}
	switch n := g.rng.IntN(7); {
	case n == 0 && texts != nil:
		f := pick(g.rng, texts)
		return &formula{fmt.Sprintf(`upper(%s ?? "none")`, f.name), quoted(f), "String!", []*member{f}, func(v []any) (any, error) {
			if v[0] == nil {
				return "NONE", nil
			}
			return strings.ToUpper(fmt.Sprint(v[0])), nil
		}}
	case n == 1 && texts != nil:
		f := pick(g.rng, texts)
		return &formula{f.name + ` + "!"`, quoted(f), "String", []*member{f}, func(v []any) (any, error) {
			if v[0] == nil {
				return nil, errNil
			}
			return fmt.Sprint(v[0]) + "!", nil
		}}
	case n == 2 && len(numbers) > 1:
		return g.sum(numbers[0], numbers[1])
	case n == 3 && numbers != nil:
		f := pick(g.rng, numbers)
		return &formula{fmt.Sprintf("%s == nil ? nil : %s > 50", f.name, f.name), quoted(f), "Boolean", []*member{f}, func(v []any) (any, error) {
			if v[0] == nil {
				return nil, nil
			}
			return number(v[0]) > 50, nil
		}}
	case n == 4 && boxes != nil:
		f := pick(g.rng, boxes)
		return &formula{fmt.Sprintf(`(%s?.label ?? "-") + "/" + string(%s?.size)`, f.name, f.name), fmt.Sprintf("%q", f.name+"{label size}"), "String!", []*member{f}, func(v []any) (any, error) {
			b, ok := v[0].(map[string]any)
			if !ok {
				return "-/", nil
			}
			text := fmt.Sprint(b["label"]) + "/"
			if b["size"] != nil {
				text += fmt.Sprint(number(b["size"]))
			}
			return text, nil
		}}
	case n == 5 && boxes != nil:
		f := pick(g.rng, boxes)
		return &formula{fmt.Sprintf("%s.main ?? false", f.name), fmt.Sprintf("%q", f.name+".main"), "Boolean", []*member{f}, func(v []any) (any, error) {
			b, ok := v[0].(map[string]any)
			if !ok {
				return nil, errNil
			}
			return b["main"] == true, nil
		}}
	case n == 6 && lists != nil:
		f := pick(g.rng, lists)
		return &formula{fmt.Sprintf(`join(filter(%s ?? [], # != nil), "+")`, f.name), quoted(f), "String!", []*member{f}, func(v []any) (any, error) {
			list, _ := v[0].([]any)
			var parts []string
			for _, x := range list {
				if x != nil {
					parts = append(parts, fmt.Sprint(x))
				}
			}
			return strings.Join(parts, "+"), nil
		}}
	}
	return nil
}

func (g *sketch) sum(a, b *member) *formula {
	return &formula{fmt.Sprintf("(%s ?? 0) + (%s ?? 1) * 2", a.name, b.name), quoted(a) + ", " + quoted(b), "Int!", []*member{a, b}, func(v []any) (any, error) {
		x, y := 0, 1
		if v[0] != nil {
			x = number(v[0])
		}
		if v[1] != nil {
			y = number(v[1])
		}
		return x + y*2, nil
	}}
}

func quoted(f *member) string { return fmt.Sprintf("%q", f.name) }
