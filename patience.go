package weft

import "time"

// patience is how long a share may yet wait for subscribers whose queues are
// filling. What it has waited comes back with time: whoever lags again and
// again, be it on purpose, slows the others down by a tenth and no more. It is
// for one goroutine.
type patience struct {
	left time.Duration
	at   time.Time // of left; zero is so long ago that all has come back
}

// A share waits for at most burstsWaited moments in a row, and for one
// waitedShare-th of its time in the long run. Chosen, not measured.
const (
	burstsWaited = 10
	waitedShare  = 10
)

// await gives those who are crowded a moment, altogether, to take something. It
// ends early when all have, or when gone is closed.
func (p *patience) await(crowded []*feed, moment time.Duration, gone <-chan struct{}) {
	if len(crowded) == 0 {
		return
	}
	start := time.Now()
	p.left = min(p.left+start.Sub(p.at)/waitedShare, burstsWaited*moment)
	defer func() {
		p.at = time.Now()
		p.left -= p.at.Sub(start)
	}()
	if p.left <= 0 {
		return
	}
	timer := time.NewTimer(min(moment, p.left))
	defer timer.Stop()
	for _, f := range crowded {
		select {
		case <-f.room:
		case <-timer.C:
			return
		case <-gone:
			return
		}
	}
}
