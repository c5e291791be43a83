package testkit

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// keySet is the field set of one @key, parsed.
type keySet struct {
	text       string
	fields     ast.SelectionSet
	resolvable bool
}

// keySets returns the @key directives of a type in SDL order.
func keySets(def *ast.Definition) ([]keySet, error) {
	var keys []keySet
	for _, d := range def.Directives.ForNames("key") {
		k := keySet{resolvable: true}
		if a := d.Arguments.ForName("fields"); a != nil {
			k.text = a.Value.Raw
		}
		if a := d.Arguments.ForName("resolvable"); a != nil {
			k.resolvable = a.Value.Raw != "false"
		}
		set, err := ParseFieldSet(k.text)
		if err != nil {
			return nil, fmt.Errorf("@key of %s: %w", def.Name, err)
		}
		k.fields = set
		keys = append(keys, k)
	}
	return keys, nil
}

// ParseFieldSet parses the selection written in @key, @requires or @provides.
func ParseFieldSet(text string) (ast.SelectionSet, error) {
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + text + "}"})
	if err != nil {
		return nil, err
	}
	return doc.Operations[0].SelectionSet, nil
}

// resolvableKeys returns, by type, the keys the subgraph can be entered by.
func (s *SubgraphSchema) resolvableKeys() (map[string][]keySet, error) {
	out := map[string][]keySet{}
	for _, def := range s.Types {
		keys, err := keySets(def)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			if k.resolvable {
				out[def.Name] = append(out[def.Name], k)
			}
		}
	}
	return out, nil
}

// holdsFields reports whether every field of set is present in v, nested
// selections included. Items of lists must all hold them; a null ends the path.
func holdsFields(set ast.SelectionSet, v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		for _, item := range v {
			if !holdsFields(set, item) {
				return false
			}
		}
		return true
	case *Object:
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				got, ok := v.Get(s.Name)
				if !ok || len(s.SelectionSet) > 0 && !holdsFields(s.SelectionSet, got) {
					return false
				}
			case *ast.InlineFragment:
				if s.TypeCondition == "" || v.Text("__typename") == s.TypeCondition {
					if !holdsFields(s.SelectionSet, v) {
						return false
					}
				}
			}
		}
		return true
	}
	return false
}
