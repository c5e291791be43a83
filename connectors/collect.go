package connectors

import (
	"context"
	"slices"
	"strings"

	"github.com/weftql/weft/connectors/batch"
	"github.com/weftql/weft/subgraphs"
)

// Looking up in company. The keys of a fetch are known when it starts, so they
// need nobody to go in one request. But parts of an operation may ask for
// objects another part has, and, where a source allows it, operations may ask
// together.

// answer makes the outcomes of the run's keys, with requests or without.
func (r *run) answer(l *lookup) {
	n := r.keys.Len()
	together := n > 0 && l.coalescer != nil && l.coalescer.Busy(n)
	if n == 0 || !r.scoped && !together {
		r.ask(l)
		return
	}
	r.makeItems()
	load := r.load(l, together)
	if !r.scoped {
		r.take(l, load(r.ctx, r.items))
		return
	}
	c := r.scope.collector(r.question(l))
	r.refs = c.WantAll(r.items, r.refs[:0])
	if c.Dispatch(r.ctx, load); r.used > 0 {
		return // it was this run that asked, for its own keys and no others
	}
	results := make([]batch.Result[[]outcome], n)
	for k, ref := range r.refs {
		results[k].Value, results[k].Err = ref.Get(r.ctx)
	}
	r.take(l, results)
}

// makeItems makes items of the run's keys.
func (r *run) makeItems() {
	r.texts = r.keys.Texts(r.texts[:0])
	from := r.objects[0].from
	all := string(r.arena[from:r.objects[len(r.objects)-1].to])
	for k, o := range r.objects {
		r.items = append(r.items, batch.Item{Key: r.texts[k], Value: all[o.from-from : o.to-from]})
	}
}

// question is what of a look-up, beside its keys, decides about its answer in
// one operation.
func (r *run) question(l *lookup) string {
	if l.target != nil {
		return l.signature
	}
	size := len(l.signature)
	for _, v := range r.req.Values {
		size += len(v) + 1
	}
	var q strings.Builder
	q.Grow(size)
	q.WriteString(l.signature)
	for _, v := range r.req.Values {
		q.WriteByte(0) // no JSON has one
		q.Write(v)
	}
	return q.String()
}

// signature is the text that follows the operation's name and variables. It
// names variables, whose values stand by their order.
func (p *prepared) signature(c *connector) string {
	text := p.in.Operation
	if at := strings.IndexByte(text, '{'); at > 0 {
		text = text[at:]
	}
	return c.spec.ID + "\x00" + strings.Join(p.in.Variables, ",") + "\x00" + text
}

func (s *scope) collector(question string) *batch.Collector[[]outcome] {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.lookups[question]
	if c == nil {
		if s.lookups == nil {
			s.lookups = map[string]*batch.Collector[[]outcome]{}
		}
		c = batch.NewCollector[[]outcome]()
		s.lookups[question] = c
	}
	return c
}

// take makes outcomes of results. One with an error, which is not that of a
// backend but of waiting for it, fails all members of its object.
func (r *run) take(l *lookup, results []batch.Result[[]outcome]) {
	width := r.width(l)
	r.outcomes = r.outcomes[:0]
	for k := range results {
		if results[k].Err == nil && len(results[k].Value) == width {
			r.outcomes = append(r.outcomes, results[k].Value...)
			continue
		}
		failure := failureOf(results[k].Err, l.connector)
		for range width {
			r.outcomes = append(r.outcomes, outcome{failure: failure})
		}
	}
}

// failureOf makes the members of an error of what is no backend's failure.
func failureOf(err error, c *connector) []byte {
	known := describe(err)
	e := failure{code: string(known.Code), message: known.Message}
	return e.append(nil, c)
}

// load returns how items are asked for: at once, or together with those of
// other operations.
func (r *run) load(l *lookup, together bool) batch.Load[[]outcome] {
	s, req := r.source, r.req
	if !together {
		return func(ctx context.Context, items []batch.Item) []batch.Result[[]outcome] {
			if slices.Equal(items, r.items) { // nobody else wants anything
				r.ask(l)
				return r.results(len(items))
			}
			return s.lookUp(ctx, req, l, items)
		}
	}
	return func(ctx context.Context, items []batch.Item) []batch.Result[[]outcome] {
		if !r.scope.count(l.connector.source) {
			return tooMany(l.connector.source, len(items))
		}
		if !req.Deadline.IsZero() {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, req.Deadline)
			defer cancel()
		}
		kept := detach(req)
		return l.coalescer.Do(ctx, r.partition(l), items, func(ctx context.Context, items []batch.Item) []batch.Result[[]outcome] {
			return s.lookUp(ctx, kept, l, items)
		})
	}
}

func tooMany(b *backendSource, n int) []batch.Result[[]outcome] {
	results := make([]batch.Result[[]outcome], n)
	for i := range results {
		results[i].Err = b.tooMany()
	}
	return results
}

// detach copies what a batch needs of a request that may end before it.
func detach(req *subgraphs.Request) *subgraphs.Request {
	return &subgraphs.Request{Header: slices.Clone(req.Header), Caller: batch.Detach(req.Caller)}
}

// lookUp asks for items with a run of its own.
func (s *source) lookUp(ctx context.Context, req *subgraphs.Request, l *lookup, items []batch.Item) []batch.Result[[]outcome] {
	r := s.newRun(ctx, req)
	defer r.release()
	r.keys.Reset(len(items))
	for i := range items {
		r.keys.Add(append(r.key[:0], items[i].Key...))
		from := len(r.arena)
		r.arena = append(r.arena, items[i].Value...)
		r.objects = append(r.objects, span{from, len(r.arena)})
		r.places = append(r.places, i)
	}
	r.ask(l)
	return r.results(len(items))
}

// results copies the outcomes out of the run's memory.
func (r *run) results(n int) []batch.Result[[]outcome] {
	size := 0
	for i := range r.outcomes {
		size += len(r.outcomes[i].value) + len(r.outcomes[i].failure)
	}
	text := make([]byte, 0, size)
	keep := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		from := len(text)
		text = append(text, b...)
		return text[from:len(text):len(text)]
	}
	outcomes := slices.Clone(r.outcomes)
	for i := range outcomes {
		o := &outcomes[i]
		if i > 0 && sameMemory(o.failure, r.outcomes[i-1].failure) {
			o.failure = outcomes[i-1].failure // of one request
			continue
		}
		o.value, o.failure = keep(o.value), keep(o.failure)
	}
	results := make([]batch.Result[[]outcome], n)
	width := len(outcomes) / max(n, 1)
	for k := range results {
		results[k].Value = outcomes[k*width : (k+1)*width]
	}
	return results
}

func sameMemory(a, b []byte) bool { return len(a) > 0 && len(b) > 0 && &a[0] == &b[0] }

// partition is what a coalesced request, and reading its answer, rest on beside
// the keys: every header and variable it reads, and who asks.
func (r *run) partition(l *lookup) batch.Partition {
	c := l.connector
	p := batch.NewPartitioner()
	p.AddText(l.signature)
	p.AddHeaders(r.req.Header)
	who := r.caller()
	for _, name := range c.needs.from {
		values := who.Header.Values(name)
		p.Count(len(values))
		for _, v := range values {
			p.AddText(v)
		}
	}
	for _, v := range r.common(nil, c) {
		p.AddText(v.Name)
		p.Add(v.JSON)
	}
	p.AddPrincipal(who)
	return p.Sum()
}
