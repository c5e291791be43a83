package introspect

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/subgraphs"
)

// selection is what to write of one kind of object, in response order:
// conditions are decided, fragments gone and equal response names merged, so
// that it serves every object of the kind.
type selection []field

type field struct {
	key        string // "name":
	name       string
	deprecated bool   // includeDeprecated
	typeName   string // of __type(name:)
	below      selection
}

// values are the variables of one request, by name.
type values map[string]any

// variables returns what a request gives, with the defaults of the text.
func (c *call) variables(req *subgraphs.Request) values {
	vars := values{}
	for _, def := range c.def.VariableDefinitions {
		if def.DefaultValue != nil {
			vars[def.Variable] = literal(def.DefaultValue, nil)
		}
	}
	for i, name := range c.names {
		if i < len(req.Values) && req.Values[i] != nil {
			var v any
			// Values were coerced to the declared types: String and Boolean.
			if json.Unmarshal(req.Values[i], &v) == nil {
				vars[name] = v
			}
		}
	}
	return vars
}

// compile decides the operation for given variables.
func (c *call) compile(vars values) selection {
	k := &compiler{call: c, vars: vars, fragments: map[string]*ast.FragmentDefinition{}}
	for _, f := range c.doc.Fragments {
		k.fragments[f.Name] = f
	}
	root := c.index.schema.Query
	if c.def.Operation != ast.Query {
		return nil
	}
	return k.selection(root.Name, []ast.SelectionSet{c.def.SelectionSet})
}

type compiler struct {
	call      *call
	vars      values
	fragments map[string]*ast.FragmentDefinition
}

// selection merges sets on one type. Its recursion is bounded by the depth
// operations may have.
func (k *compiler) selection(on string, sets []ast.SelectionSet) selection {
	var order []*ast.Field
	below := map[string][]ast.SelectionSet{}
	seen := map[string]bool{}
	var collect func(ast.SelectionSet)
	collect = func(set ast.SelectionSet) {
		for _, sel := range set {
			switch sel := sel.(type) {
			case *ast.Field:
				if !k.included(sel.Directives) {
					continue
				}
				if _, ok := below[sel.Alias]; !ok {
					order = append(order, sel)
				}
				below[sel.Alias] = append(below[sel.Alias], sel.SelectionSet)
			case *ast.InlineFragment:
				if k.included(sel.Directives) && (sel.TypeCondition == "" || sel.TypeCondition == on) {
					collect(sel.SelectionSet)
				}
			case *ast.FragmentSpread:
				def := k.fragments[sel.Name]
				if def == nil || seen[sel.Name] || !k.included(sel.Directives) || def.TypeCondition != on {
					continue
				}
				seen[sel.Name] = true
				collect(def.SelectionSet)
			}
		}
	}
	for _, set := range sets {
		collect(set)
	}
	out := make(selection, 0, len(order))
	for _, f := range order {
		out = append(out, k.field(on, f, below[f.Alias]))
	}
	return out
}

func (k *compiler) field(on string, f *ast.Field, below []ast.SelectionSet) field {
	out := field{key: strconv.Quote(f.Alias) + ":", name: f.Name}
	if arg := f.Arguments.ForName("includeDeprecated"); arg != nil {
		out.deprecated, _ = literal(arg.Value, k.vars).(bool)
	}
	if arg := f.Arguments.ForName("name"); arg != nil {
		out.typeName, _ = literal(arg.Value, k.vars).(string)
	}
	if def := k.call.index.fieldOf(on, f.Name); def != nil {
		out.below = k.selection(def.Type.Name(), below)
	}
	return out
}

func (k *compiler) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		if arg := d.Arguments.ForName("if"); arg != nil {
			if holds, _ := literal(arg.Value, k.vars).(bool); holds == (d.Name == "skip") {
				return false
			}
		}
	}
	return true
}

// literal returns the value of a String or Boolean literal or variable.
func literal(v *ast.Value, vars values) any {
	switch v.Kind {
	case ast.Variable:
		return vars[v.Raw]
	case ast.BooleanValue:
		return v.Raw == "true"
	case ast.StringValue, ast.BlockValue:
		return v.Raw
	}
	return nil
}
