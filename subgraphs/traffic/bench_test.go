package traffic

import (
	"context"
	"testing"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// ready is a source whose answers are there already, so that what is measured
// is what stands in front of it.
type ready struct{}

func (s *ready) Prepare(*subgraphs.Spec) (subgraphs.Call, error) { return &readyCall{}, nil }

type readyCall struct{ pending readyPending }

func (c *readyCall) Fetch(_ context.Context, _ *subgraphs.Request, res *subgraphs.Response) error {
	res.Status = 200
	return nil
}

func (c *readyCall) Start(context.Context, *subgraphs.Request) (subgraphs.Pending, error) {
	return &c.pending, nil
}

type readyPending struct {
	follower subgraphs.Follower
	ctx      context.Context
	request  *subgraphs.Request
	ticket   uint64
}

func (p *readyPending) Follow(ctx context.Context, req *subgraphs.Request, f subgraphs.Follower, ticket uint64) {
	p.ctx, p.request, p.follower, p.ticket = ctx, req, f, ticket
}

func (p *readyPending) Finish(res *subgraphs.Response) error {
	res.Status = 200
	if p.follower != nil && p.follower.Ended(p.ticket, res, nil) {
		return p.follower.Repeat(p.ctx, p.request, res, 0, nil)
	}
	return nil
}

func (p *readyPending) Interrupt() {}

// BenchmarkTraffic is the cost of a fetch when all is well, by way of asking,
// bare and with retries and a breaker in front.
func BenchmarkTraffic(b *testing.B) {
	all := Options{Retry: Retry{Attempts: 2}, Breaker: Breaker{Enabled: true}}
	for _, c := range []struct {
		name    string
		options Options
	}{{"bare", Options{}}, {"retry", Options{Retry: all.Retry}}, {"breaker", Options{Breaker: all.Breaker}}, {"both", all}} {
		call := prepare(b, New(c.options), &ready{}, plan.Query)
		req, res := &subgraphs.Request{}, &subgraphs.Response{Body: make([]byte, 0, 64)}
		ctx := context.Background()
		b.Run("start/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			starter := call.(subgraphs.Starter)
			for b.Loop() {
				p, err := starter.Start(ctx, req)
				if err != nil {
					b.Fatal(err)
				}
				if err := p.Finish(res); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("fetch/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := call.Fetch(ctx, req, res); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
