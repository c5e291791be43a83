package traffic

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// scripted is a source that answers by a func. follow makes its pendings such
// that can be followed, start its calls such that can be started.
type scripted struct {
	start, follow bool
	answer        func(ctx context.Context, n int, res *subgraphs.Response) error

	mu    sync.Mutex
	asked int
}

func (s *scripted) Prepare(*subgraphs.Spec) (subgraphs.Call, error) {
	if s.start {
		return &scriptedStarter{scriptedCall{s}}, nil
	}
	return &scriptedCall{s}, nil
}

func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

type scriptedCall struct{ source *scripted }

func (c *scriptedCall) Fetch(ctx context.Context, _ *subgraphs.Request, res *subgraphs.Response) error {
	c.source.mu.Lock()
	n := c.source.asked
	c.source.asked++
	c.source.mu.Unlock()
	return c.source.answer(ctx, n, res)
}

type scriptedStarter struct{ scriptedCall }

func (c *scriptedStarter) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &scriptedPending{call: c, ctx: ctx, cancel: cancel, req: req}
	if c.source.follow {
		return &followedPending{scriptedPending: p}, nil
	}
	return p, nil
}

type scriptedPending struct {
	call   *scriptedStarter
	ctx    context.Context
	cancel context.CancelFunc
	req    *subgraphs.Request
}

func (p *scriptedPending) Finish(res *subgraphs.Response) error {
	defer p.cancel()
	return p.call.Fetch(p.ctx, p.req, res)
}

func (p *scriptedPending) Interrupt() { p.cancel() }

type followedPending struct {
	*scriptedPending
	follower subgraphs.Follower
	ctx      context.Context
	ticket   uint64
}

func (p *followedPending) Follow(ctx context.Context, _ *subgraphs.Request, f subgraphs.Follower, ticket uint64) {
	p.ctx, p.follower, p.ticket = ctx, f, ticket
}

func (p *followedPending) Finish(res *subgraphs.Response) error {
	start := len(res.Body)
	err := p.scriptedPending.Finish(res)
	if !p.follower.Ended(p.ticket, res, err) {
		return err
	}
	return p.follower.Repeat(p.ctx, p.req, res, start, err)
}

// The ways a source can be asked.
var ways = []struct {
	name          string
	start, follow bool
}{{"fetch", false, false}, {"start", true, false}, {"follow", true, true}}

// prepare decorates a source and prepares one call.
func prepare(t testing.TB, traffic *Traffic, source subgraphs.Source, kind plan.Kind) subgraphs.Call {
	t.Helper()
	call, err := traffic.Decorate(source).Prepare(&subgraphs.Spec{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// ask asks as the executor does: ahead if the call can.
func ask(ctx context.Context, call subgraphs.Call, req *subgraphs.Request, res *subgraphs.Response) error {
	starter, ok := call.(subgraphs.Starter)
	if !ok {
		return call.Fetch(ctx, req, res)
	}
	p, err := starter.Start(ctx, req)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, p.Interrupt)()
	return p.Finish(res)
}

// The failures of a transport.
func refused() error {
	return &fault.Error{Code: fault.SubrequestHTTPError, Cause: &net.OpError{Op: "dial", Err: io.ErrNoProgress}}
}

func reset() error { return &fault.Error{Code: fault.SubrequestHTTPError, Cause: io.EOF} }

func timeout() error {
	return &fault.Error{Code: fault.GatewayTimeout, Cause: context.DeadlineExceeded}
}

func cancelled() error {
	return &fault.Error{Code: fault.SubrequestHTTPError, Cause: context.Canceled}
}

// status is an answer with an HTTP status whose body is none of GraphQL.
func status(res *subgraphs.Response, n int) error {
	res.Status = n
	return &fault.Error{Code: fault.SubrequestHTTPError}
}

func good(res *subgraphs.Response) error {
	res.Status = 200
	res.Body = append(res.Body, `{"data":{}}`...)
	return nil
}

func noWait() Retry { return Retry{Attempts: 2, Pause: time.Nanosecond} }
