package limit

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// sizes is a @listSize.
type sizes struct {
	// of is the field it stands at, for messages.
	of string
	// assumed is the size without a slicing argument, -1 for none.
	assumed int64
	slicing []slicing
	// sized are the lists below the field whose size it is; none means the field
	// itself.
	sized [][]string
	// one says that exactly one slicing argument is to be given.
	one bool
}

// slicing is an argument, or a value within one, that says how long a list will
// be. fallback is its default, -1 for none.
type slicing struct {
	path     []string
	fallback int64
}

// sizesOf returns a field's @listSize, nil without one.
func (w *weights) sizesOf(def *schema.Field) *sizes {
	if w.listSize == "" || def.Definition == nil {
		return nil
	}
	d := def.Definition.Directives.ForName(w.listSize)
	if d == nil {
		return nil
	}
	s := &sizes{of: w.graph.Types[def.Owner].Name + "." + def.Name, assumed: -1, one: true}
	if a := d.Arguments.ForName("assumedSize"); a != nil {
		if n, ok := integer([]byte(a.Value.Raw)); ok {
			s.assumed = n
		}
	}
	if a := d.Arguments.ForName("requireOneSlicingArgument"); a != nil && a.Value.Raw == "false" {
		s.one = false
	}
	for _, text := range texts(d.Arguments.ForName("slicingArguments")) {
		path := strings.Split(text, ".")
		s.slicing = append(s.slicing, slicing{path: path, fallback: w.fallback(def, path)})
	}
	for _, text := range texts(d.Arguments.ForName("sizedFields")) {
		s.sized = append(s.sized, leaves(text)...)
	}
	return s
}

// fallback returns the default of an argument or of an input field within it.
func (w *weights) fallback(def *schema.Field, path []string) int64 {
	a := def.Arguments.ForName(path[0])
	if a == nil {
		return -1
	}
	value, typ := a.DefaultValue, a.Type
	for _, name := range path[1:] {
		f := w.graph.AST.Types[typ.Name()]
		if f == nil || f.Fields.ForName(name) == nil {
			return -1
		}
		inner := f.Fields.ForName(name)
		if value != nil {
			value = value.Children.ForName(name)
		}
		if value == nil {
			value = inner.DefaultValue
		}
		typ = inner.Type
	}
	if value == nil || value.Kind != ast.IntValue {
		return -1
	}
	n, _ := integer([]byte(value.Raw))
	return n
}

// texts returns the strings of a list argument.
func texts(a *ast.Argument) []string {
	if a == nil {
		return nil
	}
	if a.Value.Kind == ast.StringValue {
		return []string{a.Value.Raw}
	}
	var list []string
	for _, c := range a.Value.Children {
		list = append(list, c.Value.Raw)
	}
	return list
}

// maxSelection bounds the depth of a sizedFields selection.
const maxSelection = 20

// leaves returns the paths of a selection to its leaves:
//
//	"page { edges items }", also "page.items"   →   page·edges, page·items
func leaves(text string) [][]string {
	var list [][]string
	var path []string
	pending := false // the last name has no braces yet
	flush := func() {
		if pending {
			list = append(list, append([]string(nil), path...))
			path, pending = path[:len(path)-1], false
		}
	}
	for _, word := range strings.Fields(strings.NewReplacer("{", " { ", "}", " } ").Replace(text)) {
		switch word {
		case "{":
			pending = false
		case "}":
			flush()
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		default:
			flush()
			if len(path) >= maxSelection {
				return list
			}
			path, pending = append(path, word), true
		}
	}
	flush()
	for i, p := range list {
		if len(p) == 1 {
			list[i] = strings.Split(p[0], ".")
		}
	}
	return list
}
