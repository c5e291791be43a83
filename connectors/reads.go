package connectors

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/connectors/mapping"
)

// reads is what the target's mappings look at in an answer.
func (t *target) reads() *mapping.Reads {
	c := t.connector
	reads := t.program.Reads()
	for _, p := range append([]*mapping.Program{t.single, c.success, c.message}, c.extensions...) {
		if p != nil {
			reads = unite(reads, p.Reads())
		}
	}
	return reads
}

// unite returns what a or b reads.
func unite(a, b *mapping.Reads) *mapping.Reads {
	switch {
	case a == nil || b == nil || a.All || b.All:
		return &mapping.Reads{All: true}
	case a == b:
		return a
	}
	out := &mapping.Reads{}
	i, k := 0, 0
	for i < len(a.Fields) || k < len(b.Fields) {
		switch {
		case k == len(b.Fields) || i < len(a.Fields) && a.Fields[i].Name < b.Fields[k].Name:
			out.Fields = append(out.Fields, a.Fields[i])
			i++
		case i == len(a.Fields) || b.Fields[k].Name < a.Fields[i].Name:
			out.Fields = append(out.Fields, b.Fields[k])
			k++
		default:
			out.Fields = append(out.Fields, mapping.ReadField{Name: a.Fields[i].Name, Sub: unite(a.Fields[i].Sub, b.Fields[k].Sub)})
			i, k = i+1, k+1
		}
	}
	return out
}

// appendReads appends a text that is equal for equal reads.
func appendReads(dst []byte, r *mapping.Reads) []byte {
	if r == nil || r.All {
		return append(dst, '*')
	}
	dst = append(dst, '{')
	for i := range r.Fields {
		dst = appendReads(strconv.AppendQuote(dst, r.Fields[i].Name), r.Fields[i].Sub)
	}
	return append(dst, '}')
}

// covers reports whether a connector's Select has all fields of a selection.
// Type conditions are looked through on both sides.
func covers(has string, wanted []ast.SelectionSet) bool {
	if strings.TrimSpace(has) == "" {
		return true
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + has + "}"})
	return err == nil && len(doc.Operations) == 1 && hasAll(doc.Operations[0].SelectionSet, wanted, 0)
}

func hasAll(has ast.SelectionSet, wanted []ast.SelectionSet, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for _, set := range wanted {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.InlineFragment:
				if !hasAll(has, []ast.SelectionSet{s.SelectionSet}, depth+1) {
					return false
				}
			case *ast.Field:
				if s.Name == typename {
					continue
				}
				below, ok := find(has, s.Name, depth)
				if !ok || s.SelectionSet != nil && !hasAll(below, []ast.SelectionSet{s.SelectionSet}, depth+1) {
					return false
				}
			}
		}
	}
	return true
}

func find(set ast.SelectionSet, name string, depth int) (below ast.SelectionSet, ok bool) {
	if depth > maxDepth {
		return nil, false
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			if more, found := find(s.SelectionSet, name, depth+1); found {
				below, ok = append(below, more...), true
			}
		case *ast.Field:
			if s.Name == name {
				below, ok = append(below, s.SelectionSet...), true
			}
		}
	}
	return below, ok
}
