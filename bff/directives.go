package bff

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// ownDirective reports whether a directive on an operation is for the gateway.
func ownDirective(name string) bool {
	switch name {
	case "rest", "cache", "auth", "deprecated", "sunset", "owner", "example":
		return true
	}
	return false
}

// application reads the arguments of one directive.
type application struct {
	*ast.Directive
	title  string
	faults *fault.List
	known  []string
}

func (a *application) fail(at *ast.Position, message string) {
	*a.faults = append(*a.faults, inFile(fault.ConfigInvalid, at, a.title+": @"+a.Name+message))
}

// inFile is a mistake at a place of a file of operations.
func inFile(code fault.Code, at *ast.Position, message string) *fault.Error {
	e := &fault.Error{Code: code, Message: message}
	if at != nil {
		e.Locations = []fault.Position{{Line: at.Line, Column: at.Column}}
		e.Message = at.Src.Name + ":" + strconv.Itoa(at.Line) + ":" + strconv.Itoa(at.Column) + ": " + message
	}
	return e
}

// value returns an argument, nil if it is not given.
func (a *application) value(name string) *ast.Value {
	a.known = append(a.known, name)
	if arg := a.Arguments.ForName(name); arg != nil && arg.Value.Kind != ast.NullValue {
		return arg.Value
	}
	return nil
}

// text takes a string, or the bare word of an enum.
func (a *application) text(name string) string {
	v := a.value(name)
	switch {
	case v == nil:
		return ""
	case v.Kind == ast.StringValue || v.Kind == ast.BlockValue || v.Kind == ast.EnumValue:
		return v.Raw
	}
	a.fail(v.Position, ": "+name+" must be a text")
	return ""
}

func (a *application) integer(name string) int {
	v := a.value(name)
	if v == nil {
		return 0
	}
	n, err := strconv.Atoi(v.Raw)
	if v.Kind != ast.IntValue || err != nil {
		a.fail(v.Position, ": "+name+" must be a whole number")
	}
	return n
}

// duration takes a text such as 60s, or a number of seconds.
func (a *application) duration(name string) time.Duration {
	v := a.value(name)
	if v == nil {
		return 0
	}
	if v.Kind == ast.IntValue {
		if n, err := strconv.Atoi(v.Raw); err == nil && n >= 0 && n <= 1<<31 {
			return time.Duration(n) * time.Second
		}
	}
	d, err := time.ParseDuration(v.Raw)
	if v.Kind != ast.StringValue || err != nil || d < 0 {
		a.fail(v.Position, ": "+name+` must be a duration such as "60s", or a number of seconds`)
	}
	return d
}

func (a *application) date(name string) time.Time {
	text := a.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := config.ParseDate(text)
	if err != nil {
		a.fail(a.Arguments.ForName(name).Value.Position, ": "+name+": "+strconv.Quote(text)+" "+err.Error())
	}
	return t
}

// scopes takes a list of texts, all of which are asked for, or a list of such
// lists, one of which is.
func (a *application) scopes(name string) [][]string {
	v := a.value(name)
	if v == nil || v.Kind != ast.ListValue {
		a.fail(a.Position, ": "+name+` must be a list such as ["orders:read"]`)
		return nil
	}
	var all []string
	var any [][]string
	for _, item := range v.Children {
		if item.Value.Kind == ast.ListValue {
			var list []string
			for _, inner := range item.Value.Children {
				list = append(list, inner.Value.Raw)
			}
			any = append(any, list)
			continue
		}
		all = append(all, item.Value.Raw)
	}
	switch {
	case len(all) > 0 && len(any) > 0:
		a.fail(v.Position, ": "+name+" mixes texts and lists")
	case len(all) > 0:
		return [][]string{all}
	case len(any) == 0:
		a.fail(v.Position, ": "+name+" is empty, which asks for nothing")
	}
	return any
}

// done reports arguments that the directive does not have.
func (a *application) done() {
	for _, arg := range a.Arguments {
		if !slices.Contains(a.known, arg.Name) {
			a.fail(arg.Position, " has no argument "+arg.Name+"; known are "+strings.Join(a.known, ", "))
		}
	}
}

// annotate fills in what the directives of an operation say.
func annotate(o *rest.Operation, faults *fault.List) {
	seen := map[string]bool{}
	for _, d := range o.Definition.Directives {
		if !ownDirective(d.Name) {
			continue
		}
		a := &application{Directive: d, title: "operation " + o.Name, faults: faults}
		if seen[d.Name] {
			a.fail(d.Position, " is given twice")
			continue
		}
		seen[d.Name] = true
		a.apply(o)
		a.done()
	}
}

func (a *application) apply(o *rest.Operation) {
	switch a.Name {
	case "rest":
		a.rest(o)
	case "cache":
		c := &rest.Cache{TTL: a.duration("ttl"), Stale: a.duration("swr")}
		switch scope := a.text("scope"); strings.ToLower(scope) {
		case "", "private":
		case "public":
			c.Public = true
		default:
			a.fail(a.Position, ": scope must be PUBLIC or PRIVATE, not "+scope)
		}
		if o.Kind != ast.Query {
			a.fail(a.Position, " is for queries")
		}
		o.Cache = c
	case "auth":
		o.Scopes = a.scopes("scopes")
	case "deprecated":
		o.Deprecated, o.Reason = a.date("since"), a.text("reason")
		if o.Deprecated.IsZero() {
			o.Deprecated = time.Unix(0, 0)
		}
	case "sunset":
		o.Sunset, o.Successor = a.date("date"), a.text("link")
		if o.Sunset.IsZero() {
			a.fail(a.Position, " needs a date")
		}
	case "owner":
		if o.Owner = a.text("team"); o.Owner == "" {
			a.fail(a.Position, " needs a team")
		}
	}
}

func (a *application) rest(o *rest.Operation) {
	f := &rest.Face{
		Method: strings.ToUpper(a.text("method")), Path: a.text("path"), Status: a.integer("status"),
		Unwrap: a.text("unwrap"), Body: a.text("body"), Line: a.Position.Line, Column: a.Position.Column,
	}
	if f.Method == "" {
		f.Method = "GET"
		if o.Kind == ast.Mutation {
			f.Method = "POST"
		}
	}
	if f.Path == "" {
		a.fail(a.Position, " needs a path")
		return
	}
	o.REST = f
}
