package mapping

import "slices"

// Mapping is a parsed mapping.
type Mapping struct {
	text    string
	root    *selection
	unknown []*Error
}

// Parse reads a mapping as the version of the specification has it. The error
// is an *Error.
func Parse(text string, v Version) (*Mapping, error) {
	if len(text) > maxLength {
		return nil, &Error{Message: "a mapping may be 64 KiB long"}
	}
	p := &parser{lexer: lexer{text: text}, version: v}
	root, err := p.content()
	if err != nil {
		return nil, err
	}
	if !p.done() {
		return nil, p.errorf("unexpected %s", p.here())
	}
	if len(root.items) == 1 {
		// A spread of one path without "..." is that path's value, too.
		if only := root.items[0]; only.naming != named && !only.dotted {
			root.whole = only.path
		}
	}
	return &Mapping{text: text, root: root, unknown: p.unknown}, nil
}

// Text is the mapping as it was written.
func (m *Mapping) Text() string { return m.text }

// Unknown returns calls that no input can satisfy: methods that do not exist.
// Evaluating them is a problem each time; whoever loads a schema should refuse
// them.
func (m *Mapping) Unknown() []*Error { return slices.Clone(m.unknown) }

// parser is a recursive descent. Its depth is limited, so that no text makes
// the parser, or what walks the tree later, recurse further.
type parser struct {
	lexer
	version Version
	depth   int
	locals  []string // variables that ->as bound before, on the path being read
	unknown []*Error
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.errorf("a mapping may nest 64 deep")
	}
	return nil
}

// content reads items up to the end or a closing brace.
func (p *parser) content() (*selection, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.space()
	s := &selection{off: p.pos}
	for !p.done() && !p.has("}") {
		it, err := p.item()
		if err != nil {
			return nil, err
		}
		it.bytes = []byte(it.key)
		s.items = append(s.items, it)
	}
	for _, it := range s.items {
		if it.naming == anonymous && (len(s.items) > 1 || p.version < V3 && p.depth > 1) {
			return nil, &Error{Offset: it.off, Message: "a path of several steps needs a name before it (name: path) or braces after it"}
		}
	}
	return s, nil
}

// braces reads { … }, which the text goes on with.
func (p *parser) braces() (*selection, error) {
	p.take("{")
	off := p.pos - 1
	s, err := p.content()
	if err != nil {
		return nil, err
	}
	if !p.take("}") {
		return nil, p.errorf("want } or a field, found %s", p.here())
	}
	s.off = off
	return s, nil
}

func (p *parser) item() (*item, error) {
	p.space()
	it := &item{off: p.pos}
	if p.take("...") {
		if p.version < V4 {
			return nil, &Error{Offset: it.off, Message: "... is of version 0.4"}
		}
		it.naming, it.dotted = spread, true
		var err error
		it.path, err = p.path(false)
		return it, err
	}
	alias, ok, err := p.alias()
	if err != nil {
		return nil, err
	}
	if !ok {
		return p.unaliased(it)
	}
	it.key = alias
	if p.has("{") {
		it.path = &path{start: startDollar, name: "$", off: p.pos}
		it.path.sub, err = p.braces()
		return it, err
	}
	it.path, err = p.path(false)
	return it, err
}

func (p *parser) unaliased(it *item) (_ *item, err error) {
	if it.path, err = p.path(false); err != nil {
		return nil, err
	}
	key, single := it.path.singleKey()
	switch {
	case single:
		it.key = key
	case it.path.sub != nil:
		it.naming = spread
	default:
		it.naming = anonymous
	}
	return it, nil
}

// alias reads "key:".
func (p *parser) alias() (string, bool, error) {
	from := p.pos
	key, ok, err := p.key()
	if err != nil || !ok {
		return "", false, err
	}
	if !p.take(":") {
		p.pos = from
		return "", false, nil
	}
	return key, true, nil
}

// path reads a path. In an expression of versions before 0.3, one key alone is
// not a path.
func (p *parser) path(inExpr bool) (*path, error) {
	p.space()
	locals := len(p.locals)
	defer func() { p.locals = p.locals[:locals] }()
	t := &path{off: p.pos}
	bare, err := p.start(t)
	if err != nil {
		return nil, err
	}
	if err := p.tail(t); err != nil {
		return nil, err
	}
	if inExpr && bare && p.version < V3 && len(t.steps) == 1 {
		return nil, &Error{Offset: t.off, Message: "a single key in an expression is written $." + t.steps[0].name}
	}
	return t, nil
}

// start reads what a path begins with. bare says that it is a key.
func (p *parser) start(t *path) (bare bool, err error) {
	switch {
	case p.take("$("):
		t.start = startExpr
		if t.expr, err = p.expr(); err != nil {
			return false, err
		}
		if !p.take(")") {
			return false, p.errorf("want ), found %s", p.here())
		}
	case p.take("$"):
		t.name = "$" + p.ident()
		if t.name != "$" {
			t.start = startVariable
			t.local = slices.Contains(p.locals, t.name)
		}
	case p.take("@"):
		t.start = startAt
	case p.has("."):
		return false, p.errorf("a path does not begin with a dot; write $.key")
	default:
		off := p.pos
		key, ok, err := p.key()
		if err != nil {
			return false, err
		}
		if !ok {
			return false, p.errorf("want a field, $, @ or $( ), found %s", p.here())
		}
		t.steps = append(t.steps, step{kind: stepKey, name: key, off: off})
		return true, nil
	}
	return false, nil
}

// tail reads the steps of a path and its braces.
func (p *parser) tail(t *path) error {
	for {
		switch {
		case p.has("??") || p.has("?!"):
			return nil
		case p.version >= V3 && p.has("?"):
			if n := len(t.steps); n > 0 && t.steps[n-1].kind == stepQuestion {
				return p.errorf("? twice")
			}
			t.steps = append(t.steps, step{kind: stepQuestion, off: p.pos})
			p.take("?")
		case p.has("..."):
			return nil
		case p.take("."):
			p.space()
			off := p.pos
			key, ok, err := p.key()
			if err != nil {
				return err
			}
			if !ok {
				return p.errorf("want a key after the dot, found %s", p.here())
			}
			t.steps = append(t.steps, step{kind: stepKey, name: key, off: off})
		case p.take("->"):
			if err := p.method(t); err != nil {
				return err
			}
		case p.has("{"):
			var err error
			t.sub, err = p.braces()
			return err
		default:
			return nil
		}
	}
}

// method reads what follows an arrow.
func (p *parser) method(t *path) error {
	p.space()
	s := step{kind: stepMethod, off: p.pos}
	if s.name = p.ident(); s.name == "" {
		return p.errorf("want the name of a method after ->, found %s", p.here())
	}
	s.method = methods[s.name]
	if s.method == nil {
		p.unknown = append(p.unknown, &Error{Offset: s.off, Message: unknownMethod(s.name)})
	}
	if p.take("(") {
		s.called = true
		var err error
		if s.args, err = p.list(")"); err != nil {
			return err
		}
	}
	if s.name == "as" && len(s.args) > 0 {
		if first := s.args[0]; first.kind == exprPath && first.path.start == startVariable && len(first.path.steps) == 0 && first.path.sub == nil {
			s.bind = first.path.name
			first.path.local = true
			p.locals = append(p.locals, s.bind)
		}
	}
	t.steps = append(t.steps, s)
	return nil
}
