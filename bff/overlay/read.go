package overlay

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/schema"
)

// The directives of an overlay, and where each may stand.
const (
	renameDirective  = "rename"
	fromDirective    = "from"
	defaultDirective = "default"
	fixedDirective   = "fixed"
	capDirective     = "cap"
	hideDirective    = "hide"
	exprDirective    = "expr"
)

// place is where a directive stands.
type place uint8

const (
	onType place = iota
	onField
	onArgument
	onInputField
	onValue
)

var placeNames = [...]string{"a type", "a field", "an argument", "an input field", "an enum value"}

// directives says which arguments a directive has, and where it may stand.
var directives = map[string]struct {
	args   string
	places []place
}{
	renameDirective:  {"to from", []place{onType, onField, onArgument, onInputField, onValue}},
	hideDirective:    {"", []place{onType, onField, onArgument, onInputField, onValue}},
	fromDirective:    {"path", []place{onField}},
	exprDirective:    {"value uses", []place{onField}},
	defaultDirective: {"value", []place{onField, onArgument, onInputField}},
	fixedDirective:   {"value", []place{onArgument, onInputField}},
	capDirective:     {"max", []place{onField, onArgument}},
}

// read parses the file into extensions of the model's types. It returns false if
// the text is no SDL.
func (m *model) read(sdl []byte) bool {
	if at := schema.TooDeep(string(sdl), schema.MaxNesting); at != nil {
		m.add(at, "brackets nest more than %d levels deep", schema.MaxNesting)
		return false
	}
	doc, err := parser.ParseSchema(&ast.Source{Name: m.file, Input: m.bareExpressions(string(sdl))})
	if err != nil {
		var g *gqlerror.Error
		if errors.As(err, &g) && len(g.Locations) > 0 {
			m.add(&ast.Position{Line: g.Locations[0].Line, Column: g.Locations[0].Column}, "%s", g.Message)
		} else {
			m.add(nil, "%s", err.Error())
		}
		return false
	}
	for _, d := range doc.Definitions {
		m.add(d.Position, `%s is not extended: an overlay begins with "extend", it adds no types`, d.Name)
	}
	for _, d := range doc.Directives {
		m.add(d.Position, "@%s: an overlay defines no directives", d.Name)
	}
	for _, s := range append(doc.Schema, doc.SchemaExtension...) {
		m.add(s.Position, "an overlay says nothing about the schema's roots")
	}
	m.extensions = doc.Extensions
	return true
}

// bareName is put in front of what @expr is given without a name.
const bareName = "value:"

// bareExpressions lets the first argument of @expr be written without its name,
// as in @expr("a + b"), which GraphQL does not have: it becomes a named one. It
// notes where.
func (m *model) bareExpressions(sdl string) string {
	const name = "@" + exprDirective
	var b strings.Builder
	line, column := 1, 1
	write := func(text string) {
		b.WriteString(text)
		if n := strings.Count(text, "\n"); n > 0 {
			line, column = line+n, 1
			text = text[strings.LastIndexByte(text, '\n')+1:]
		}
		column += utf8.RuneCountInString(text)
	}
	for {
		i := strings.Index(sdl, name)
		if i < 0 {
			write(sdl)
			return b.String()
		}
		open := i + len(name)
		open += len(sdl[open:]) - len(strings.TrimLeft(sdl[open:], " \t\r\n"))
		if open == len(sdl) || sdl[open] != '(' {
			write(sdl[:i+len(name)])
			sdl = sdl[i+len(name):]
			continue
		}
		write(sdl[:open+1])
		sdl = sdl[open+1:]
		if strings.HasPrefix(strings.TrimLeft(sdl, " \t\r\n,"), `"`) {
			m.inserted[line] = append(m.inserted[line], column)
			write(bareName)
		}
	}
}

// applied are the directives of one element, read once each.
type applied struct {
	m    *model
	list ast.DirectiveList
	on   string // what they stand on, for messages
}

// check looks at names, arguments and places of an element's directives.
func (m *model) applied(list ast.DirectiveList, at place, on string) applied {
	seen := map[string]bool{}
	for _, d := range list {
		rule, known := directives[d.Name]
		if !known {
			m.add(d.Position, "@%s on %s is not a directive of overlays", d.Name, on)
			continue
		}
		if seen[d.Name] {
			m.add(d.Position, "@%s stands twice on %s", d.Name, on)
		}
		seen[d.Name] = true
		allowed := false
		for _, p := range rule.places {
			allowed = allowed || p == at
		}
		if !allowed {
			m.add(d.Position, "@%s on %s: it cannot stand on %s", d.Name, on, placeNames[at])
		}
		for _, a := range d.Arguments {
			if !containsWord(rule.args, a.Name) {
				m.add(a.Position, "@%s on %s has no argument %s", d.Name, on, a.Name)
			}
		}
	}
	return applied{m, list, on}
}

func containsWord(words, word string) bool {
	for _, w := range strings.Fields(words) {
		if w == word {
			return true
		}
	}
	return false
}

func (a applied) get(name string) *ast.Directive { return a.list.ForName(name) }

// text returns a string argument of a directive, "" if it is not given.
func (a applied) text(d *ast.Directive, name string) string {
	arg := d.Arguments.ForName(name)
	if arg == nil {
		return ""
	}
	if arg.Value.Kind != ast.StringValue && arg.Value.Kind != ast.BlockValue {
		a.m.add(arg.Value.Position, "@%s(%s:) on %s is a string", d.Name, name, a.on)
		return ""
	}
	return arg.Value.Raw
}

// number returns the positive number of @cap(max:), 0 without.
func (a applied) number(d *ast.Directive, name string) int {
	arg := d.Arguments.ForName(name)
	n := 0
	if arg != nil && arg.Value.Kind == ast.IntValue {
		for _, c := range arg.Value.Raw {
			if c < '0' || c > '9' || n > 1<<30/10 {
				n = 0
				break
			}
			n = n*10 + int(c-'0')
		}
	}
	if n <= 0 {
		a.m.add(d.Position, "@%s(%s:) on %s is a number above 0", d.Name, name, a.on)
	}
	return n
}

// value returns the value argument of a directive, nil if it is missing.
func (a applied) value(d *ast.Directive) *ast.Value {
	arg := d.Arguments.ForName("value")
	if arg == nil {
		a.m.add(d.Position, "@%s on %s has no value", d.Name, a.on)
		return nil
	}
	return arg.Value
}
