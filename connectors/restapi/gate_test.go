package restapi

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/fault"
)

// Turns come in order, to as many as the limit says, and none is lost when
// somebody gives up.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		g.resize(1)
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		impatient, giveUp := context.WithCancel(t.Context())
		var order []int
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				ctx := t.Context()
				if i == 1 {
					ctx = impatient
				}
				if err := g.enter(ctx); err != nil {
					order = append(order, -i)
					return
				}
				order = append(order, i)
				g.leave()
			})
			synctest.Wait() // so that they queue in order
		}
		giveUp()
		synctest.Wait()
		g.leave()
		wg.Wait()
		if want := []int{-1, 0, 2, 3}; len(order) != 4 || order[0] != want[0] || order[1] != want[1] || order[2] != want[2] || order[3] != want[3] {
			t.Errorf("order %v, want %v", order, want)
		}
		if g.inside != 0 || g.waiting.Len() != 0 {
			t.Errorf("%d inside, %d waiting", g.inside, g.waiting.Len())
		}
	})
}

// A higher limit admits who waits; a lower one lets finish who is inside.
func TestGateResized(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		g.resize(1)
		_ = g.enter(t.Context())
		done := make(chan struct{})
		go func() { // ends when it got its turn
			defer close(done)
			_ = g.enter(t.Context())
		}()
		synctest.Wait()
		g.resize(2)
		<-done
		g.resize(1)
		g.leave()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.enter(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("entered above the limit: %v", err)
		}
		g.leave()
		if err := g.enter(t.Context()); err != nil || g.inside != 1 {
			t.Error(err, g.inside)
		}
	})
}

// Turns are never more than the limit, and never lost, whoever gives up when.
func TestGateUnderCancellation(t *testing.T) {
	var g gate
	g.resize(3)
	var mu sync.Mutex
	inside, most := 0, 0
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*100*time.Microsecond)
			defer cancel()
			if g.enter(ctx) != nil {
				return
			}
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			inside--
			mu.Unlock()
			g.leave()
		})
	}
	wg.Wait()
	if most > 3 || g.inside != 0 || g.waiting.Len() != 0 {
		t.Errorf("%d at once, %d inside, %d waiting", most, g.inside, g.waiting.Len())
	}
}

// Who waits for a turn until the deadline is told so, and a slot is free again
// when its answer was read.
func TestConcurrency(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	var asked atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			close(arrived)
			<-release
		}
	})
	c := fromSource(url, "/x").connector(t)
	transports := New(Options{})
	defer transports.Close()
	first, err := transports.Subgraph("a", map[string]Settings{"s": {Concurrency: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	// The next snapshot's requests wait for those of the one before.
	second, err := transports.Subgraph("a", map[string]Settings{"s": {Concurrency: 1, Timeout: soon}})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	slow, err := first.Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	quick, err := second.Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := call(t, slow.(*backend), ""); err != nil {
			t.Error(err)
		}
	})
	<-arrived
	_, err = call(t, quick.(*backend), "")
	wantCode(t, err, fault.RequestRateLimited, "under way")
	close(release)
	wg.Wait()
	if _, err = call(t, quick.(*backend), ""); err != nil {
		t.Error(err)
	}
}
