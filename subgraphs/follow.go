package subgraphs

import "context"

// Follower is told how a started request ended, and may have another go at it:
// what a decorator needs that must not cost an allocation for each request, as
// a Pending around a Pending would.
type Follower interface {
	// Ended judges how the request ended; true asks for Repeat. ticket is what
	// Follow was given.
	Ended(ticket uint64, res *Response, err error) bool
	// Repeat has the last word on a request that ended with err, or with the
	// answer in res from start on. ctx ends when the request is interrupted.
	Repeat(ctx context.Context, req *Request, res *Response, start int, err error) error
}

// Followed is optional on a Pending.
type Followed interface {
	// Follow is called at most once, before Finish. ctx and req are those the
	// request was started with.
	Follow(ctx context.Context, req *Request, f Follower, ticket uint64)
}

// following is who wants to know how an exchange ends.
type following struct {
	follower Follower        // nil is nobody
	ctx      context.Context //nolint:containedctx // of one request under way
	request  *Request
	ticket   uint64
	again    context.CancelFunc // of Repeat; guarded by exchange.mu
}

var _ Followed = (*exchange)(nil)

// Follow is as of Followed.
func (x *exchange) Follow(ctx context.Context, req *Request, f Follower, ticket uint64) {
	x.following = following{follower: f, ctx: ctx, request: req, ticket: ticket}
}

// Finish reads the answer, as Fetch does, and tells the follower.
func (x *exchange) Finish(res *Response) error {
	start := len(res.Body)
	err := x.finish(context.Background(), res)
	f := &x.following
	if f.follower == nil || !f.follower.Ended(f.ticket, res, err) {
		return err
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	x.mu.Lock()
	f.again = cancel
	if x.interrupted {
		cancel()
	}
	x.mu.Unlock()
	return f.follower.Repeat(ctx, f.request, res, start, err)
}
