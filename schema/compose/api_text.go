package compose

import (
	"regexp"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// apiText prints an API schema in the form in which two of them can be
// compared: defaults as a server would complete them, and @deprecated without
// the reason that is the default. What clients can do is the same.
//
//	input Page { size: Int = 10, sort: [Order] = NAME }
//	items(page: Page = {})      is      items(page: Page = {size: 10, sort: [NAME]})
func apiText(v *schema.View) string {
	completed := *v.AST
	completed.Types = make(map[string]*ast.Definition, len(v.AST.Types))
	for name, d := range v.AST.Types {
		completed.Types[name] = completeDefinition(v.AST, d)
	}
	completed.Directives = make(map[string]*ast.DirectiveDefinition, len(v.AST.Directives))
	for name, d := range v.AST.Directives {
		own := *d
		own.Arguments = completeArguments(v.AST, d.Arguments)
		completed.Directives[name] = &own
	}
	return (&schema.View{AST: &completed}).SDL()
}

func completeDefinition(s *ast.Schema, d *ast.Definition) *ast.Definition {
	own := *d
	own.Fields = make(ast.FieldList, len(d.Fields))
	for i, f := range d.Fields {
		field := *f
		field.Arguments = completeArguments(s, f.Arguments)
		field.DefaultValue = completeValue(s, f.DefaultValue, f.Type)
		field.Directives = withoutDefaultReason(f.Directives)
		own.Fields[i] = &field
	}
	own.EnumValues = make(ast.EnumValueList, len(d.EnumValues))
	for i, v := range d.EnumValues {
		value := *v
		value.Directives = withoutDefaultReason(v.Directives)
		own.EnumValues[i] = &value
	}
	return &own
}

func completeArguments(s *ast.Schema, list ast.ArgumentDefinitionList) ast.ArgumentDefinitionList {
	own := make(ast.ArgumentDefinitionList, len(list))
	for i, a := range list {
		arg := *a
		arg.DefaultValue = completeValue(s, a.DefaultValue, a.Type)
		arg.Directives = withoutDefaultReason(a.Directives)
		own[i] = &arg
	}
	return own
}

// defaultReason is the reason of a @deprecated without one.
const defaultReason = "No longer supported"

func withoutDefaultReason(list ast.DirectiveList) ast.DirectiveList {
	var own ast.DirectiveList
	for i, d := range list {
		reason := d.Arguments.ForName("reason")
		if d.Name != string(idDeprecated) || reason == nil || reason.Value.Raw != defaultReason {
			continue
		}
		if own == nil {
			own = append(ast.DirectiveList{}, list...)
		}
		plain := *d
		plain.Arguments = nil
		own[i] = &plain
	}
	if own == nil {
		return list
	}
	return own
}

// maxCompleted bounds the values one default may grow to: defaults of input
// fields can refer to types whose fields have defaults, and so on. Beyond it a
// default stays as written. Chosen; not measured.
const maxCompleted = 250

// completeValue completes a default, or returns it as it is where that is not
// possible. It returns nil for a default that lacks a field which the merge has
// made required: no server could use it.
func completeValue(s *ast.Schema, v *ast.Value, t *ast.Type) *ast.Value {
	if v == nil {
		return nil
	}
	c := &completer{s: s, left: maxCompleted, open: map[string]bool{}}
	done := c.value(v, t)
	switch {
	case c.lacks:
		return nil
	case c.left > 0:
		return done
	}
	return v
}

type completer struct {
	s    *ast.Schema
	left int
	// open are the input objects being filled with defaults: one that contains
	// itself by default has no end.
	open map[string]bool
	// lacks is set if a required field is not given.
	lacks bool
}

func (c *completer) value(v *ast.Value, t *ast.Type) *ast.Value {
	c.left--
	if c.left <= 0 || v.Kind == ast.NullValue {
		return v
	}
	if t.Elem != nil {
		return c.list(v, t.Elem)
	}
	d := c.s.Types[t.NamedType]
	switch {
	case d != nil && d.Kind == ast.InputObject && v.Kind == ast.ObjectValue:
		return c.object(v, d)
	case t.NamedType == "ID" && isString(v) && integerText.MatchString(v.Raw):
		return &ast.Value{Kind: ast.IntValue, Raw: v.Raw}
	}
	return v
}

// integerText is an ID that other printers write as a number.
var integerText = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// list completes a list; a single value stands for a list of one.
func (c *completer) list(v *ast.Value, item *ast.Type) *ast.Value {
	list := listValue()
	for _, one := range items(v) {
		list.Children = append(list.Children, &ast.ChildValue{Value: c.value(one, item)})
	}
	return list
}

// object completes an input object in the order of its fields.
func (c *completer) object(v *ast.Value, d *ast.Definition) *ast.Value {
	object := &ast.Value{Kind: ast.ObjectValue}
	for _, f := range d.Fields {
		given := v.Children.ForName(f.Name)
		if given == nil {
			given = c.fill(d, f)
		} else {
			given = c.value(given, f.Type)
		}
		c.lacks = c.lacks || given == nil && f.Type.NonNull
		if given != nil {
			object.Children = append(object.Children, &ast.ChildValue{Name: f.Name, Value: given})
		}
	}
	for _, child := range v.Children {
		if d.Fields.ForName(child.Name) == nil {
			return v // not a value of the type: nothing to complete
		}
	}
	return object
}

// fill returns the completed default of a field that is not given.
func (c *completer) fill(d *ast.Definition, f *ast.FieldDefinition) *ast.Value {
	if f.DefaultValue == nil {
		return nil
	}
	key := d.Name + "." + f.Name
	if c.open[key] {
		c.left = 0
		return nil
	}
	c.open[key] = true
	defer delete(c.open, key)
	return c.value(f.DefaultValue, f.Type)
}
