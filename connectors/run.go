package connectors

import (
	"context"
	"sync"
	"unsafe"

	"github.com/weftql/weft/connectors/batch"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/subgraphs"
)

// run is one fetch: the memory of its requests. Runs are pooled.
type run struct {
	source *source
	ctx    context.Context //nolint:containedctx // a run is one request
	req    *subgraphs.Request
	scope  *scope
	scoped bool   // the scope is the operation's, not only this fetch's
	arena  []byte // what variables are made of
	jobs   []*job
	used   int
	// Look-ups.
	keys    batch.Keys
	objects []span // in arena, by key: what a request gets of it
	places  []int  // by representation: its key, -1 if a part of it is null
	key     []byte
	// Look-ups that are shared.
	refs     []*batch.Ref[[]outcome]
	items    []batch.Item
	texts    []string
	outcomes []outcome // by key, and member
	status   int
}

// span is a piece of a run's arena, or of a job's output.
type span struct{ from, to int }

var runs = sync.Pool{New: func() any { return new(run) }}

// maxKept is the memory a pooled run may hold on to; maxKeptProblems is how many
// problems of a request leave theirs for those of others.
const (
	maxKept         = 1 << 20
	maxKeptProblems = 16
)

func (s *source) newRun(ctx context.Context, req *subgraphs.Request) *run {
	r, _ := runs.Get().(*run) // New makes nothing else
	r.source, r.ctx, r.req = s, ctx, req
	switch of := scopeOf(ctx); {
	case of == nil || of.writes:
		r.scope, r.scoped = &scope{counts: of}, false
	default:
		r.scope, r.scoped = of, true
	}
	return r
}

// release gives a run back. Nothing of it may be used afterwards.
func (r *run) release() {
	size := cap(r.arena) + r.keys.Size() + cap(r.outcomes)*int(unsafe.Sizeof(outcome{}))
	for _, j := range r.jobs[:r.used] {
		j.reset()
		size += j.size()
	}
	if size > maxKept {
		return
	}
	clear(r.outcomes)
	clear(r.refs)
	clear(r.items)
	clear(r.texts)
	r.source, r.ctx, r.req, r.scope = nil, nil, nil, nil
	r.arena, r.used = r.arena[:0], 0
	r.objects, r.places, r.outcomes = r.objects[:0], r.places[:0], r.outcomes[:0]
	r.refs, r.items, r.texts, r.status = r.refs[:0], r.items[:0], r.texts[:0], 0
	runs.Put(r)
}

// job takes one of the run's jobs for a request of t.
func (r *run) job(t *target) *job {
	if r.used == len(r.jobs) {
		r.jobs = append(r.jobs, &job{})
	}
	j := r.jobs[r.used]
	r.used++
	j.run, j.target, j.connector = r, t, t.connector
	j.in = Input{
		Vars: j.in.Vars[:0], Header: r.req.Outgoing(), Caller: r.req.Caller, Deadline: r.req.Deadline,
		Retry: t.connector.query, Problems: &j.problems,
	}
	return j
}

// target is what a fetch asks of a connector: the same for all its requests.
type target struct {
	connector *connector
	backend   Backend
	program   *mapping.Program
	arguments *input // nil: it has no $args of its own
	// single reads the answer of a Batch as one object.
	single *mapping.Program
	// identity is what makes bodies of this backend differ from those of other
	// backends that get equal requests.
	identity string
}

// job is one backend request and what becomes of it.
type job struct {
	run       *run
	target    *target
	connector *connector
	in        Input
	answer    Answer
	shared    bool   // answer is somebody else's too
	body      []byte // answer.Body, checked
	scratch   []byte
	// out is the mapped value, found whether there is one. The part of out that
	// was there before belongs to somebody else.
	out   []byte
	found bool
	// failure are the members of a GraphQL error, nil without one.
	failure  []byte
	failed   bool
	problems mapping.Problems
	extra    []mapping.Problem // the engine's own
	from, to int               // keys
	asked    int               // variables of the request, in a stream
	key      []byte
	coerced  []byte
}

func (j *job) reset() {
	j.run, j.target, j.connector = nil, nil, nil
	clear(j.in.Vars)
	j.in = Input{Vars: j.in.Vars[:0]}
	j.answer.reset(j.shared)
	j.body = nil
	j.scratch, j.out, j.failure = j.scratch[:0], j.out[:0], j.failure[:0]
	j.found, j.failed, j.shared = false, false, false
	j.forgetProblems()
	j.from, j.to = 0, 0
}

// forgetProblems readies their memory for others, unless there were many.
func (j *job) forgetProblems() {
	if len(j.problems.List()) > maxKeptProblems {
		j.problems = mapping.Problems{}
	}
	j.problems.Reset()
	j.extra = j.extra[:0]
}

// size is the memory a job holds on to.
func (j *job) size() int {
	return cap(j.answer.Body) + cap(j.scratch) + cap(j.out) + cap(j.failure) + cap(j.key) + cap(j.coerced)
}

// reset empties an answer for another use. The memory of a shared one is left to
// those it is shared with.
func (a *Answer) reset(shared bool) {
	if shared {
		*a = Answer{}
		return
	}
	clear(a.Headers)
	clear(a.Trailers)
	*a = Answer{Body: a.Body[:0], Headers: a.Headers[:0], Trailers: a.Trailers[:0]}
}

// add adds a variable to a job's request.
func (j *job) add(name string, json []byte) {
	j.in.Vars = append(j.in.Vars, mapping.Var{Name: name, JSON: json})
}
