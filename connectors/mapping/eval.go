package mapping

import (
	"bytes"
	"fmt"
)

// evaluation is one run of the general evaluator.
type evaluation struct {
	variables
	problems *Problems
	notes    []note // problems inside a chain, which may be dropped
	chains   int    // chains around what is evaluated
	steps    int    // visits of values left
	made     int    // bytes that methods may still make
	nodes    int    // that may still be written
	over     string // the limit that was passed
	trails   []trail
}

// scope is what names mean at one place of a mapping.
type scope struct {
	dollar value
	trail  *trail // of dollar
	locals *local
}

// local is a variable that ->as bound.
type local struct {
	name string
	val  value
	next *local
}

// begin makes e ready, which may have run before.
func (e *evaluation) begin(vars Vars, problems *Problems) {
	e.set(vars)
	e.problems, e.notes, e.trails = problems, e.notes[:0], e.trails[:0]
	e.chains, e.steps, e.made, e.nodes, e.over = 0, maxSteps, maxMade, maxNodes, ""
}

// end lets go of what belongs to others.
func (e *evaluation) end() {
	clear(e.text)
	clear(e.trails)
	clear(e.notes)
	e.vars, e.problems = nil, nil
}

// spend takes n of the steps; when they are used up everything is absent.
func (e *evaluation) spend(n int) bool {
	e.steps -= n
	if e.steps < 0 && e.over == "" {
		e.over = "the mapping takes too many steps"
	}
	return e.over == ""
}

// produce takes n of the bytes that methods may make.
func (e *evaluation) produce(n int) bool {
	e.made -= n
	if e.made < 0 && e.over == "" {
		e.over = "the mapping makes more than 64 MiB of text"
	}
	return e.over == ""
}

// newTrail makes a trail, or none if nobody wants the problems.
func (e *evaluation) newTrail(t trail) *trail {
	if e.problems == nil {
		return nil
	}
	if len(e.trails) == cap(e.trails) {
		e.trails = make([]trail, 0, max(8, min(2*cap(e.trails), 1024)))
	}
	e.trails = append(e.trails, t)
	return &e.trails[len(e.trails)-1]
}

func (e *evaluation) key(t *trail, key string) *trail {
	return e.newTrail(trail{parent: t, key: key, keyed: true})
}

func (e *evaluation) index(t *trail, i int) *trail {
	return e.newTrail(trail{parent: t, index: i})
}

// problem reports something that happened at a trail.
func (e *evaluation) problem(t *trail, off int, format string, args ...any) {
	switch {
	case e.problems.full():
	case len(e.notes) >= maxProblems:
		e.problems.more++
	case e.chains > 0:
		e.notes = append(e.notes, note{fmt.Sprintf(format, args...), t, off})
	default:
		e.problems.add(note{fmt.Sprintf(format, args...), t, off})
	}
}

// root evaluates a whole mapping.
func (e *evaluation) root(s *selection, input value) value {
	sc := scope{dollar: input}
	if s.whole != nil {
		return e.path(s.whole, input, nil, &sc)
	}
	return e.selection(s, input, nil, &sc)
}

// selection applies a selection to a value that the trail leads to.
func (e *evaluation) selection(s *selection, v value, t *trail, sc *scope) value {
	if !e.spend(1) {
		return absent
	}
	v = v.open()
	if v.kind == kindList {
		list := value{kind: kindList, kids: make([]member, len(v.kids))}
		for i := range v.kids {
			list.kids[i].val = orNull(e.selection(s, v.kids[i].val, e.index(t, i), sc))
		}
		return list
	}
	inner := scope{dollar: v, trail: t, locals: sc.locals}
	out := value{kind: kindObject, kids: make([]member, 0, len(s.items))}
	for _, it := range s.items {
		got := e.item(it, v, t, &inner)
		if it.naming == named && got.kind != kindAbsent {
			// The usual case of a merge: a key that is not there yet.
			if out.kind == kindObject && e.spend(1+len(out.kids)/8) && !has(out.kids, it.bytes) {
				out.kids = append(out.kids, member{key: it.bytes, val: got})
				continue
			}
			got = value{kind: kindObject, kids: []member{{key: it.bytes, val: got}}}
		}
		out = e.merge(out, got, t, s.off)
	}
	if v.kind != kindObject && out.kind == kindObject && len(out.kids) == 0 && !s.produces && !e.produces(s, v, t, &inner) {
		return v
	}
	return out
}

// produces says whether a pruned item would have had a value. Its problems are
// nobody's.
func (e *evaluation) produces(s *selection, v value, t *trail, sc *scope) bool {
	problems := e.problems
	e.problems = nil
	defer func() { e.problems = problems }()
	for _, it := range s.unwanted {
		got := e.item(it, v, t, sc)
		if got.kind != kindAbsent && (it.naming == named || got.kind != kindObject || len(got.open().kids) > 0) {
			return true
		}
	}
	return false
}

func has(kids []member, key []byte) bool {
	for i := range kids {
		if bytes.Equal(kids[i].key, key) {
			return true
		}
	}
	return false
}

// item evaluates one item: to the value of its key, or to what is merged.
func (e *evaluation) item(it *item, v value, t *trail, sc *scope) value {
	got := e.path(it.path, v, t, sc)
	if it.naming != spread {
		return got
	}
	switch got.kind {
	case kindObject, kindNull:
		return got
	case kindAbsent:
		e.problem(t, it.off, "nothing to spread")
	default:
		e.problem(t, it.off, "cannot spread %s, only an object or null", got.kind.typeName())
	}
	return absent
}

// path evaluates a path at a value.
func (e *evaluation) path(p *path, at value, t *trail, sc *scope) value {
	if !e.spend(1) {
		return absent
	}
	switch p.start {
	case startDollar:
		at, t = sc.dollar, sc.trail
	case startAt:
	case startExpr:
		at = e.expr(p.expr, at, t, sc)
	case startVariable:
		v, ok := e.lookup(p, sc)
		if !ok {
			e.problem(t, p.off, "%s", missingVariable(p.name))
			return absent
		}
		at, t = v, e.key(nil, p.name)
	}
	if at.kind == kindAbsent {
		return absent
	}
	return e.tail(p, at, t, sc)
}

func (e *evaluation) lookup(p *path, sc *scope) (value, bool) {
	if p.local {
		for l := sc.locals; l != nil; l = l.next {
			if l.name == p.name {
				return l.val, true
			}
		}
	}
	if text, ok := e.find(p.name); ok {
		return rawValue(text), true
	}
	return absent, false
}

func missingVariable(name string) string { return "there is no variable " + name }

// tail takes the steps of a path.
func (e *evaluation) tail(p *path, at value, t *trail, sc *scope) value {
	for i := range p.steps {
		s := &p.steps[i]
		switch s.kind {
		case stepKey:
			optional := i+1 < len(p.steps) && p.steps[i+1].kind == stepQuestion
			at = e.step(s, at, t, optional)
			t = e.key(t, s.name)
		case stepQuestion:
			if at.kind == kindNull {
				return absent
			}
		case stepMethod:
			t = e.key(t, "->"+s.name)
			if s.bind != "" {
				sc = e.bind(s, at, t, sc)
				continue
			}
			at = e.call(s, at, t, sc)
		}
		if at.kind == kindAbsent {
			return absent
		}
	}
	if p.sub != nil {
		return e.selection(p.sub, at, t, sc)
	}
	return at
}

// step takes a key of an object, or of each element of a list.
func (e *evaluation) step(s *step, v value, t *trail, optional bool) value {
	if !e.spend(1) {
		return absent
	}
	switch v.kind {
	case kindList:
		v = v.open()
		list := value{kind: kindList, kids: make([]member, len(v.kids))}
		for i := range v.kids {
			list.kids[i].val = orNull(e.step(s, v.kids[i].val, e.index(t, i), false))
		}
		return list
	case kindObject:
		if got := v.field(s.name); got.kind != kindAbsent || optional {
			return got
		}
	default:
	}
	e.problem(e.key(t, s.name), s.off, "%s", missingKey(s.name, v.kind))
	return absent
}

func missingKey(key string, of kind) string {
	return "there is no " + key + " in " + of.typeName()
}

// bind evaluates ->as: the scope of the rest of the path.
func (e *evaluation) bind(s *step, at value, t *trail, sc *scope) *scope {
	if len(s.args) > 2 {
		e.problem(t, s.off, "->as takes a variable and a value, not %d arguments", len(s.args))
	}
	for _, x := range e.vars {
		if x.Name == s.bind {
			e.problem(t, s.off, "->as cannot bind %s: it has a value already", s.bind)
			return sc
		}
	}
	bound := at
	if len(s.args) > 1 {
		bound = e.expr(s.args[1], at, t, sc)
	}
	if bound.kind == kindAbsent {
		return sc
	}
	inner := *sc
	inner.locals = &local{name: s.bind, val: bound, next: sc.locals}
	return &inner
}

// call evaluates a method.
func (e *evaluation) call(s *step, at value, t *trail, sc *scope) value {
	if s.method == nil {
		e.problem(t, s.off, "%s", unknownMethod(s.name))
		return absent
	}
	c := &call{evaluation: e, step: s, at: at, trail: t, scope: sc}
	return s.method.run(c)
}

// expr evaluates an expression with @ bound to at.
func (e *evaluation) expr(x *expr, at value, t *trail, sc *scope) value {
	if !e.spend(1) {
		return absent
	}
	switch x.kind {
	case exprLiteral:
		return x.value
	case exprObject:
		out := value{kind: kindObject, kids: make([]member, 0, len(x.props))}
		for _, m := range x.props {
			if v := e.expr(m.value, at, t, sc); v.kind != kindAbsent {
				out.kids = append(out.kids, member{key: m.bytes, val: v})
			}
		}
		return out
	case exprList:
		out := value{kind: kindList, kids: make([]member, len(x.items))}
		for i, it := range x.items {
			out.kids[i].val = orNull(e.expr(it, at, t, sc))
		}
		return out
	case exprPath:
		return e.path(x.path, at, t, sc)
	case exprNullish, exprAbsent:
		return e.chain(x, at, t, sc)
	}
	return absent
}

// chain evaluates ?? and ?!. Problems of operands that were passed over are
// dropped once a later one has a value; for ?? a null at the end is one.
func (e *evaluation) chain(x *expr, at value, t *trail, sc *scope) value {
	e.chains++
	mark, start := len(e.notes), 0
	result := absent
	for i, operand := range x.items {
		start = len(e.notes)
		result = e.expr(operand, at, t, sc)
		if result.kind > kindNull || result.kind == kindNull && (x.kind == exprAbsent || i == len(x.items)-1) {
			if result.kind == kindNull && x.kind == exprNullish {
				start = len(e.notes)
			}
			e.notes = append(e.notes[:mark], e.notes[start:]...)
			break
		}
		result = absent
	}
	if e.chains--; e.chains == 0 {
		for _, n := range e.notes {
			e.problems.add(n)
		}
		e.notes = e.notes[:0]
	}
	return result
}

func orNull(v value) value {
	if v.kind == kindAbsent {
		return nullValue
	}
	return v
}
