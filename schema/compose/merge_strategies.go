package compose

import (
	"math/big"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// argumentMergers combine the different applications of a directive that may
// stand only once on an element. Directives that are not listed keep the most
// frequent application.
var argumentMergers = map[directiveID]func([]use) ast.ArgumentList{
	idCost: func(uses []use) ast.ArgumentList {
		return present(argument("weight", maxInt(uses, "weight")))
	},
	idListSize: func(uses []use) ast.ArgumentList {
		return present(
			argument("assumedSize", maxInt(uses, "assumedSize")),
			argument("slicingArguments", unionOf(uses, "slicingArguments")),
			argument("sizedFields", unionOf(uses, "sizedFields")),
			argument("requireOneSlicingArgument", allTrue(uses, "requireOneSlicingArgument")),
		)
	},
	idRequiresScopes: func(uses []use) ast.ArgumentList {
		return present(argument("scopes", conjunctionOf(uses, "scopes")))
	},
	idPolicy: func(uses []use) ast.ArgumentList {
		return present(argument("policies", conjunctionOf(uses, "policies")))
	},
}

func argument(name string, v *ast.Value) *ast.Argument { return &ast.Argument{Name: name, Value: v} }

// present drops arguments without a value.
func present(args ...*ast.Argument) ast.ArgumentList {
	var list ast.ArgumentList
	for _, a := range args {
		if a.Value != nil {
			list = append(list, a)
		}
	}
	return list
}

// given returns the values of an argument that are not null.
func given(uses []use, name string) []*ast.Value {
	var values []*ast.Value
	for _, u := range uses {
		if v := effectiveArg(u.application, name); v != nil && v.Kind != ast.NullValue {
			values = append(values, v)
		}
	}
	return values
}

// maxInt is the greatest of the values, nil without any.
func maxInt(uses []use, name string) *ast.Value {
	var best *ast.Value
	var max *big.Int
	for _, v := range given(uses, name) {
		if n, ok := new(big.Int).SetString(v.Raw, 10); ok && (max == nil || n.Cmp(max) > 0) {
			best, max = v, n
		}
	}
	return best
}

// unionOf is the union of lists, in the order first seen; nil without any.
func unionOf(uses []use, name string) *ast.Value {
	values := given(uses, name)
	if len(values) == 0 {
		return nil
	}
	union := &ast.Value{Kind: ast.ListValue}
	seen := map[string]bool{}
	for _, v := range values {
		for _, item := range items(v) {
			if !seen[item.Raw] {
				seen[item.Raw] = true
				union.Children = append(union.Children, &ast.ChildValue{Value: item})
			}
		}
	}
	return union
}

// allTrue is the conjunction of booleans, nil without any.
func allTrue(uses []use, name string) *ast.Value {
	values := given(uses, name)
	if len(values) == 0 {
		return nil
	}
	for _, v := range values {
		if v.Raw == "false" {
			return boolValue(false)
		}
	}
	return boolValue(true)
}

// conjunctionOf combines requirements so that all of them must hold.
func conjunctionOf(uses []use, name string) *ast.Value {
	var operands []dnf
	for _, v := range given(uses, name) {
		operands = append(operands, dnfOf(v))
	}
	return conjunction(operands).value()
}

// items returns the elements of a list; a single value stands for a list of
// one.
func items(v *ast.Value) []*ast.Value {
	if v.Kind != ast.ListValue {
		return []*ast.Value{v}
	}
	list := make([]*ast.Value, len(v.Children))
	for i, c := range v.Children {
		list[i] = c.Value
	}
	return list
}

func stringValue(s string) *ast.Value { return &ast.Value{Kind: ast.StringValue, Raw: s} }

func boolValue(b bool) *ast.Value {
	return &ast.Value{Kind: ast.BooleanValue, Raw: strconv.FormatBool(b)}
}

func listValue(values ...*ast.Value) *ast.Value {
	list := &ast.Value{Kind: ast.ListValue}
	for _, v := range values {
		list.Children = append(list.Children, &ast.ChildValue{Value: v})
	}
	return list
}
