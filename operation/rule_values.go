package operation

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// valuesOfCorrectType: a literal can be coerced to the type of its place
// (specification, section 5.6.1). Children are visited on their own, so only
// the outermost level is looked at here.
func valuesOfCorrectType(run *validation, events *core.Events, add core.AddErrFunc) {
	events.OnValue(func(_ *core.Walker, v *ast.Value) {
		t, def := v.ExpectedType, v.Definition
		if t == nil || def == nil || v.Kind == ast.Variable {
			return
		}
		if v.Kind == ast.NullValue {
			if t.NonNull {
				add(core.Message(`Expected value of type "%s", found null.`, t.String()), core.At(v.Position))
			}
			return
		}
		if v.Kind == ast.ListValue && t.Elem != nil {
			return
		}
		// A single value stands for a list of one.
		for t.Elem != nil {
			t = t.Elem
		}
		switch def.Kind {
		case ast.Scalar:
			message := scalarFault(def.Name, v)
			if message == "" && hasVariable(v) {
				// Nobody could check the variable: what is inside has no declared type.
				message = `A value of scalar "` + def.Name + `" must not have variables inside; make all of it a variable.`
			}
			if message != "" {
				add(core.Message("%s", message), core.At(v.Position))
			}
		case ast.Enum:
			run.enumValue(def, v, add)
		case ast.InputObject:
			run.inputObject(def, t, v, add)
		}
	})
}

// scalarFault says why v is no literal of a built-in scalar. Scalars of the
// schema take any value.
func scalarFault(name string, v *ast.Value) string {
	switch name {
	case "Int":
		if v.Kind != ast.IntValue {
			return "Int cannot represent non-integer value: " + quoteValue(v)
		}
		if _, err := strconv.ParseInt(v.Raw, 10, 32); err != nil {
			return "Int cannot represent non 32-bit signed integer value: " + quoteValue(v)
		}
	case "Float":
		if v.Kind != ast.IntValue && v.Kind != ast.FloatValue {
			return "Float cannot represent non numeric value: " + quoteValue(v)
		}
		if _, err := strconv.ParseFloat(v.Raw, 64); err != nil {
			return "Float cannot represent non numeric value: " + quoteValue(v)
		}
	case "String":
		if v.Kind != ast.StringValue && v.Kind != ast.BlockValue {
			return "String cannot represent a non string value: " + quoteValue(v)
		}
	case "Boolean":
		if v.Kind != ast.BooleanValue {
			return "Boolean cannot represent a non boolean value: " + quoteValue(v)
		}
	case "ID":
		if v.Kind != ast.StringValue && v.Kind != ast.BlockValue && v.Kind != ast.IntValue {
			return "ID cannot represent a non-string and non-integer value: " + quoteValue(v)
		}
	}
	return ""
}

func (run *validation) enumValue(def *ast.Definition, v *ast.Value, add core.AddErrFunc) {
	if v.Kind == ast.EnumValue && def.EnumValues.ForName(v.Raw) != nil {
		return
	}
	names := func() []string {
		var all []string
		for _, e := range def.EnumValues {
			all = append(all, e.Name)
		}
		return all
	}
	message := `Enum "` + def.Name + `" cannot represent non-enum value: ` + quoteValue(v) + "."
	if v.Kind == ast.EnumValue {
		message = `Value "` + clip(v.Raw) + `" does not exist in "` + def.Name + `" enum.`
	}
	hint := ""
	if v.Kind == ast.EnumValue || v.Kind == ast.StringValue {
		hint = run.suggest(v.Raw, names)
	}
	add(core.Message("%s%s", message, hint), core.At(v.Position))
}

func (run *validation) inputObject(def *ast.Definition, t *ast.Type, v *ast.Value, add core.AddErrFunc) {
	if v.Kind != ast.ObjectValue {
		add(core.Message(`Expected value of type "%s", found %s.`, t.String(), quoteValue(v)), core.At(v.Position))
		return
	}
	given := make(map[string]*ast.Value, len(v.Children))
	for _, child := range v.Children {
		given[child.Name] = child.Value
		if def.Fields.ForName(child.Name) == nil {
			hint := run.suggest(child.Name, func() []string {
				var names []string
				for _, f := range def.Fields {
					names = append(names, f.Name)
				}
				return names
			})
			add(core.Message(`Field "%s" is not defined by type "%s".%s`, clip(child.Name), def.Name, hint), core.At(child.Position))
		}
	}
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil && given[f.Name] == nil {
			add(core.Message(`Field "%s.%s" of required type "%s" was not provided.`, def.Name, f.Name, f.Type.String()), core.At(v.Position))
		}
	}
	if def.Directives.ForName("oneOf") == nil {
		return
	}
	// That a variable here is non-null is for VariablesInAllowedPosition.
	if len(v.Children) != 1 {
		add(core.Message(`OneOf Input Object "%s" must specify exactly one key.`, def.Name), core.At(v.Position))
	} else if v.Children[0].Value.Kind == ast.NullValue {
		add(core.Message(`Field "%s.%s" must be non-null.`, def.Name, clip(v.Children[0].Name)), core.At(v.Position))
	}
}

// quoteValue prints a literal for a message: lists and objects are not
// repeated, since each level of nesting would repeat them again.
func quoteValue(v *ast.Value) string {
	switch v.Kind {
	case ast.ListValue:
		return "a list"
	case ast.ObjectValue:
		return "an object"
	case ast.StringValue, ast.BlockValue:
		return strconv.Quote(clip(v.Raw))
	}
	return clip(v.Raw)
}
