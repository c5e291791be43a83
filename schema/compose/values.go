package compose

import (
	"math/big"

	"github.com/vektah/gqlparser/v2/ast"
)

// sameType reports whether two types are written alike.
func sameType(a, b *ast.Type) bool {
	for a.Elem != nil && b.Elem != nil && a.NonNull == b.NonNull {
		a, b = a.Elem, b.Elem
	}
	return a.Elem == nil && b.Elem == nil && a.NonNull == b.NonNull && a.NamedType == b.NamedType
}

// sameValue reports whether two literals mean the same: objects in any order,
// numbers by value, strings however quoted. nil is no value, which differs from
// null.
func sameValue(a, b *ast.Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	switch {
	case isString(a) && isString(b):
		return a.Raw == b.Raw
	case isNumber(a) && isNumber(b):
		x, okX := new(big.Rat).SetString(plainNumber(a.Raw))
		y, okY := new(big.Rat).SetString(plainNumber(b.Raw))
		return okX && okY && x.Cmp(y) == 0 || a.Raw == b.Raw
	case a.Kind != b.Kind:
		return false
	case a.Kind == ast.ListValue:
		return sameItems(a.Children, b.Children)
	case a.Kind == ast.ObjectValue:
		return sameFields(a.Children, b.Children)
	}
	return a.Raw == b.Raw
}

func isNumber(v *ast.Value) bool { return v.Kind == ast.IntValue || v.Kind == ast.FloatValue }

// maxNumberLength keeps a long literal such as 1e999999999 from being expanded:
// such ones are compared as text. Chosen; exact floats have far fewer digits.
const maxNumberLength = 40

// plainNumber returns "" for a literal that is not safe to expand.
func plainNumber(raw string) string {
	if len(raw) > maxNumberLength {
		return ""
	}
	for i := range raw {
		if raw[i] == 'e' || raw[i] == 'E' {
			if len(raw)-i > len("e-308") {
				return ""
			}
		}
	}
	return raw
}

func sameItems(a, b ast.ChildValueList) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameValue(a[i].Value, b[i].Value) {
			return false
		}
	}
	return true
}

func sameFields(a, b ast.ChildValueList) bool {
	if len(a) != len(b) {
		return false
	}
	for _, child := range a {
		if !sameValue(child.Value, b.ForName(child.Name)) {
			return false
		}
	}
	return true
}
