package limit

import (
	"context"
	"sync/atomic"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/stages"
)

// concurrency bounds the operations under way: of the graph, and of one client
// profile. The counts live as long as the store, so that a new snapshot knows
// of the operations of the one before.
type concurrency struct {
	graph, bff       *atomic.Int64
	mostAll, mostBFF int64
	observed         bool
}

func concurrencyStage(cfg config.ConcurrencyLimits, s *Store, o *Options) stages.Stage {
	c := &concurrency{
		graph: s.running("graph " + o.Graph), bff: s.running("bff " + o.Graph + " " + o.Profile),
		mostAll: int64(cfg.Max), mostBFF: int64(cfg.BFF),
	}
	mode := modeOf(cfg.Mode)
	c.observed = mode == stages.Observe
	return stages.Stage{Name: "limits.concurrency", Mode: mode, Enter: c.enter, Settle: c.settle}
}

// slot marks calls that were counted.
type slot struct{}

func (l *concurrency) enter(_ context.Context, c *stages.Call) error {
	c.Local = slot{}
	all, own := l.graph.Add(1), l.bff.Add(1)
	if (l.mostAll == 0 || all <= l.mostAll) && (l.mostBFF == 0 || own <= l.mostBFF) {
		return nil
	}
	if !l.observed { // it does not go on, and must not stand in the way of others
		l.settle(c)
		c.Local = nil
		c.SetHeader("Retry-After", "1")
	}
	return &fault.Error{Code: fault.Overloaded, Message: "Too many operations are under way; try again."}
}

func (l *concurrency) settle(c *stages.Call) {
	if c.Local != nil {
		l.graph.Add(-1)
		l.bff.Add(-1)
	}
}
