package bff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/nearest"
	"github.com/weftql/weft/schema"
)

// contract returns the view of a profile's contract. Each slot has a view of
// its own id: plans are kept by it, and profiles differ in more than what they
// see.
func (b *builder) contract(f *config.BFF, slot int) (*schema.View, error) {
	id := slot + 1 // 0 is the API schema's
	c := &f.Contract
	if len(c.IncludeTags)+len(c.ExcludeTags)+len(c.Allow)+len(c.Deny) == 0 {
		whole := *b.Graph.API
		whole.ID = id
		return &whole, nil
	}
	hide, err := b.hidden(f)
	if err != nil {
		return nil, err
	}
	v, err := b.Graph.Contract(schema.ContractOptions{
		ID: id, Include: c.IncludeTags, Exclude: c.ExcludeTags, Hide: hide, HideUnreachable: true, Cascade: true,
	})
	if err != nil {
		return nil, located(f, "contract", err)
	}
	return v, nil
}

// located puts the place of a key before each message.
func located(f *config.BFF, key string, err error) error {
	var list fault.List
	for _, e := range fault.Of(err) {
		list = append(list, f.At.Fault(e.Code, key, "BFF "+f.Name+": "+key+": "+e.Message))
	}
	return list
}

// hidden returns the coordinates that allow and deny leave out.
func (b *builder) hidden(f *config.BFF) ([]string, error) {
	api := b.Graph.API.AST
	var wrong fault.List
	known := func(key string, list []string, misfit func(string) string) (found []string) {
		for i, c := range list {
			problem := ""
			if !inSchema(api, c) {
				problem = "the graph has no " + c + didYouMean(api, c)
			} else {
				problem = misfit(c)
			}
			if problem != "" {
				wrong = append(wrong, f.At.Fault(fault.ConfigInvalid, key+"["+strconv.Itoa(i)+"]", "BFF "+f.Name+": "+problem))
				continue
			}
			found = append(found, c)
		}
		return found
	}
	allow := known("contract.allow", f.Contract.Allow, func(c string) string {
		name, _, _ := strings.Cut(c, ".")
		if kind := api.Types[name].Kind; kind != ast.Object && kind != ast.Interface || strings.Contains(c, "(") {
			return c + " is no field of an object or interface; arguments and the types of values come with the fields that use them"
		}
		return ""
	})
	deny := known("contract.deny", f.Contract.Deny, func(string) string { return "" })
	if len(wrong) > 0 {
		return nil, wrong
	}
	var hide []string
	for _, c := range deny {
		hide = append(hide, strings.TrimSuffix(c, ".*"))
	}
	if len(f.Contract.Allow) > 0 {
		hide = append(hide, notAllowed(api, allow)...)
	}
	slices.Sort(hide)
	return slices.Compact(hide), nil
}

// notAllowed returns the output fields that a list does not allow. What is
// allowed of an interface is of its types too: it could not be selected there
// otherwise.
func notAllowed(api *ast.Schema, allow []string) []string {
	allowed := map[string]bool{}
	for _, c := range allow {
		name, member, _ := strings.Cut(c, ".")
		if member == "" {
			member = "*"
		}
		allowed[name+"."+member] = true
		for _, of := range api.Types {
			if !slices.Contains(of.Interfaces, name) {
				continue
			}
			for _, f := range api.Types[name].Fields {
				if member == "*" || member == f.Name {
					allowed[of.Name+"."+f.Name] = true
				}
			}
		}
	}
	var hide []string
	for _, def := range api.Types {
		if def.BuiltIn || def.Kind != ast.Object && def.Kind != ast.Interface || allowed[def.Name+".*"] {
			continue
		}
		for _, f := range def.Fields {
			if at := def.Name + "." + f.Name; !strings.HasPrefix(f.Name, "__") && !allowed[at] {
				hide = append(hide, at)
			}
		}
	}
	return hide // sorted by the caller
}

// inSchema reports whether a coordinate, or one with * for all members, is in
// the schema.
func inSchema(api *ast.Schema, coordinate string) bool {
	name, member, hasMember := strings.Cut(coordinate, ".")
	def := api.Types[name]
	switch {
	case def == nil || def.BuiltIn:
		return false
	case !hasMember:
		return true
	case member == "*":
		return def.Kind == ast.Object || def.Kind == ast.Interface
	}
	member, argument, hasArgument := strings.Cut(strings.TrimSuffix(member, ":)"), "(")
	f := def.Fields.ForName(member)
	if hasArgument {
		return f != nil && f.Arguments.ForName(argument) != nil
	}
	return f != nil && !strings.HasPrefix(member, "__") || def.EnumValues.ForName(member) != nil
}

// didYouMean names the nearest coordinate of the same depth.
func didYouMean(api *ast.Schema, coordinate string) string {
	name, member, hasMember := strings.Cut(coordinate, ".")
	var names []string
	def := api.Types[name]
	prefix, wanted := "", name
	switch {
	case def == nil:
		for _, d := range api.Types {
			if !d.BuiltIn {
				names = append(names, d.Name)
			}
		}
	case hasMember:
		prefix, wanted = name+".", member
		for _, f := range def.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				names = append(names, f.Name)
			}
		}
		for _, v := range def.EnumValues {
			names = append(names, v.Name)
		}
	}
	if near := nearest.To(wanted, names); near != "" {
		return "; did you mean " + prefix + near + "?"
	}
	return ""
}
