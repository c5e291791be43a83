package weft

import (
	"time"

	"github.com/weftql/weft/planner/plan"
)

// SubscriptionOptions say how subscriptions are run. The zero value works.
type SubscriptionOptions struct {
	// Buffer and BufferBytes bound what waits for a subscriber that is slow, in
	// events and in bytes; default 64 and 1 MiB.
	Buffer, BufferBytes int
	// Overflow says what happens then; default CloseSubscriber.
	Overflow Overflow
	// Patience is the time that all subscribers whose queues a burst has filled
	// have together to take some of it, before it goes on and they overflow;
	// default 100 ms. Who did not use it gets no more until it has caught up, so
	// that a client that does not read delays the others once, and by no more; one
	// that lags again and again slows them down by a tenth.
	Patience time.Duration
	// NoDedupe gives every subscriber a subscription of its own.
	NoDedupe bool
	// KeepExpired lets subscriptions go on when the credentials that opened them
	// expire; without, they end with TOKEN_EXPIRED.
	KeepExpired bool
	// SwapJitter is the time over which subscriptions that a schema change
	// concerns are ended; default 5 s, negative is at once.
	SwapJitter time.Duration
}

func (o SubscriptionOptions) withDefaults() SubscriptionOptions {
	if o.Buffer == 0 {
		o.Buffer = 64
	}
	if o.BufferBytes == 0 {
		o.BufferBytes = 1 << 20
	}
	if o.Overflow == "" {
		o.Overflow = CloseSubscriber
	}
	if o.Patience == 0 {
		o.Patience = 100 * time.Millisecond
	}
	if o.SwapJitter == 0 {
		o.SwapJitter = 5 * time.Second
	}
	return o
}

func (o *SubscriptionOptions) bounds() queueBounds {
	return queueBounds{events: o.Buffer, bytes: o.BufferBytes, overflow: o.Overflow}
}

// shares reports whether subscriptions of a plan may be shared: the graph says,
// or the subgraph that the events come from.
func (o *Options) shares(p *plan.Plan) bool {
	if o.Subscriptions.NoDedupe {
		return false
	}
	for i := range o.Subgraphs {
		if o.Subgraphs[i].NoDedupe && o.Subgraphs[i].Name == p.Subgraphs[p.Fetches[0].Subgraph] {
			return false
		}
	}
	return true
}
