package introspect

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// writer appends one answer. Each method below writes one kind of object, named
// as the specification names its type.
type writer struct {
	index *index
	buf   []byte
	limit int
}

// full reports whether the answer has become too long to go on.
func (w *writer) full() bool { return len(w.buf) > w.limit }

func (w *writer) text(s string) { w.buf = append(w.buf, s...) }

func (w *writer) key(i int, f field) {
	if i > 0 {
		w.buf = append(w.buf, ',')
	}
	w.text(f.key)
}

func (w *writer) null() { w.text("null") }

func (w *writer) bool(b bool) {
	if b {
		w.text("true")
	} else {
		w.text("false")
	}
}

// string writes s as a JSON string.
func (w *writer) string(s string) { w.buf = appendQuoted(w.buf, s) }

// optional writes s, null if it is empty: gqlparser does not tell an empty
// description from none.
func (w *writer) optional(s string) {
	if s == "" {
		w.null()
		return
	}
	w.string(s)
}

// object writes the fields of one object; one writes the value of a field.
func (w *writer) object(typeName string, sel selection, one func(f field)) {
	w.text("{")
	for i, f := range sel {
		w.key(i, f)
		if f.name == "__typename" {
			w.string(typeName)
		} else {
			one(f)
		}
	}
	w.text("}")
}

// list writes n items, skipping those that keep refuses.
func (w *writer) list(n int, keep func(i int) bool, item func(i int)) {
	w.text("[")
	first := true
	for i := range n {
		if keep != nil && !keep(i) {
			continue
		}
		if w.full() {
			break
		}
		if !first {
			w.text(",")
		}
		first = false
		item(i)
	}
	w.text("]")
}

// root writes a field of the operation.
func (w *writer) root(f field) {
	switch f.name {
	case "__schema":
		w.schema(f.below)
	case "__type":
		w.named(f.typeName, f.below)
	default: // __typename
		w.string(w.index.schema.Query.Name)
	}
}

func (w *writer) schema(sel selection) {
	s := w.index.schema
	w.object("__Schema", sel, func(f field) {
		switch f.name {
		case "description":
			w.optional(s.Description)
		case "types":
			w.list(len(w.index.types), nil, func(i int) { w.definition(w.index.types[i], f.below) })
		case "queryType":
			w.definition(s.Query, f.below)
		case "mutationType":
			w.definition(s.Mutation, f.below)
		case "subscriptionType":
			w.definition(s.Subscription, f.below)
		case "directives":
			w.list(len(w.index.directives), nil, func(i int) { w.directive(w.index.directives[i], f.below) })
		}
	})
}

// named writes the __Type of a name, null for a name the schema does not have.
func (w *writer) named(name string, sel selection) { w.definition(w.index.shown[name], sel) }

// typ writes the __Type of a type reference: what is non-null or a list wraps
// the rest.
func (w *writer) typ(t *ast.Type, sel selection) {
	switch {
	case t.NonNull:
		inner := *t
		inner.NonNull = false
		w.wrapper("NON_NULL", &inner, sel)
	case t.Elem != nil:
		w.wrapper("LIST", t.Elem, sel)
	default:
		w.named(t.NamedType, sel)
	}
}

func (w *writer) wrapper(kind string, inner *ast.Type, sel selection) {
	w.object("__Type", sel, func(f field) {
		switch f.name {
		case "kind":
			w.string(kind)
		case "ofType":
			w.typ(inner, f.below)
		default:
			w.null()
		}
	})
}

// definition writes the __Type of a named type.
func (w *writer) definition(def *ast.Definition, sel selection) {
	if def == nil {
		w.null()
		return
	}
	w.object("__Type", sel, func(f field) {
		switch f.name {
		case "kind":
			w.string(string(def.Kind))
		case "name":
			w.string(def.Name)
		case "description":
			w.optional(def.Description)
		case "specifiedByURL":
			w.argument(def.Directives, "specifiedBy", "url")
		case "isOneOf":
			if def.Kind != ast.InputObject {
				w.null()
				return
			}
			w.bool(def.Directives.ForName("oneOf") != nil)
		case "ofType":
			w.null()
		default:
			w.members(def, f)
		}
	})
}

// members writes the lists of a type, null where its kind has none.
func (w *writer) members(def *ast.Definition, f field) {
	composite := def.Kind == ast.Object || def.Kind == ast.Interface
	switch {
	case f.name == "fields" && composite:
		w.list(len(def.Fields), func(i int) bool {
			d := def.Fields[i]
			return !strings.HasPrefix(d.Name, "__") && visible(f, d.Directives)
		}, func(i int) { w.field(def.Fields[i], f.below) })
	case f.name == "interfaces" && composite:
		w.list(len(def.Interfaces), func(i int) bool { return w.index.shown[def.Interfaces[i]] != nil },
			func(i int) { w.named(def.Interfaces[i], f.below) })
	case f.name == "possibleTypes" && def.IsAbstractType():
		possible := w.index.schema.GetPossibleTypes(def)
		w.list(len(possible), nil, func(i int) { w.definition(possible[i], f.below) })
	case f.name == "enumValues" && def.Kind == ast.Enum:
		w.list(len(def.EnumValues), func(i int) bool { return visible(f, def.EnumValues[i].Directives) },
			func(i int) { w.enumValue(def.EnumValues[i], f.below) })
	case f.name == "inputFields" && def.Kind == ast.InputObject:
		w.list(len(def.Fields), func(i int) bool { return visible(f, def.Fields[i].Directives) }, func(i int) {
			d := def.Fields[i]
			w.inputValue(d.Name, d.Description, d.Type, d.DefaultValue, d.Directives, f.below)
		})
	default:
		w.null()
	}
}

func (w *writer) field(def *ast.FieldDefinition, sel selection) {
	w.object("__Field", sel, func(f field) {
		switch f.name {
		case "name":
			w.string(def.Name)
		case "description":
			w.optional(def.Description)
		case "args":
			w.arguments(def.Arguments, f)
		case "type":
			w.typ(def.Type, f.below)
		case "isDeprecated":
			w.bool(deprecated(def.Directives))
		case "deprecationReason":
			w.reason(def.Directives)
		}
	})
}

func (w *writer) arguments(list ast.ArgumentDefinitionList, f field) {
	w.list(len(list), func(i int) bool { return visible(f, list[i].Directives) }, func(i int) {
		a := list[i]
		w.inputValue(a.Name, a.Description, a.Type, a.DefaultValue, a.Directives, f.below)
	})
}

func (w *writer) inputValue(name, description string, t *ast.Type, fallback *ast.Value, applied ast.DirectiveList, sel selection) {
	w.object("__InputValue", sel, func(f field) {
		switch f.name {
		case "name":
			w.string(name)
		case "description":
			w.optional(description)
		case "type":
			w.typ(t, f.below)
		case "defaultValue":
			if fallback == nil {
				w.null()
			} else {
				w.string(printValue(fallback))
			}
		case "isDeprecated":
			w.bool(deprecated(applied))
		case "deprecationReason":
			w.reason(applied)
		}
	})
}

func (w *writer) enumValue(def *ast.EnumValueDefinition, sel selection) {
	w.object("__EnumValue", sel, func(f field) {
		switch f.name {
		case "name":
			w.string(def.Name)
		case "description":
			w.optional(def.Description)
		case "isDeprecated":
			w.bool(deprecated(def.Directives))
		case "deprecationReason":
			w.reason(def.Directives)
		}
	})
}

func (w *writer) directive(def *ast.DirectiveDefinition, sel selection) {
	w.object("__Directive", sel, func(f field) {
		switch f.name {
		case "name":
			w.string(def.Name)
		case "description":
			w.optional(def.Description)
		case "isRepeatable":
			w.bool(def.IsRepeatable)
		case "locations":
			w.list(len(def.Locations), nil, func(i int) { w.string(string(def.Locations[i])) })
		case "args":
			w.arguments(def.Arguments, f)
		}
	})
}

// visible reports whether a list shows an element.
func visible(f field, applied ast.DirectiveList) bool { return f.deprecated || !deprecated(applied) }

func deprecated(applied ast.DirectiveList) bool { return applied.ForName("deprecated") != nil }

// reason writes deprecationReason, whose default the specification fixes.
func (w *writer) reason(applied ast.DirectiveList) {
	d := applied.ForName("deprecated")
	switch {
	case d == nil:
		w.null()
	case d.Arguments.ForName("reason") == nil:
		w.string("No longer supported")
	default:
		w.argument(applied, "deprecated", "reason")
	}
}

// argument writes a string argument of an applied directive, null without one.
func (w *writer) argument(applied ast.DirectiveList, directive, name string) {
	if d := applied.ForName(directive); d != nil {
		if arg := d.Arguments.ForName(name); arg != nil && arg.Value.Kind != ast.NullValue {
			w.string(arg.Value.Raw)
			return
		}
	}
	w.null()
}
