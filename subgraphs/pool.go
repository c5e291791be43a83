package subgraphs

import (
	"slices"
	"sync"
	"time"
)

// idlePool keeps unused connections. The one used last is used first, so the
// others age and are closed.
type idlePool struct {
	limit   int
	timeout time.Duration

	mu     sync.Mutex
	conns  []*conn // oldest first
	sweep  *time.Timer
	closed bool // nothing is kept any more
}

// get returns a connection that is open and silent as far as can be told, or
// nil. The look at the socket costs half a microsecond and is never left out:
// bytes behind the last answer would be taken for the next one, and so reach
// another client.
func (p *idlePool) get() *conn {
	for {
		p.mu.Lock()
		n := len(p.conns)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		c := p.conns[n-1]
		p.conns[n-1] = nil
		p.conns = p.conns[:n-1]
		p.mu.Unlock()
		if time.Since(c.unusedSince) > p.timeout || !c.alive() {
			_ = c.close() // it is of no use
			continue
		}
		c.reused = true
		return c
	}
}

func (p *idlePool) put(c *conn) {
	c.unusedSince = time.Now()
	c.answered, c.persistent = false, false
	p.mu.Lock()
	full := p.closed || len(p.conns) >= p.limit
	if !full {
		p.conns = append(p.conns, c)
		if p.sweep == nil {
			p.sweep = time.AfterFunc(p.timeout, p.closeOld)
		}
	}
	p.mu.Unlock()
	if full {
		_ = c.close() // enough are kept
	}
}

// closeOld closes what was not used for the timeout, and comes back while
// anything is left.
func (p *idlePool) closeOld() {
	p.mu.Lock()
	n := 0
	for n < len(p.conns) && time.Since(p.conns[n].unusedSince) >= p.timeout {
		n++
	}
	old := slices.Clone(p.conns[:n])
	p.conns = slices.Delete(p.conns, 0, n)
	p.sweep = nil
	if len(p.conns) > 0 {
		p.sweep = time.AfterFunc(p.timeout, p.closeOld)
	}
	p.mu.Unlock()
	for _, c := range old {
		_ = c.close() // it is of no use
	}
}

// closeAll closes what is kept, and whatever comes back later.
func (p *idlePool) closeAll() {
	p.mu.Lock()
	p.closed = true
	all := p.conns
	p.conns = nil
	if p.sweep != nil {
		p.sweep.Stop()
		p.sweep = nil
	}
	p.mu.Unlock()
	for _, c := range all {
		_ = c.close() // it is of no use
	}
}
