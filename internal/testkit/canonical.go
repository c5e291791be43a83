package testkit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// DiffSets compares two sets of lines and names the first difference, "" if
// there is none. It sorts its arguments.
func DiffSets(want, got []string) string {
	slices.Sort(want)
	slices.Sort(got)
	for _, w := range want {
		if _, ok := slices.BinarySearch(got, w); !ok {
			return "missing " + w
		}
	}
	for _, g := range got {
		if _, ok := slices.BinarySearch(want, g); !ok {
			return "not expected " + g
		}
	}
	return ""
}

// CanonicalDirective prints a directive with its arguments sorted by name and its
// field sets as selections.
func CanonicalDirective(d *ast.Directive) string {
	var args []string
	for _, a := range d.Arguments {
		text := canonicalValue(a.Value)
		switch a.Name {
		case "requires", "provides", "key", "selection":
			if set, err := ParseFieldSet(a.Value.Raw); err == nil && a.Value.Kind != ast.EnumValue {
				text = "{" + canonicalSelection(set) + "}"
			}
		}
		args = append(args, a.Name+": "+text)
	}
	slices.Sort(args)
	if len(args) == 0 {
		return "@" + d.Name
	}
	return "@" + d.Name + "(" + strings.Join(args, ", ") + ")"
}

// canonicalValue prints a value; block strings and the order of object fields
// do not count.
func canonicalValue(v *ast.Value) string {
	switch v.Kind {
	case ast.StringValue, ast.BlockValue:
		return fmt.Sprintf("%q", v.Raw)
	case ast.ListValue:
		var items []string
		for _, c := range v.Children {
			items = append(items, canonicalValue(c.Value))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case ast.ObjectValue:
		var fields []string
		for _, c := range v.Children {
			fields = append(fields, c.Name+": "+canonicalValue(c.Value))
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, ", ") + "}"
	default:
		return v.Raw
	}
}

// canonicalSelection prints a field set sorted at every level.
func canonicalSelection(set ast.SelectionSet) string {
	var items []string
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			text := s.Name
			if len(s.Arguments) > 0 {
				var args []string
				for _, a := range s.Arguments {
					args = append(args, a.Name+": "+canonicalValue(a.Value))
				}
				slices.Sort(args)
				text += "(" + strings.Join(args, ", ") + ")"
			}
			if len(s.SelectionSet) > 0 {
				text += " {" + canonicalSelection(s.SelectionSet) + "}"
			}
			items = append(items, text)
		case *ast.InlineFragment:
			items = append(items, "... on "+s.TypeCondition+" {"+canonicalSelection(s.SelectionSet)+"}")
		}
	}
	slices.Sort(items)
	return strings.Join(items, " ")
}
