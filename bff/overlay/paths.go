package overlay

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// path is what a field of the client stands for: a way through the graph from
// the object it is on. Its names are the graph's.
type path struct {
	text  string
	at    *ast.Position
	steps []step
	typ   *ast.Type // of the value at its end, in the graph's names
}

// step is one field of a path and what is taken of its value.
type step struct {
	owner *typ
	field *field
	args  []pathArgument
	take  take
	item  int    // of takeItem, from 0
	where *field // of takeWhere
	// typ is the type of what the rest of the path yields, from here on.
	typ *ast.Type
}

// take says what of a list a path goes on with.
type take uint8

const (
	takeAll   take = iota // the value, or every item
	takeItem              // the item of a number
	takeWhere             // the first item where a field is true
)

// pathArgument is an argument of a step: a constant (JSON in the graph's terms),
// a claim, or one of the client field's own arguments.
type pathArgument struct {
	name  string
	typ   *ast.Type
	json  string
	claim string
	own   *argument
}

// maxSteps bounds a path. Chosen.
const maxSteps = 16

func (m *model) readPath(t *typ, have *field, a applied, d *ast.Directive) *path {
	arg := d.Arguments.ForName("path")
	text := a.text(d, "path")
	if text == "" {
		m.add(d.Position, "@from on %s has no path", a.on)
		return nil
	}
	return m.parsePath(t, have, a, text, arg.Value.Position)
}

// parsePath reads a path that begins at objects of type t, nil after a mistake.
func (m *model) parsePath(t *typ, have *field, a applied, text string, at *ast.Position) *path {
	p := &path{text: text, at: at}
	parts, ok := splitPath(text)
	if !ok || len(parts) > maxSteps {
		m.add(at, "@from on %s: %q is no path", a.on, text)
		return nil
	}
	owner := t
	for i, part := range parts {
		s, ok := m.parseStep(owner, have, a, part, at)
		if !ok {
			return nil
		}
		p.steps = append(p.steps, s)
		owner = m.byBase[s.field.typ.Name()]
		if last := i == len(parts)-1; !last && owner.def.Kind != ast.Object && owner.def.Kind != ast.Interface {
			m.add(at, "@from on %s: %s.%s has no fields to go on with", a.on, s.owner.def.Name, s.field.def.Name)
			return nil
		}
	}
	for i := len(p.steps) - 1; i >= 0; i-- {
		s := &p.steps[i]
		value := s.field.def.Type
		if s.take != takeAll {
			value = nullable(value.Elem)
		}
		if i < len(p.steps)-1 {
			value = below(value, p.steps[i+1].typ)
		}
		s.typ = value
	}
	p.typ = p.steps[0].typ
	return p
}

func nullable(t *ast.Type) *ast.Type {
	out := *t
	out.NonNull = false
	return &out
}

// below is the type of what stands in place of objects of type t.
func below(t, rest *ast.Type) *ast.Type {
	out := *t
	if t.Elem != nil {
		out.Elem = below(t.Elem, rest)
		return &out
	}
	out = *rest
	out.NonNull = t.NonNull && rest.NonNull
	return &out
}

// splitPath cuts a path at the dots that are in no bracket and no string.
func splitPath(text string) ([]string, bool) {
	var out []string
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted:
			switch c {
			case '\\':
				i++
			case '"':
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == '.' && depth == 0:
			out = append(out, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
		if depth < 0 {
			return nil, false
		}
	}
	return append(out, strings.TrimSpace(text[start:])), depth == 0 && !quoted
}

// stepForm is a field, its arguments, and what is taken of a list.
var stepForm = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)\s*(\(.*\))?\s*(\[\s*(\??\s*\.?\s*[A-Za-z_0-9]*)\s*\])?$`)

func (m *model) parseStep(owner *typ, have *field, a applied, text string, at *ast.Position) (step, bool) {
	parts := stepForm.FindStringSubmatch(text)
	if parts == nil {
		m.add(at, "@from on %s: %q is no step of a path", a.on, text)
		return step{}, false
	}
	s := step{owner: owner, field: owner.base(parts[1])}
	if s.field == nil {
		m.add(at, "@from on %s: the graph's %s has no field %s%s", a.on, owner.def.Name, parts[1], owner.nearField(parts[1]))
		return s, false
	}
	list := s.field.def.Type.Elem != nil
	switch index := strings.ReplaceAll(parts[4], " ", ""); {
	case parts[3] == "" || index == "" && list:
	case !list:
		m.add(at, "@from on %s: %s.%s is no list", a.on, owner.def.Name, parts[1])
		return s, false
	case strings.HasPrefix(index, "?."):
		if !m.parseWhere(&s, a, index[2:], at) {
			return s, false
		}
	default:
		n, err := strconv.ParseUint(index, 10, 20)
		if err != nil {
			m.add(at, "@from on %s: [%s] is no item of a list", a.on, index)
			return s, false
		}
		s.take, s.item = takeItem, int(n)
	}
	return s, m.parseArguments(&s, have, a, parts[2], at)
}

// parseWhere reads [?.field].
func (m *model) parseWhere(s *step, a applied, name string, at *ast.Position) bool {
	item := m.byBase[s.field.typ.Name()]
	s.take, s.where = takeWhere, item.base(name)
	if s.field.def.Type.Elem.Elem == nil && s.where != nil && s.where.def.Type.NamedType == "Boolean" && required(s.where.def.Arguments) == "" {
		return true
	}
	m.add(at, "@from on %s: [?.%s] needs a list of objects with a Boolean field %s", a.on, name, name)
	return false
}

// required returns the name of an argument that must be given, "" if none has
// to.
func required(args ast.ArgumentDefinitionList) string {
	for _, a := range args {
		if a.Type.NonNull && a.DefaultValue == nil {
			return a.Name
		}
	}
	return ""
}

// claimForm is a claim in a path, which GraphQL has no form for.
var claimForm = regexp.MustCompile(`\$claims((?:\.[A-Za-z_][A-Za-z0-9_]*)+)`)

// parseArguments reads the arguments of a step.
func (m *model) parseArguments(s *step, have *field, a applied, text string, at *ast.Position) bool {
	on := "@from on " + a.on + ": " + s.owner.def.Name + "." + s.field.def.Name
	var claims []string
	text = claimForm.ReplaceAllStringFunc(text, func(found string) string {
		claims = append(claims, found[len("$claims."):])
		return "$_claim" + strconv.Itoa(len(claims)-1)
	})
	given := map[string]bool{}
	if text != "" {
		doc, err := parser.ParseQuery(&ast.Source{Input: "{f" + text + "}"})
		if err != nil || len(doc.Operations) != 1 || len(doc.Operations[0].SelectionSet) != 1 {
			m.add(at, "%s: %s are no arguments", on, text)
			return false
		}
		f, ok := doc.Operations[0].SelectionSet[0].(*ast.Field)
		if !ok {
			return false
		}
		for _, arg := range f.Arguments {
			given[arg.Name] = true
			if !m.parseArgument(s, have, arg, claims, at, on) {
				return false
			}
		}
	}
	for _, def := range s.field.def.Arguments {
		if def.Type.NonNull && def.DefaultValue == nil && !given[def.Name] {
			m.add(at, "%s needs the argument %s", on, def.Name)
			return false
		}
	}
	return true
}

func (m *model) parseArgument(s *step, have *field, arg *ast.Argument, claims []string, at *ast.Position, on string) bool {
	def := s.field.def.Arguments.ForName(arg.Name)
	if def == nil {
		m.add(at, "%s has no argument %s%s", on, arg.Name, nearArgument(arg.Name, s.field.def))
		return false
	}
	out := pathArgument{name: arg.Name, typ: def.Type}
	name := arg.Value.Raw
	number, isClaim := strings.CutPrefix(name, "_claim")
	switch {
	case arg.Value.Kind != ast.Variable:
		before := len(m.list)
		repositioned(arg.Value, at)
		if out.json = m.constant(arg.Value, def.Type, on+"("+arg.Name+":)"); len(m.list) > before {
			return false
		}
	case isClaim:
		n, _ := strconv.Atoi(number)
		if n >= len(claims) || !m.takesClaim(def.Type) {
			m.add(at, "%s: a claim cannot be the argument %s", on, arg.Name)
			return false
		}
		out.claim = claims[n]
	default:
		if out.own = have.argument(name); out.own == nil || !fits(out.own.typ, def.Type) {
			m.add(at, "%s: $%s is no argument of the field that fits %s: %s", on, name, arg.Name, m.clientType(def.Type))
			return false
		}
	}
	s.args = append(s.args, out)
	return true
}

// repositioned gives a value cut out of a string the place of the string.
func repositioned(v *ast.Value, at *ast.Position) {
	v.Position = at
	for _, c := range v.Children {
		c.Position = at
		repositioned(c.Value, at)
	}
}
