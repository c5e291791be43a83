package weft

import (
	"encoding/json"
	"sync"
)

// kept are parts that outlive a snapshot, such as key sets and counters: one for
// each different settings, opened by the first snapshot that has them and closed
// after the last one.
type kept[T interface{ Close() }] struct {
	mu    sync.Mutex
	parts map[string]*keptPart[T]
}

type keptPart[T any] struct {
	part  T
	users int
}

// acquire returns the part for settings, opened if nobody has it, and what gives
// it back. Opening may take its time: it is done under the lock, since only
// reloads wait.
func (k *kept[T]) acquire(settings any, open func() (T, error)) (T, func(), error) {
	text, err := json.Marshal(settings)
	if err != nil {
		return *new(T), nil, err
	}
	key := string(text)
	k.mu.Lock()
	defer k.mu.Unlock()
	one := k.parts[key]
	if one == nil {
		part, err := open()
		if err != nil {
			return *new(T), nil, err
		}
		one = &keptPart[T]{part: part}
		if k.parts == nil {
			k.parts = map[string]*keptPart[T]{}
		}
		k.parts[key] = one
	}
	one.users++
	return one.part, sync.OnceFunc(func() { k.giveBack(key, one) }), nil
}

func (k *kept[T]) giveBack(key string, one *keptPart[T]) {
	k.mu.Lock()
	one.users--
	last := one.users == 0
	if last {
		delete(k.parts, key)
	}
	k.mu.Unlock()
	if last {
		one.part.Close()
	}
}
