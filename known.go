package weft

import (
	"slices"
	"sync"
	"time"

	"github.com/weftql/weft/fault"
)

// known are the schema texts read last: a reload reads again what is due, and
// one that cannot be read now counts as unchanged. So a subgraph that is down
// does not keep the others' changes out, and one without an interval is asked
// once. The nil value knows nothing and reads everything.
type known struct {
	due due

	mu         sync.Mutex
	texts      map[string]string // by subgraph, "" is the supergraph's
	unreadable fault.List        // what the known text stands in for
}

// read returns the text of a schema: as it is known, or by fetch.
func (k *known) read(name string, s Schema, fetch func() (string, error)) (string, error) {
	if k == nil {
		return fetch()
	}
	k.mu.Lock()
	text, have := k.texts[name]
	k.mu.Unlock()
	if have && !k.due.includes(s) {
		return text, nil
	}
	fresh, err := fetch()
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err == nil:
		k.texts[name] = fresh
		return fresh, nil
	case have:
		k.unreadable = append(k.unreadable, fault.Of(err)...)
		return text, nil
	}
	return "", err
}

// due says which schemas to read again.
type due struct {
	all, files bool
	intervals  []time.Duration // URLs polled at these
}

func (d *due) includes(s Schema) bool {
	switch {
	case d.all, s.Text != "":
		return true
	case s.File != "":
		return d.files
	}
	return slices.Contains(d.intervals, s.Poll)
}

// triggers collects what is due until somebody takes it.
type triggers struct {
	mu   sync.Mutex
	due  due
	wake chan struct{} // holds one token while anything is due
}

func newTriggers() *triggers { return &triggers{wake: make(chan struct{}, 1)} }

func (t *triggers) files() {
	t.mu.Lock()
	t.due.files = true
	t.mu.Unlock()
	t.signal()
}

func (t *triggers) poll(interval time.Duration) {
	t.mu.Lock()
	if !slices.Contains(t.due.intervals, interval) {
		t.due.intervals = append(t.due.intervals, interval)
	}
	t.mu.Unlock()
	t.signal()
}

func (t *triggers) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *triggers) take() due {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.due
	t.due = due{}
	return taken
}

// name is the trigger for logs.
func (d *due) name() string {
	if d.files {
		return "file"
	}
	return "poll"
}
