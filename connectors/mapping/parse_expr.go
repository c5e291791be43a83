package mapping

// expr reads an expression: one, or a chain of one operator.
func (p *parser) expr() (*expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	first, err := p.operand()
	if err != nil || p.version < V3 {
		return first, err
	}
	chain := &expr{items: []*expr{first}, off: first.off}
	for {
		kind := exprNullish
		switch {
		case p.has("??"):
		case p.has("?!"):
			kind = exprAbsent
		case len(chain.items) == 1:
			return first, nil
		default:
			return chain, nil
		}
		if len(chain.items) > 1 && chain.kind != kind {
			return nil, p.errorf("?? and ?! do not mix in one chain")
		}
		if len(chain.items) >= maxLiteral {
			return nil, p.errorf("a chain may have 10000 operands")
		}
		chain.kind = kind
		p.pos += 2
		next, err := p.operand()
		if err != nil {
			return nil, err
		}
		chain.items = append(chain.items, next)
	}
}

// operand reads a literal, with or without steps behind it, or a path.
func (p *parser) operand() (*expr, error) {
	p.space()
	off := p.pos
	literal, err := p.literal()
	if err != nil {
		return nil, err
	}
	if literal == nil {
		t, err := p.path(true)
		if err != nil {
			return nil, err
		}
		return &expr{kind: exprPath, path: t, off: off}, nil
	}
	literal.off = off
	locals := len(p.locals)
	defer func() { p.locals = p.locals[:locals] }()
	t := &path{start: startExpr, expr: literal, off: off}
	if err := p.tail(t); err != nil {
		return nil, err
	}
	if len(t.steps) == 0 && t.sub == nil {
		return literal, nil
	}
	return &expr{kind: exprPath, path: t, off: off}, nil
}

// literal reads a literal, nil if there is none.
func (p *parser) literal() (*expr, error) {
	if p.pos == len(p.text) {
		return nil, nil
	}
	switch c := p.text[p.pos]; {
	case c == '"' || c == '\'':
		s, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return &expr{value: stringValue([]byte(s))}, nil
	case c == '{':
		return p.object()
	case c == '[':
		p.take("[")
		items, err := p.list("]")
		if err != nil {
			return nil, err
		}
		return foldList(items), nil
	case c == '-' || c == '.' || isDigit(c):
		n, ok := p.number()
		if !ok {
			return nil, nil
		}
		return &expr{value: value{kind: kindNumber, raw: []byte(n)}}, nil
	case isLetter(c):
		from := p.pos
		switch p.ident() {
		case "true":
			return &expr{value: boolValue(true)}, nil
		case "false":
			return &expr{value: boolValue(false)}, nil
		case "null":
			return &expr{value: nullValue}, nil
		}
		p.pos = from
	}
	return nil, nil
}

// list reads expressions between commas, and the closing bracket.
func (p *parser) list(end string) ([]*expr, error) {
	var items []*expr
	for !p.take(end) {
		if len(items) > 0 {
			if !p.take(",") {
				return nil, p.errorf("want , or %s, found %s", end, p.here())
			}
			if p.take(end) {
				break
			}
		}
		if len(items) == maxLiteral {
			return nil, p.errorf("a list may have 10000 elements")
		}
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		items = append(items, e)
	}
	return items, nil
}

func (p *parser) object() (*expr, error) {
	p.take("{")
	var props []prop
	index := map[string]int{}
	for !p.take("}") {
		if len(props) > 0 {
			if !p.take(",") {
				return nil, p.errorf("want , or }, found %s", p.here())
			}
			if p.take("}") {
				break
			}
		}
		if len(props) == maxLiteral {
			return nil, p.errorf("an object may have 10000 members")
		}
		m, err := p.prop()
		if err != nil {
			return nil, err
		}
		m.bytes = []byte(m.key)
		// A key twice keeps its place and takes the later value.
		if i, twice := index[m.key]; twice {
			props[i] = m
			continue
		}
		index[m.key] = len(props)
		props = append(props, m)
	}
	return foldObject(props), nil
}

func (p *parser) prop() (prop, error) {
	p.space()
	m := prop{off: p.pos}
	key, ok, err := p.alias()
	if err != nil {
		return m, err
	}
	if ok {
		m.key = key
		m.value, err = p.expr()
		return m, err
	}
	if p.version < V4 {
		return m, p.errorf("want key: value, found %s", p.here())
	}
	t, err := p.path(true)
	if err != nil {
		return m, err
	}
	if m.key, ok = t.singleKey(); !ok {
		return m, &Error{Offset: m.off, Message: "a member of an object without a name is a single key"}
	}
	m.value = &expr{kind: exprPath, path: t, off: m.off}
	return m, nil
}

// foldList makes a list of literals a literal.
func foldList(items []*expr) *expr {
	v := value{kind: kindList}
	for _, it := range items {
		if it.kind != exprLiteral {
			return &expr{kind: exprList, items: items}
		}
		v.kids = append(v.kids, member{val: it.value})
	}
	// The parts stay for ->match, whose pairs are written as lists.
	return &expr{value: v, items: items}
}

// foldObject makes an object of literals a literal.
func foldObject(props []prop) *expr {
	v := value{kind: kindObject}
	for _, m := range props {
		if m.value.kind != exprLiteral {
			return &expr{kind: exprObject, props: props}
		}
		v.kids = append(v.kids, member{key: m.bytes, val: m.value.value})
	}
	return &expr{value: v, props: props}
}
