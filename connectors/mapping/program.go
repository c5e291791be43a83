package mapping

import "sync"

// Program is a mapping made ready for one use.
type Program struct {
	root  *selection
	out   *Output
	reads *Reads
	fast  *fastValue // nil: the general evaluator runs it
	runs  sync.Pool  // of *fastRun
	evals sync.Pool  // of *evaluation
}

// Compile makes the program that evaluates what out wants of the mapping, or
// the mapping's whole value as it is if out is nil. Of a wanted object every
// field is written, as null if the mapping has no value for it. out belongs to
// the program.
func (m *Mapping) Compile(out *Output) *Program {
	root := m.root
	if out != nil {
		root = prune(m.root, out)
	}
	return &Program{root: root, out: out, reads: readsOf(root, out), fast: fastProgram(root, out)}
}

// Reads is what the program looks at of an input.
func (p *Program) Reads() *Reads { return p.reads }

// Append evaluates the program for one JSON value and appends the result to dst.
// ok is false, and dst as it was, if there is no result: that is not null. What
// went wrong on the way is in problems, which may be nil.
//
// An input that is not JSON, or nested deeper than 512, has no result and is one
// problem, as is an evaluation that passes a limit. The result is valid JSON
// whatever the input: invalid UTF-8 and halves of surrogate pairs become
// U+FFFD. Of members of an object with the same key the last counts; an object
// that the mapping takes whole keeps them as they are. Numbers keep their text.
func (p *Program) Append(dst, input []byte, vars Vars, problems *Problems) (out []byte, ok bool) {
	text, err := CheckJSON(input)
	if err != nil {
		problems.add(note{message: err.Error()})
		return dst, false
	}
	return p.AppendChecked(dst, text, vars, problems)
}

// AppendChecked is Append for text that [CheckJSON] returned, for those who
// evaluate several programs over one input. Other text may panic.
func (p *Program) AppendChecked(dst, input []byte, vars Vars, problems *Problems) (out []byte, ok bool) {
	if p.fast != nil {
		if result, found, ok := p.quick(dst, input, vars, problems); ok {
			return result, found
		}
	}
	return p.general(dst, input, vars, problems)
}

// quick runs the fast path. ok is false, and all as before, if it does not get
// through.
func (p *Program) quick(dst, input []byte, vars Vars, problems *Problems) (out []byte, found, ok bool) {
	r, _ := p.runs.Get().(*fastRun)
	if r == nil {
		r = &fastRun{}
	}
	r.b, r.dst, r.start, r.nodes, r.silent = input, dst, len(dst), maxNodes, problems == nil
	r.spans, r.in, r.out = r.spans[:0], r.in[:0], r.out[:0]
	r.set(vars)
	found, ok = r.run(p.fast)
	if out = r.dst; !found || !ok {
		out = dst
	}
	if ok {
		problems.take(&r.problems)
	} else {
		r.problems.Reset()
	}
	r.b, r.dst, r.vars = nil, nil, nil
	clear(r.text)
	p.runs.Put(r)
	return out, found, ok
}

// general runs the evaluator that can do everything.
func (p *Program) general(dst, input []byte, vars Vars, problems *Problems) ([]byte, bool) {
	e, _ := p.evals.Get().(*evaluation)
	if e == nil {
		e = &evaluation{}
	}
	e.begin(vars, problems)
	v := e.root(p.root, rawValue(input))
	w := writer{evaluation: e, dst: dst, limit: len(dst) + maxBytes}
	if v.kind != kindAbsent {
		w.typed(v, p.out, p.out.lists(), nil)
	}
	over := e.over
	e.end()
	p.evals.Put(e)
	if over != "" {
		problems.add(note{message: over})
		return dst, false
	}
	return w.dst, v.kind != kindAbsent
}
