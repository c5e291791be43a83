package weft

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/stages/auth"
	"github.com/weftql/weft/subgraphs"
)

// shares are the subscriptions under way. Clients that ask for the same with
// everything that can reach the answer being the same (see shareKey) share one:
// its stream is opened once and every event is worked out once for all of them.
//
// Lock order: shares.mu, share.mu, feed.mu.
type shares struct {
	mu      sync.Mutex
	running map[shareKey]*share
	lone    uint64    // numbers subscriptions that are not shared
	newest  *Snapshot // the last one that subscriptions were held against
}

// share is one subscription run and those who get its events. It lives from
// its first subscriber to its last, or to the end of its stream.
type share struct {
	gateway  *Gateway
	key      shareKey
	snapshot *Snapshot // pinned until run returns
	program  *program
	asked    asked
	input    executor.Input
	caller   caller.Caller
	ctx      context.Context //nolint:containedctx // a share is one request, many clients'
	cancel   context.CancelCauseFunc
	patience patience     // of run
	verdict  auth.Verdict // what authorization removed, told with each event

	mu    sync.Mutex
	feeds []*feed
	ended bool        // nobody may join
	timer *time.Timer // ends it after a swap
}

// asked is what must be kept of the first subscriber's request to hold it
// against another schema.
type asked struct {
	doc       *document
	variables []byte // as they came
	choice    operation.Choice
	values    operation.Values
}

// join adds a subscriber: to a share that runs, or to one it starts. A joiner
// gets the events from now on.
func (g *Gateway) join(c *call, doc *document, p *program) *feed {
	f := &feed{place: -1, bounds: c.snapshot.options.Subscriptions.bounds(), metrics: &g.metrics.streams, wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	key := c.shareKey(doc, p)
	g.shares.mu.Lock()
	defer g.shares.mu.Unlock()
	if !p.shareable {
		g.shares.lone++
		key.lone = g.shares.lone
	}
	f.metrics.clients.Inc()
	if !c.snapshot.options.Subscriptions.KeepExpired {
		defer f.expires(c.request.Caller.Principal.Expires)
	}
	if s := g.shares.running[key]; s != nil && s.add(f) {
		return f
	}
	s := newShare(c, doc, p, key)
	s.add(f)
	g.shares.running[key] = s
	g.metrics.streams.upstreams.Inc()
	late := g.shares.newest != nil && g.shares.newest != s.snapshot
	go s.run(late) // ends with the stream, or when the last subscriber left
	return f
}

// newShare copies what it needs of the call, which ends before it.
func newShare(c *call, doc *document, p *program, key shareKey) *share {
	s := &share{gateway: c.gateway, key: key, snapshot: c.snapshot, program: p, caller: *c.request.Caller, verdict: c.verdict}
	s.snapshot.pins.Add(1) // c holds one, so it cannot have closed
	s.asked = asked{doc: doc, choice: c.choice, values: cloneValues(c.values), variables: append([]byte(nil), c.request.Variables...)}
	header := p.header
	if p.rules != nil {
		header = make([][]subgraphs.Header, len(p.rules))
		for i, list := range c.headersFor(p) {
			header[i] = append(header[i], list...)
		}
	}
	s.input = executor.Input{Values: s.asked.values, Conditions: c.choice.Conditions, Header: header, Caller: &s.caller, EventTimeout: c.snapshot.options.Timeout, Exprs: doc.operation.Exprs}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s
}

// add reports false when the share has ended.
func (s *share) add(f *feed) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	f.share, f.place = s, len(s.feeds)
	s.feeds = append(s.feeds, f)
	return true
}

// leave removes a subscriber; after the last one the stream is cancelled at
// once, however quiet it is.
func (s *share) leave(f *feed) {
	s.mu.Lock()
	if f.place >= 0 {
		s.remove(f)
	}
	last := len(s.feeds) == 0 && !s.ended
	s.ended = s.ended || last
	s.mu.Unlock()
	if last {
		s.stop()
	}
}

// remove takes f out of the list; s.mu is held.
func (s *share) remove(f *feed) {
	end := len(s.feeds) - 1
	s.feeds[f.place] = s.feeds[end]
	s.feeds[f.place].place = f.place
	s.feeds[end] = nil
	s.feeds, f.place = s.feeds[:end], -1
}

// stop makes room for another share under the key and ends run.
func (s *share) stop() {
	all := &s.gateway.shares
	all.mu.Lock()
	if all.running[s.key] == s {
		delete(all.running, s.key)
	}
	all.mu.Unlock()
	s.cancel(nil)
}

// over ends the share for all subscribers, who get what is queued, then err:
// io.EOF or faults as clients may see them.
func (s *share) over(err error) {
	s.mu.Lock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.ended = true
	for _, f := range s.feeds {
		f.place = -1
		f.end(err)
	}
	s.feeds = nil
	s.mu.Unlock()
	s.stop()
}

// run opens the stream and hands out events until it ends. late says that a
// swap may have missed the share.
func (s *share) run(late bool) {
	defer s.snapshot.unpin()
	defer s.gateway.metrics.streams.upstreams.Dec()
	defer func() {
		if r := recover(); r != nil { // a bug must not end the process
			s.over(s.shown(fault.List{{Code: fault.InternalServerError, Message: "internal server error", Cause: fmt.Errorf("panic: %v\n%s", r, debug.Stack())}}))
		}
	}()
	if late {
		s.gateway.reconsider(s)
	}
	run, err := s.open()
	if err == nil {
		// Next returns on Close even where a source does not watch its context.
		defer context.AfterFunc(s.ctx, run.Close)()
		defer run.Close()
		err = s.follow(run)
	}
	switch cause := context.Cause(s.ctx); {
	case errors.Is(cause, errDeadline):
		s.over(s.shown(fault.List{errDeadline}))
	case errors.Is(cause, context.Canceled): // nobody is left to be told, and it was no failure
		s.over(io.EOF)
	case err == io.EOF: //nolint:errorlint // a fault may be caused by one, of a connection that broke
		s.over(io.EOF)
	default:
		s.over(s.shown(asFaults(err)))
	}
}

// open subscribes, within the time an operation may take.
func (s *share) open() (*executor.Run, error) {
	late := time.AfterFunc(s.snapshot.options.Timeout, func() { s.cancel(errDeadline) })
	defer late.Stop()
	return s.program.compiled.Open(s.ctx, &s.input)
}

// follow hands out events until the stream ends; it returns why.
func (s *share) follow(run *executor.Run) error {
	for {
		result, err := run.Next(s.snapshot.connected.scoped(s.ctx, plan.Subscription)) // a scope for each event
		if err != nil {
			return err
		}
		s.program.observe(result.Fetches)
		e, err := s.event(result)
		result.Release()
		if err != nil {
			return err
		}
		s.gateway.metrics.streams.received.Inc()
		s.deliver(e)
	}
}

// event makes the answer all subscribers get, with bytes of its own.
func (s *share) event(result *executor.Result) (*event, error) {
	e := &event{delivery: server.Delivery{More: true, Gap: result.Gap}}
	if result.Body != nil {
		e.answer.Body = append([]byte(nil), result.Body...)
	} else {
		var whole wholeBody
		if _, err := result.WriteTo(&whole); err != nil {
			return nil, err
		}
		e.answer.Body = whole
	}
	e.answer.Errors = append(s.snapshot.masking.apply(nil, result.Errors), s.verdict.Errors...)
	e.answer.Extensions = s.verdict.Extensions
	e.size = len(e.answer.Body) + len(e.answer.Extensions)
	for _, f := range e.answer.Errors {
		e.size += len(f.Message) + len(f.Extensions)
	}
	return e, nil
}

// wholeBody collects an answer written in pieces.
type wholeBody []byte

// Write never fails.
func (b *wholeBody) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// deliver queues an event for every subscriber. Those whose queues a burst has
// filled have a moment to take something, once until they have caught up: a
// healthy client must not lose its subscription to a burst, and one that does
// not read delays nobody by more than that moment.
func (s *share) deliver(e *event) {
	var crowded []*feed
	s.mu.Lock()
	for i := len(s.feeds) - 1; i >= 0; i-- {
		f := s.feeds[i]
		if !f.push(e) {
			s.remove(f)
		} else if f.crowded() {
			crowded = append(crowded, f)
		}
	}
	last := len(s.feeds) == 0 && !s.ended
	s.ended = s.ended || last
	s.mu.Unlock()
	if last {
		s.stop()
	}
	s.patience.await(crowded, s.snapshot.options.Subscriptions.Patience, s.ctx.Done())
}

// shown masks what ended the subscription.
func (s *share) shown(list fault.List) error {
	if shown := s.snapshot.masking.apply(nil, list); len(shown) > 0 {
		s.gateway.log.LogAttrs(s.ctx, slog.LevelDebug, "subscription ended", slog.String("code", string(shown[0].Code)))
		return fault.List(shown)
	}
	return io.EOF
}
