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
	opening sync.Mutex // held while a part is opened; before mu
	mu      sync.Mutex
	parts   []*keptPart[T]
}

type keptPart[T any] struct {
	settings any
	part     T
	users    int
}

// acquire returns the part for settings, plain data that nobody changes, opened
// if nobody has it, and what gives it back. Opening may take its time: other
// reloads wait for it, but no request that gives something back.
func (k *kept[T]) acquire(settings any, open func() (T, error)) (T, func(), error) {
	k.opening.Lock()
	defer k.opening.Unlock()
	if one := k.use(settings); one != nil {
		return one.part, sync.OnceFunc(func() { k.giveBack(one) }), nil
	}
	part, err := open()
	if err != nil {
		return *new(T), nil, err
	}
	one := &keptPart[T]{settings: settings, part: part, users: 1}
	k.mu.Lock()
	k.parts = append(k.parts, one)
	k.mu.Unlock()
	return one.part, sync.OnceFunc(func() { k.giveBack(one) }), nil
}

// use counts the caller in; it returns nil where nobody has the part.
func (k *kept[T]) use(settings any) *keptPart[T] {
	k.mu.Lock()
	defer k.mu.Unlock()
	// Compared, not printed: a secret prints as any other.
	i := slices.IndexFunc(k.parts, func(p *keptPart[T]) bool { return reflect.DeepEqual(p.settings, settings) })
	if i < 0 {
		return nil
	}
	k.parts[i].users++
	return k.parts[i]
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
