package expression

import (
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/internal/jsonscan"
)

// kind is what is known of a path's value before there is one; each may be nil.
type kind uint8

const (
	text kind = iota
	list
	value
	object
)

// path is one place of the environment.
type path struct {
	text, root string
	kind       kind
	field      *field
	// header is the name in its canonical form. steps lead into JSON: names, and
	// indexes where index is not -1.
	header string
	steps  []step
	used   bool // looked at, not just on the way to another path
}

type step struct {
	name  string
	index int
}

// text returns the step as it is written, such as .name or ["a.b"]: different
// steps are different texts.
func (s step) text() string {
	switch {
	case s.index >= 0:
		return "[" + strconv.Itoa(s.index) + "]"
	case strings.ContainsFunc(s.name, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }):
		return "[" + strconv.Quote(s.name) + "]"
	}
	return "." + s.name
}

// field is a place with a fixed name: a text, a list of texts, or the address,
// whose text is made on demand.
type field struct {
	get   func(e *Env) string
	texts func(e *Env) []string
	ip    bool
}

// roots are the names of the environment; those with fields of a fixed name
// list them.
var roots = map[string]map[string]field{
	"request": {
		"ip":     {ip: true},
		"method": {get: func(e *Env) string { return e.caller().Method }},
		"host":   {get: func(e *Env) string { return e.caller().Host }},
		"path":   {get: func(e *Env) string { return e.caller().Path }},
		"id":     {get: func(e *Env) string { return e.caller().RequestID }},
	},
	"principal": {
		"kind":   {get: func(e *Env) string { return e.principal().Kind }},
		"sub":    {get: func(e *Env) string { return e.principal().Subject }},
		"issuer": {get: func(e *Env) string { return e.principal().Issuer }},
		"key_id": {get: func(e *Env) string { return e.principal().KeyID }},
		"tenant": {get: func(e *Env) string { return e.principal().Tenant }},
		"scopes": {texts: func(e *Env) []string { return e.principal().Scopes }},
		"roles":  {texts: func(e *Env) []string { return e.principal().Roles }},
	},
	"client": {
		"name":    {get: func(e *Env) string { return e.caller().Client.Name }},
		"version": {get: func(e *Env) string { return e.caller().Client.Version }},
	},
	"operation": {
		"name": {get: func(e *Env) string { return e.Operation.Name }},
		"type": {get: func(e *Env) string { return e.Operation.Type }},
		"hash": {get: func(e *Env) string { return e.Operation.Hash }},
	},
	"bff":    {"": {get: func(e *Env) string { return e.caller().Profile }}},
	"graph":  {"": {get: func(e *Env) string { return e.Graph }}},
	"header": nil, "claims": nil, "args": nil,
}

// nobody stands in where there is no caller or no principal, so that fields
// need not ask.
var (
	nobody = &caller.Caller{}
	noOne  = &caller.Principal{}
)

func (e *Env) caller() *caller.Caller {
	if e.Caller == nil {
		return nobody
	}
	return e.Caller
}

func (e *Env) principal() *caller.Principal {
	if p := e.caller().Principal; p != nil {
		return p
	}
	return noOne
}

func appendIP(dst []byte, e *Env) []byte {
	if ip := e.caller().Remote; ip.IsValid() {
		return ip.Unmap().WithZone("").AppendTo(dst)
	}
	return dst
}

// rootPath is the path of a root alone.
func rootPath(root string) path {
	p := path{text: root, root: root, kind: object}
	if f, ok := roots[root][""]; ok {
		p.kind, p.field = text, &f
	}
	return p
}

// below returns the path one step further, or what is wrong with it.
func (p path) below(s step) (path, string) {
	next := p
	next.text = p.text + s.text()
	switch {
	case p.root == "claims" || p.root == "args":
		next.kind, next.steps = value, append(slices.Clip(p.steps), s)
		return next, ""
	case p.kind == list && s.index >= 0 && len(p.steps) == 0:
		next.kind, next.steps = text, []step{s}
		return next, ""
	case p.kind != object || s.index >= 0:
		return p, p.text + " has nothing below it"
	case p.root == "header" || p.text == "request.headers":
		next.root, next.kind = "header", text
		next.header = textproto.CanonicalMIMEHeaderKey(s.name)
		return next, ""
	case p.text == "request" && s.name == "headers":
		return next, ""
	}
	f, ok := roots[p.root][s.name]
	if !ok {
		return p, next.text + " is unknown; " + p.root + " has " + strings.Join(p.names(), ", ")
	}
	next.kind, next.field = text, &f
	if f.texts != nil {
		next.kind = list
	}
	return next, ""
}

// names are what a path of kind object has below it, where that is fixed.
func (p path) names() []string {
	var names []string
	for name := range roots[p.root] {
		names = append(names, name)
	}
	if p.root == "request" {
		names = append(names, "headers")
	}
	slices.Sort(names)
	return names
}

func (p path) example() string {
	if names := p.names(); len(names) > 0 && p.text == p.root {
		return names[0]
	}
	return "x"
}

func (p *path) isIP() bool { return p.field != nil && p.field.ip }

// append appends a path's value as text; false is nil.
func (p *path) append(dst []byte, e *Env) ([]byte, bool) {
	switch {
	case p.isIP():
		n := len(dst)
		dst = appendIP(dst, e)
		return dst, len(dst) > n
	case p.kind == list:
		texts := p.field.texts(e)
		for i, t := range texts {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, t...)
		}
		return dst, len(texts) > 0
	case p.kind == text:
		t := p.get(e)
		return append(dst, t...), t != ""
	}
	raw := p.raw(e)
	if jsonscan.Null(raw) {
		return dst, false
	}
	if raw[0] == '"' {
		return jsonscan.AppendText(dst, raw)
	}
	return append(dst, raw...), true
}

// get returns the value of a path of kind text, "" for nil.
func (p *path) get(e *Env) string {
	switch {
	case p.header != "":
		if values := e.caller().Header[p.header]; len(values) > 0 {
			return values[0]
		}
		return ""
	case p.field.texts != nil:
		if texts := p.field.texts(e); p.steps[0].index < len(texts) {
			return texts[p.steps[0].index]
		}
		return ""
	case p.field.ip:
		return string(appendIP(nil, e))
	}
	return p.field.get(e)
}

// raw returns the JSON at a path into claims or args, nil if there is none.
func (p *path) raw(e *Env) []byte {
	steps, raw := p.steps, e.principal().Claims
	if p.root == "args" {
		raw, steps = e.Args[steps[0].name], steps[1:]
	}
	raw = raw[jsonscan.Space(raw, 0):]
	for _, s := range steps {
		switch {
		case len(raw) == 0:
			return nil
		case s.index >= 0:
			raw = item(raw, s.index)
		case raw[0] == '{':
			raw = jsonscan.Member(raw, s.name)
		default:
			return nil
		}
	}
	return raw
}

// item returns the item of a list, nil if it is none or too short.
func item(raw []byte, index int) []byte {
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var found []byte
	jsonscan.Each(raw, func(_, v []byte) bool {
		if index == 0 {
			found = v
		}
		index--
		return found == nil
	})
	return found
}
