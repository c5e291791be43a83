package overlay

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/operation"
)

// literal is a constant that the rewritten operation sends as a variable.
type literal struct {
	name, typ, json string
}

// arguments returns what the graph's field is given, sorted by name.
func (r *rewriter) arguments(f *operation.Field, own *rule) []operation.Argument {
	if own.args == nil {
		return f.Args
	}
	var out []operation.Argument
	for i := range own.args {
		a := &own.args[i]
		if text := r.argument(a, argumentText(f, a)); text != "" {
			out = append(out, operation.Argument{Name: a.name, Value: text})
		}
	}
	sortArguments(out)
	return out
}

func sortArguments(list []operation.Argument) {
	slices.SortFunc(list, func(a, b operation.Argument) int { return strings.Compare(a.Name, b.Name) })
}

// argumentText is what the client wrote for an argument, "" for nothing.
func argumentText(f *operation.Field, a *argumentRule) string {
	if a.hidden {
		return ""
	}
	for i := range f.Args {
		if f.Args[i].Name == a.client {
			return f.Args[i].Value
		}
	}
	return ""
}

// argument is the text an argument is given, "" for none.
func (r *rewriter) argument(a *argumentRule, text string) string {
	typ := a.typ.String()
	switch {
	case a.given.claim != "":
		return r.claim(a.given.claim, a.typ)
	case a.given.fixed:
		return r.constant(a.given.json, typ)
	case text == "" && (a.given.json != "" || a.cap > 0):
		standard := a.given.json
		if standard == "" {
			standard = a.standard
		}
		return r.constant(capped(standard, a.cap), typ)
	case text == "":
		return ""
	}
	name, isVariable := strings.CutPrefix(text, "$")
	switch {
	case isVariable && r.isLiteral(name):
		if a.cap > 0 {
			return r.once(fmt.Sprint(name, " at most ", a.cap), func() string {
				return r.literal(capped(r.literalJSON(name), a.cap), typ)
			})
		}
		return r.constantText(name, a.named)
	case isVariable && (a.given.json != "" || a.cap > 0):
		return r.derive(derived{
			source: r.index[name], rule: r.changing(a.named), fallback: a.given.json, standard: a.standard, cap: a.cap,
		}, typ)
	case text == "null" && a.cap > 0:
		return r.constant(capped("", a.cap), typ)
	}
	return r.translateText(text, a.named)
}

// capped is the smaller of a number and a bound; without a number the bound.
func capped(json string, bound int) string {
	if bound == 0 {
		return json
	}
	if n, err := strconv.Atoi(json); err == nil && n <= bound {
		return json
	}
	return strconv.Itoa(bound)
}

// isLiteral reports whether a variable is an extracted literal.
func (r *rewriter) isLiteral(name string) bool {
	return r.index[name] >= len(r.op.Variables)-len(r.op.Literals)
}

func (r *rewriter) literalJSON(name string) string {
	return string(r.op.Literals[r.index[name]-(len(r.op.Variables)-len(r.op.Literals))])
}

// changing is the rule of a client's input type if values change, else nil.
func (r *rewriter) changing(named string) *inputRule {
	if in := r.o.inputs[named]; in != nil && in.changes {
		return in
	}
	return nil
}

// translateText puts an argument's text into the graph's terms. The recursion
// follows the value, whose nesting is limited when the operation is prepared.
func (r *rewriter) translateText(text, named string) string {
	if r.o.inputs[named] == nil || text == "" {
		return text
	}
	if name, ok := strings.CutPrefix(text, "$"); ok {
		if r.isLiteral(name) {
			return r.constantText(name, named)
		}
		return r.variableText(name, named)
	}
	if text[0] != '{' && text[0] != '[' {
		return text
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "{f(a:" + text + ")}"})
	if err != nil {
		return text // cannot be: the operation was printed from a document
	}
	f, _ := doc.Operations[0].SelectionSet[0].(*ast.Field)
	return r.translateValue(f.Arguments[0].Value, named)
}

func (r *rewriter) translateValue(v *ast.Value, named string) string {
	in := r.o.inputs[named]
	switch v.Kind {
	case ast.ListValue:
		items := make([]string, len(v.Children))
		for i, c := range v.Children {
			items[i] = r.translateValue(c.Value, named)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case ast.ObjectValue:
		if in != nil && in.fields != nil {
			return r.translateObject(v, in)
		}
	case ast.Variable, ast.IntValue, ast.FloatValue, ast.StringValue, ast.BlockValue, ast.BooleanValue, ast.NullValue, ast.EnumValue:
		return r.translateText(v.String(), named)
	}
	return v.String()
}

func (r *rewriter) translateObject(v *ast.Value, in *inputRule) string {
	var out []string
	for i := range in.fields {
		f := &in.fields[i]
		a := argumentRule{name: f.name, client: f.client, typ: f.typ, named: f.named, hidden: f.hidden, given: f.given}
		text := ""
		if c := v.Children.ForName(f.client); c != nil && !f.hidden {
			text = c.String()
			if c.Kind == ast.ListValue || c.Kind == ast.ObjectValue {
				out = append(out, f.name+": "+r.translateValue(c, f.named))
				continue
			}
		}
		if text = r.argument(&a, text); text != "" {
			out = append(out, f.name+": "+text)
		}
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// variableText is a client variable in the graph's terms: a copy of it, which is
// of the graph's type.
func (r *rewriter) variableText(name, named string) string {
	i := r.index[name]
	if text, ok := r.copies[i]; ok {
		return text
	}
	declared, standard, hasStandard := strings.Cut(r.op.Variables[i].Type, " = ")
	typ := r.o.baseTypeText(declared)
	if hasStandard {
		if text, ok := r.defaultText(standard, named); ok {
			typ += " = " + text
		}
	}
	text := r.derive(derived{source: i, rule: r.changing(named)}, typ)
	r.copies[i] = text
	return text
}

// defaultText is a variable's default in the graph's terms; it is only there so
// that the variable may stand where null may not.
func (r *rewriter) defaultText(text, named string) (string, bool) {
	doc, err := parser.ParseQuery(&ast.Source{Input: "{f(a:" + text + ")}"})
	if err != nil {
		return "", false
	}
	f, _ := doc.Operations[0].SelectionSet[0].(*ast.Field)
	return r.translateConstantValue(f.Arguments[0].Value, named)
}

func (r *rewriter) translateConstantValue(v *ast.Value, named string) (string, bool) {
	in := r.o.inputs[named]
	switch v.Kind {
	case ast.ListValue:
		items := make([]string, len(v.Children))
		for i, c := range v.Children {
			item, ok := r.translateConstantValue(c.Value, named)
			if !ok {
				return "", false
			}
			items[i] = item
		}
		return "[" + strings.Join(items, ", ") + "]", true
	case ast.EnumValue:
		if in != nil && in.values != nil {
			return strings.Trim(in.values[`"`+v.Raw+`"`], `"`), true
		}
	case ast.ObjectValue:
		if in == nil {
			break
		}
		var out []string
		for i := range in.fields {
			f := &in.fields[i]
			c := v.Children.ForName(f.client)
			if c == nil || f.hidden {
				if f.typ.NonNull {
					return "", false // it is given when the value is, but has no text
				}
				continue
			}
			item, ok := r.translateConstantValue(c, f.named)
			if !ok {
				return "", false
			}
			out = append(out, f.name+": "+item)
		}
		return "{" + strings.Join(out, ", ") + "}", true
	case ast.Variable, ast.IntValue, ast.FloatValue, ast.StringValue, ast.BlockValue, ast.BooleanValue, ast.NullValue:
	}
	return v.String(), true
}

// constantText is an extracted literal in the graph's terms.
func (r *rewriter) constantText(name, named string) string {
	i := r.index[name]
	if r.o.inputs[named] == nil {
		return "$" + name
	}
	if text, ok := r.copies[i]; ok {
		return text
	}
	typ := r.o.baseTypeText(r.op.Variables[i].Type)
	in := r.changing(named)
	var text string
	if in != nil && r.o.usesClaims(in, map[*inputRule]bool{}) {
		text = r.derive(derived{source: i, rule: in}, typ)
	} else {
		text = r.literal(r.translateConstant(r.literalJSON(name), named), typ)
	}
	r.copies[i] = text
	return text
}

func (r *rewriter) translateConstant(json, named string) string {
	in := r.changing(named)
	if in == nil {
		return json
	}
	out, err := r.o.translate(nil, []byte(json), in, nil)
	if err != nil {
		return json
	}
	return string(out)
}

// pathArguments are the arguments of a step of a path, or of a use.
func (r *rewriter) pathArguments(list []pathArgument, f *operation.Field) []operation.Argument {
	var out []operation.Argument
	for i := range list {
		a := &list[i]
		var text string
		switch {
		case a.claim != "":
			text = r.claim(a.claim, a.typ)
		case a.own != nil:
			text = r.ownArgument(a, f)
		default:
			text = r.constant(a.json, a.typ.String())
		}
		if text != "" {
			out = append(out, operation.Argument{Name: a.name, Value: text})
		}
	}
	sortArguments(out)
	return out
}

// ownArgument is an argument that a path takes from the client's field.
func (r *rewriter) ownArgument(a *pathArgument, f *operation.Field) string {
	own := a.own
	rule := argumentRule{
		name: a.name, client: own.name, typ: a.typ, named: r.o.clientName(own.typ.Name()),
		hidden: own.hidden || own.given.fixed, given: own.given, cap: own.cap,
	}
	return r.argument(&rule, argumentText(f, &rule))
}

// clientName is what the client calls one of the graph's types.
func (o *Overlay) clientName(name string) string {
	if client, ok := o.View.Names.Types[name]; ok {
		return client
	}
	return name
}

// constant sends a constant of the overlay as a variable, equal ones as one.
func (r *rewriter) constant(json, typ string) string {
	return r.once(typ+" = "+json, func() string { return r.literal(json, typ) })
}

// once makes what a key stands for the first time it is asked for.
func (r *rewriter) once(key string, make func() string) string {
	text, ok := r.made[key]
	if !ok {
		text = make()
		r.made[key] = text
	}
	return text
}

// literal sends a constant as a variable.
func (r *rewriter) literal(json, typ string) string {
	name := r.fresh()
	r.literals = append(r.literals, literal{name: name, typ: typ, json: json})
	return "$" + name
}

// fresh is a name that no variable of the operation has.
func (r *rewriter) fresh() string {
	name := "_o" + strconv.Itoa(len(r.literals)+len(r.derived))
	for r.taken[name] {
		name = "_" + name
	}
	r.taken[name] = true
	return name
}

// declare adds the variables that the rewriting made: constants behind the
// client's constants, then what is derived.
func (r *rewriter) declare(out *operation.Operation) {
	if len(r.literals)+len(r.derived) == 0 {
		return
	}
	out.Variables = slices.Clone(r.op.Variables)
	out.Literals = slices.Clone(r.op.Literals)
	for _, l := range r.literals {
		out.Variables = append(out.Variables, operation.Variable{Name: l.name, Type: l.typ})
		out.Literals = append(out.Literals, []byte(l.json))
	}
	for i := range r.derived {
		d := &r.derived[i]
		d.index = len(out.Variables)
		out.Variables = append(out.Variables, operation.Variable{Name: d.name, Type: d.typ})
	}
}
