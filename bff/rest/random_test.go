package rest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/selection"
)

// randomCall is an operation with a path, and one call of it in both forms.
type randomCall struct {
	rng    *rand.Rand
	schema *ast.Schema
	// text is the file of the operation.
	text string
	// variables is what a GraphQL client would send: JSON text by name.
	variables map[string]string
	method    string
	path      []string
	query     url.Values
	body      string // "" is none
}

// echoed are the arguments of Query.echo and Mutation.echo.
var echoed = []struct{ name, typ string }{
	{"a", "Int"}, {"b", "Float"}, {"c", "String"}, {"d", "Boolean"}, {"e", "ID"}, {"f", "Kind"}, {"g", "Date"},
	{"la", "[Int]"}, {"lb", "[Float!]"}, {"lc", "[String!]"}, {"ld", "[Boolean!]"}, {"le", "[ID!]"}, {"lf", "[Kind!]"},
	{"input", "ItemInput"}, {"inputs", "[ItemInput!]"}, {"matrix", "[[Int!]!]"},
}

// newRandomCall makes an operation with up to five variables and a call of it.
func newRandomCall(rng *rand.Rand, schema *ast.Schema) *randomCall {
	c := &randomCall{rng: rng, schema: schema, variables: map[string]string{}, query: url.Values{}}
	c.method = []string{"GET", "GET", "POST", "PUT", "PATCH", "DELETE"}[rng.IntN(6)]
	kind := "query"
	if c.method != "GET" && (c.method != "POST" || rng.IntN(2) == 0) {
		kind = "mutation"
	}
	withBody := c.method != "GET" && c.method != "DELETE"
	var definitions, fields, inBody []string
	template := "/run"
	for i := range 1 + rng.IntN(5) {
		e := echoed[rng.IntN(len(echoed))]
		name := fmt.Sprintf("v%d", i)
		leaf := !strings.HasPrefix(e.typ, "[") && e.typ != "ItemInput"
		inText := leaf || strings.HasPrefix(e.name, "l")
		if !withBody && !inText {
			continue
		}
		required := rng.IntN(3) == 0
		definition := "$" + name + ": " + e.typ
		if required {
			definition += "!"
		}
		definitions = append(definitions, definition)
		fields = append(fields, fmt.Sprintf("f%d: echo(%s: $%s)", i, e.name, name))
		t := parseType(e.typ)
		switch {
		case leaf && rng.IntN(3) == 0:
			template += "/{" + name + "}"
			c.path = append(c.path, c.text1(name, t))
		case withBody:
			if required || rng.IntN(3) > 0 {
				t.NonNull = required
				c.variables[name] = c.json(t, 0)
			}
			inBody = append(inBody, name)
		case required || rng.IntN(3) > 0:
			c.inQuery(name, t)
		}
	}
	if fields == nil {
		fields = []string{"echo"}
	}
	c.makeBody(definitions, inBody)
	variables := ""
	if definitions != nil {
		variables = "(" + strings.Join(definitions, ", ") + ")"
	}
	c.text = fmt.Sprintf("%s Run%s @rest(method: %q, path: %q) { %s }", kind, variables, c.method, template, strings.Join(fields, " "))
	return c
}

// makeBody writes the variables that come in the body.
func (c *randomCall) makeBody(definitions, inBody []string) {
	var members []string
	for _, name := range inBody {
		if value, ok := c.variables[name]; ok {
			members = append(members, strconv.Quote(name)+c.space()+":"+c.space()+value)
		}
	}
	whole := len(inBody) == 1 && strings.Contains(strings.Join(definitions, ","), "$"+inBody[0]+": ItemInput")
	switch {
	case whole:
		c.body = c.variables[inBody[0]]
	case len(members) > 0 || c.rng.IntN(2) == 0:
		c.rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		c.body = "{" + c.space() + strings.Join(members, c.space()+","+c.space()) + c.space() + "}"
	}
}

func (c *randomCall) space() string { return []string{"", " ", "\n\t"}[c.rng.IntN(3)] }

// inQuery gives a variable by query parameters. An empty list has no such form.
func (c *randomCall) inQuery(name string, t *ast.Type) {
	if t.Elem == nil {
		c.query[name] = []string{c.text1(name, t)}
		return
	}
	var items []string
	for range 1 + c.rng.IntN(3) {
		text := c.text1(name, t.Elem)
		c.query[name] = append(c.query[name], text)
		items = append(items, c.variables[name])
	}
	c.variables[name] = "[" + strings.Join(items, ",") + "]"
}

// text1 makes up a scalar, remembers its JSON and returns it as text.
func (c *randomCall) text1(name string, t *ast.Type) string {
	sure := *t
	sure.NonNull = true
	value := c.json(&sure, 0)
	c.variables[name] = value
	if value[0] != '"' {
		return value
	}
	var text string
	if err := json.Unmarshal([]byte(value), &text); err != nil {
		panic(err)
	}
	if text == "" || text == "/" { // a path has no empty segment, and http.ServeMux takes this one for it
		c.variables[name] = `"x"`
		return "x"
	}
	return text
}

// json makes up a value of an input type.
func (c *randomCall) json(t *ast.Type, depth int) string {
	if !t.NonNull && c.rng.IntN(6) == 0 {
		return "null"
	}
	if t.Elem != nil {
		var items []string
		for range c.rng.IntN(4) {
			items = append(items, c.json(t.Elem, depth+1))
		}
		return "[" + c.space() + strings.Join(items, ",") + "]"
	}
	switch t.NamedType {
	case "Int":
		return []string{"0", "-1", "7", "2147483647", "-2147483648", strconv.Itoa(c.rng.IntN(100000))}[c.rng.IntN(6)]
	case "Float":
		return []string{"0", "-0.0", "2.5", "1e3", "-7E-2", "12345678901234567890", strconv.FormatFloat(c.rng.NormFloat64(), 'g', -1, 64)}[c.rng.IntN(7)]
	case "Boolean":
		return strconv.FormatBool(c.rng.IntN(2) == 0)
	case "Kind":
		return []string{`"CHAIR"`, `"TABLE"`, `"LAMP"`}[c.rng.IntN(3)]
	case "String", "ID", "Date":
		return c.string()
	}
	return c.object(c.schema.Types[t.NamedType], depth)
}

func (c *randomCall) object(def *ast.Definition, depth int) string {
	var members []string
	for _, f := range def.Fields {
		if required := f.Type.NonNull && f.DefaultValue == nil; required || depth < 3 && c.rng.IntN(2) == 0 {
			members = append(members, strconv.Quote(f.Name)+":"+c.json(f.Type, depth+1))
		}
	}
	return "{" + strings.Join(members, ",") + c.space() + "}"
}

// string makes up a string of what URLs and JSON write in their own ways.
func (c *randomCall) string() string {
	pieces := []string{"a", "2", "/", "//", "..", ".", "?", "&", "=", "+", "%", "%2F", "#", ";", ",", " ", "{id}", "ä", "日", "😀", `"`, `\`, "\n", "\x01", "<", ":", "~", "null", "true"}
	var b strings.Builder
	for range c.rng.IntN(4) {
		b.WriteString(pieces[c.rng.IntN(len(pieces))])
	}
	text, err := plainJSON(b.String())
	if err != nil {
		panic(err)
	}
	return string(text)
}

// request is the call by REST.
func (c *randomCall) request() *http.Request {
	target := "/x/run"
	for _, segment := range c.path {
		target += "/" + strings.ReplaceAll(url.PathEscape(segment), ".", "%2E")
	}
	if len(c.query) > 0 {
		target += "?" + c.query.Encode()
	}
	req := httptest.NewRequest(c.method, target, strings.NewReader(c.body))
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// json is the call's variables for GraphQL.
func (c *randomCall) graphql() string {
	var members []string
	for name, value := range c.variables {
		members = append(members, strconv.Quote(name)+":"+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func parseType(text string) *ast.Type {
	if inner, ok := strings.CutSuffix(text, "!"); ok {
		t := parseType(inner)
		t.NonNull = true
		return t
	}
	if strings.HasPrefix(text, "[") {
		return ast.ListType(parseType(text[1:len(text)-1]), nil)
	}
	return ast.NamedType(text, nil)
}

// randomAnswer makes up the data of an operation.
type randomAnswer struct {
	rng      *rand.Rand
	document selection.Document
}

func (a *randomAnswer) value(t *ast.Type, sets []selection.Set) any {
	if !t.NonNull && a.rng.IntN(4) == 0 {
		return nil
	}
	if t.Elem != nil {
		list := []any{}
		for range a.rng.IntN(3) {
			list = append(list, a.value(t.Elem, sets))
		}
		return list
	}
	switch t.NamedType {
	case "Int":
		return a.rng.IntN(100)
	case "Float":
		return a.rng.Float64()
	case "Boolean":
		return a.rng.IntN(2) == 0
	case "String", "ID":
		return strconv.Itoa(a.rng.IntN(100))
	case "Date":
		return []any{"2026-11-20", 5, map[string]any{"year": 2026}}[a.rng.IntN(3)]
	case "Kind":
		return []string{"CHAIR", "TABLE", "LAMP"}[a.rng.IntN(3)]
	}
	return a.object(t.NamedType, sets)
}

func (a *randomAnswer) object(name string, sets []selection.Set) map[string]any {
	variants := a.document.Variants(name, sets)
	v := variants[a.rng.IntN(len(variants))]
	out := map[string]any{}
	for _, m := range v.Members {
		switch {
		case m.Conditional && a.rng.IntN(2) == 0:
		case m.Definition.Name == "__typename":
			out[m.Name] = v.Types[a.rng.IntN(len(v.Types))]
		default:
			out[m.Name] = a.value(m.Definition.Type, m.Sets)
		}
	}
	return out
}
