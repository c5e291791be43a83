package weft

import (
	"reflect"
	"slices"
	"sync"
)

// kept are parts that outlive a snapshot, such as key sets and counters: one for
// each different settings, opened by the first snapshot that has them and closed
// after the last one.
type kept[T interface{ Close() }] struct {
	mu    sync.Mutex
	parts []*keptPart[T]
}

type keptPart[T any] struct {
	settings any
	part     T
	users    int
}

// acquire returns the part for settings, plain data that nobody changes, opened
// if nobody has it, and what gives it back. Opening may take its time: it is done
// under the lock, since only reloads wait.
func (k *kept[T]) acquire(settings any, open func() (T, error)) (T, func(), error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	// Compared, not printed: a secret prints as any other.
	i := slices.IndexFunc(k.parts, func(p *keptPart[T]) bool { return reflect.DeepEqual(p.settings, settings) })
	if i < 0 {
		part, err := open()
		if err != nil {
			return *new(T), nil, err
		}
		i = len(k.parts)
		k.parts = append(k.parts, &keptPart[T]{settings: settings, part: part})
	}
	one := k.parts[i]
	one.users++
	return one.part, sync.OnceFunc(func() { k.giveBack(one) }), nil
}

func (k *kept[T]) giveBack(one *keptPart[T]) {
	k.mu.Lock()
	one.users--
	last := one.users == 0
	if last {
		k.parts = slices.DeleteFunc(k.parts, func(p *keptPart[T]) bool { return p == one })
	}
	k.mu.Unlock()
	if last {
		one.part.Close()
	}
}
