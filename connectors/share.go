package connectors

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/weftql/weft/connectors/batch"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
)

// scope is what the fetches of one operation have in common. Its zero value is
// ready; without [WithScope] every fetch has one of its own.
type scope struct {
	mu sync.Mutex // guards all below
	// flights are requests by identity, under way or done. They are kept as long
	// as the scope, but not more than maxScope of them: an operation sees one
	// state of a backend, as far as that costs no more memory than it is worth.
	flights  map[string]*flight
	kept     int // memory of the flights that are done
	requests map[*backendSource]int
	// lookups are what was looked up, by what was asked.
	lookups map[string]*batch.Collector[[]outcome]

	writes bool   // of a mutation: it only counts
	counts *scope // counts instead; nil is this one
}

// flight is a request others may want the answer of. done is closed when answer
// and err are there.
type flight struct {
	done   chan struct{}
	answer Answer
	err    error
	// cancelled: whoever asked gave up, which says nothing about the request.
	cancelled bool
}

type scopeKey struct{}

// WithScope returns a context for the fetches of a query, or of one event of a
// subscription: requests that are equal (same method, address, headers and body)
// are sent once, and the limit on requests counts all of them. Answers are kept as
// long as the context.
func WithScope(ctx context.Context) context.Context {
	return context.WithValue(ctx, scopeKey{}, &scope{})
}

// WithMutationScope is WithScope for a mutation. Its fields are executed one after
// the other, in whatever subgraph, so that what is read for one of them must not
// be what was read before it: nothing is kept from fetch to fetch, and only the
// limit is the operation's.
func WithMutationScope(ctx context.Context) context.Context {
	return context.WithValue(ctx, scopeKey{}, &scope{writes: true})
}

func scopeOf(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

// count counts a request; false means that there were too many before.
func (s *scope) count(b *backendSource) bool {
	if s.counts != nil {
		s = s.counts
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests[b] >= b.config.MaxRequests {
		return false
	}
	if s.requests == nil {
		s.requests = map[*backendSource]int{}
	}
	s.requests[b]++
	return true
}

// share answers from an equal request, or sends it for others too. done is
// false for a request that must not be shared.
func (j *job) share(backend Identifier) (done bool, err error) {
	id, ok := backend.Identity(append(j.key[:0], j.target.identity...), &j.in)
	j.key = id
	if !ok {
		return false, nil
	}
	for {
		f, mine := j.run.scope.join(id)
		if mine {
			j.lead(f, string(id))
		} else {
			select {
			case <-f.done:
			case <-j.run.ctx.Done():
				return true, j.run.ctx.Err()
			}
		}
		if !mine && f.cancelled && j.run.ctx.Err() == nil {
			continue
		}
		if f.err == nil {
			j.take(&f.answer)
		}
		return true, f.err
	}
}

// join returns the flight of an identity; mine means that it has to be flown.
func (s *scope) join(id []byte) (f *flight, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f = s.flights[string(id)]; f != nil {
		return f, false
	}
	if s.flights == nil {
		s.flights = map[string]*flight{}
	}
	f = &flight{done: make(chan struct{})}
	s.flights[string(id)] = f
	return f, true
}

// lead does the request of a flight. Its answer outlives the run. A cancelled
// request is nobody else's.
func (j *job) lead(f *flight, id string) {
	defer close(f.done) // behind landed
	defer func() {
		if p := recover(); p != nil {
			f.err = panicked(p)
		}
		f.cancelled = f.err != nil && j.run.ctx.Err() != nil
		j.run.scope.landed(id, f)
	}()
	f.err = j.send(&f.answer)
}

// panicked is the error of a bug.
func panicked(p any) error {
	return &fault.Error{Code: fault.InternalServerError, Message: "internal server error", Cause: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
}

func isCancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// maxScope is how much of answers a scope keeps for requests that are equal to
// those that are done. Chosen: the largest answer a REST source may give by
// default; those who wait for a request under way get its answer in any case.
const maxScope = 8 << 20

// landed keeps a flight that is done, unless it was cancelled or too much is kept
// already.
func (s *scope) landed(id string, f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if size := cap(f.answer.Body) + len(id); f.cancelled || s.kept+size > maxScope {
		delete(s.flights, id)
	} else {
		s.kept += size
	}
}

// take makes a shared answer the job's, which only reads it.
func (j *job) take(a *Answer) { j.answer, j.shared = *a, true }

// identify returns what makes answers differ although the requests are equal:
// other sources are other backends, a gRPC answer holds only what is read, and
// what nobody reads may be anything.
func (t *target) identify(subgraph string, reads *mapping.Reads) string {
	id := append(append([]byte(subgraph), 0), t.connector.source.name...)
	id = append(id, 0)
	switch {
	case t.connector.spec.GRPC != nil:
		id = appendReads(append(append(id, t.connector.spec.GRPC.Method...), 0), reads)
	case !reads.All && len(reads.Fields) == 0:
		id = append(id, '-')
	}
	return string(append(id, 0))
}
