// Package series keeps metrics that were looked up by their labels, so that
// counting something that was counted before takes no lock and builds no
// strings.
package series

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Map holds a metric per set of labels. The labels must be bounded: nothing
// leaves. The zero value is ready; it is safe for concurrent use.
type Map[K comparable, V any] struct {
	known atomic.Pointer[map[K]V]
	mu    sync.Mutex // of those who add
}

// Get returns the metric of k; find looks it up the first time, and must
// return the same metric when several ask at once.
func (m *Map[K, V]) Get(k K, find func(K) V) V {
	if known := m.known.Load(); known != nil {
		if v, ok := (*known)[k]; ok {
			return v
		}
	}
	return m.add(k, find(k))
}

func (m *Map[K, V]) add(k K, v V) V {
	m.mu.Lock()
	defer m.mu.Unlock()
	more := map[K]V{}
	if known := m.known.Load(); known != nil {
		more = maps.Clone(*known)
	}
	more[k] = v
	m.known.Store(&more)
	return v
}
