package traffic

import (
	"context"
	"sync"

	"github.com/weftql/weft/subgraphs"
)

// call is a prepared fetch that is guarded.
type call struct {
	subgraphs.Call
	traffic *Traffic
	repeats bool // a query, and retries are on
}

var (
	_ subgraphs.Call     = (*call)(nil)
	_ subgraphs.Follower = (*call)(nil)
)

// Fetch is as of the call within. It returns SUBGRAPH_CIRCUIT_OPEN without
// asking while the subgraph fails.
func (c *call) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	ticket, err := c.enter()
	if err != nil {
		return err
	}
	start := len(res.Body)
	if err = c.try(ctx, ticket, req, res); !c.again(res, err) {
		return err
	}
	return c.Repeat(ctx, req, res, start, err)
}

// enter asks whether the first attempt may be sent, and counts it.
func (c *call) enter() (ticket uint64, err error) {
	t := c.traffic
	if t.breaker != nil {
		var ok bool
		if ticket, ok = t.breaker.admit(); !ok {
			if t.options.Trace.Refused != nil {
				t.options.Trace.Refused()
			}
			return 0, t.refusal
		}
	}
	if c.repeats {
		t.budget.earn()
	}
	return ticket, nil
}

// try makes one attempt that was admitted, and tells the breaker. A panic must
// not keep the place of a probe.
func (c *call) try(ctx context.Context, ticket uint64, req *subgraphs.Request, res *subgraphs.Response) error {
	told := false
	defer func() {
		if !told {
			c.traffic.record(ticket, neither)
		}
	}()
	err := c.Call.Fetch(ctx, req, res)
	told = true
	c.traffic.record(ticket, c.traffic.judge(res, err))
	return err
}

// record tells the breaker how an attempt went.
func (t *Traffic) record(ticket uint64, how outcome) {
	if t.breaker != nil {
		t.breaker.record(ticket, how)
	}
}

// startedCall is a call that can be started.
type startedCall struct {
	*call
	starter subgraphs.Starter
}

var _ subgraphs.Starter = (*startedCall)(nil)

// Start sends the first attempt. What comes of it is seen in Finish, which also
// makes the further ones.
func (c *startedCall) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	ticket, err := c.enter()
	if err != nil {
		return nil, err
	}
	inner, err := c.starter.Start(ctx, req)
	if err != nil {
		c.traffic.record(ticket, c.traffic.judge(&subgraphs.Response{}, err))
		return nil, err
	}
	if followed, ok := inner.(subgraphs.Followed); ok {
		followed.Follow(ctx, req, c.call, ticket)
		return inner, nil
	}
	return &pending{Pending: inner, call: c.call, ctx: ctx, req: req, ticket: ticket}, nil
}

// Ended tells the breaker how a started request ended, and whether to try
// again.
func (c *call) Ended(ticket uint64, res *subgraphs.Response, err error) bool {
	c.traffic.record(ticket, c.traffic.judge(res, err))
	return c.again(res, err)
}

// again reports whether another attempt is worth it.
func (c *call) again(res *subgraphs.Response, err error) bool {
	return c.repeats && (err != nil || res.Status >= 500) && c.traffic.options.Retry.worth(res, err)
}

// pending is a started request of a source that cannot be followed.
type pending struct {
	subgraphs.Pending
	call   *call
	ctx    context.Context //nolint:containedctx // of the one request this is
	req    *subgraphs.Request
	ticket uint64

	mu          sync.Mutex
	interrupted bool
	cancel      context.CancelFunc // of the attempts after the first
}

// Finish reads the answer, or that of a further attempt.
func (p *pending) Finish(res *subgraphs.Response) error {
	start := len(res.Body)
	err := p.Pending.Finish(res)
	if !p.call.Ended(p.ticket, res, err) {
		return err
	}
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	p.mu.Lock()
	p.cancel = cancel
	if p.interrupted {
		cancel()
	}
	p.mu.Unlock()
	return p.call.Repeat(ctx, p.req, res, start, err)
}

// Interrupt makes Finish return soon.
func (p *pending) Interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.interrupted = true
	if p.cancel != nil {
		p.cancel()
		return
	}
	p.Pending.Interrupt()
}
