package subgraphs

import (
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// room is a subgraph that counts its subscriptions and sends on demand.
type room struct {
	started, running atomic.Int64
	left             chan string // id of a stream that was ended

	mu   sync.Mutex
	open []*spoken
}

// spoken is one subscription a room serves.
type spoken struct {
	peer    *peer
	id      string
	writing *sync.Mutex // of the connection
}

func (s *spoken) say(payload string) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.peer.next(s.id, payload)
}

func newRoom(t testing.TB) (*room, string) {
	r := &room{left: make(chan string, 100_000)}
	return r, peers(t, func(p *peer) {
		p.greet()
		var writing sync.Mutex
		for {
			switch m := p.read(); m.Type {
			case "subscribe":
				r.running.Add(1)
				r.mu.Lock()
				r.open = append(r.open, &spoken{p, m.ID, &writing})
				r.mu.Unlock()
				r.started.Add(1)
			case "complete":
				if r.drop(func(s *spoken) bool { return s.peer == p && s.id == m.ID }) != 1 {
					t.Errorf("complete for %s, which does not run", m.ID)
				}
				r.left <- m.ID
			case "closed":
				r.drop(func(s *spoken) bool { return s.peer == p })
				return
			}
		}
	})
}

// drop forgets subscriptions and returns how many.
func (r *room) drop(which func(*spoken) bool) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.open)
	r.open = slices.DeleteFunc(r.open, which)
	r.running.Add(int64(len(r.open) - before))
	return before - len(r.open)
}

// say sends an event on every stream.
func (r *room) say(payload string) {
	r.mu.Lock()
	open := slices.Clone(r.open)
	r.mu.Unlock()
	for _, s := range open {
		s.say(payload)
	}
}

// await spins until the room has seen so many subscriptions.
func (r *room) await(n int64) {
	for r.started.Load() < n {
		runtime.Gosched()
	}
}

// TestSharing gives equal orders one subscription at the subgraph, whose last
// listener ends it at once, before any further event.
func TestSharing(t *testing.T) {
	r, url := newRoom(t)
	source := newStreams(t, ws(url, SubscriptionOptions{}))
	one, two := subscribe(t, source, watch1, values("1")), subscribe(t, source, watch1, values("1"))
	other := subscribe(t, source, watch1, values("2"))
	token := values("1")
	token.Header = []Header{{"Authorization", "x"}}
	third := subscribe(t, source, watch1, token)
	r.await(3)
	r.say(`{"data":1}`)
	for _, stream := range []Stream{one, two, other, third} {
		next(t, stream, `{"data":1}`)
	}
	closeStream(t, one)
	nextEnds(t, one, io.EOF)
	r.say(`{"data":2}`)
	next(t, two, `{"data":2}`)
	late := subscribe(t, source, watch1, values("1"))
	closeStream(t, two)
	r.say(`{"data":3}`)
	next(t, late, `{"data":3}`)
	next(t, other, `{"data":2}`)
	closeStream(t, late)
	if id := <-r.left; id != "1" {
		t.Errorf("%s was ended", id)
	}
	closeStream(t, late) // twice does no harm
	if n := r.started.Load(); n != 3 {
		t.Errorf("%d subscriptions", n)
	}
	again := subscribe(t, source, watch1, values("1"))
	r.await(4)
	r.say(`{"data":4}`)
	next(t, again, `{"data":4}`)
}

// TestUnshared gives each subscriber its own.
func TestUnshared(t *testing.T) {
	r, url := newRoom(t)
	source := newStreams(t, ws(url, SubscriptionOptions{Unshared: true}))
	subscribe(t, source, watch1, values("1"))
	subscribe(t, source, watch1, values("1"))
	r.await(2)
}

// TestSlowListener has one of two listeners of a stream lag; the other goes on.
func TestSlowListener(t *testing.T) {
	r, url := newRoom(t)
	source := newStreams(t, ws(url, SubscriptionOptions{QueueEvents: 3}))
	slow, quick := subscribe(t, source, watch1, values("1")), subscribe(t, source, watch1, values("1"))
	r.await(1)
	for i := range 10 {
		r.say(`{"data":` + strconv.Itoa(i) + `}`)
		next(t, quick, `{"data":`+strconv.Itoa(i)+`}`)
	}
	for i := range 3 {
		next(t, slow, `{"data":`+strconv.Itoa(i)+`}`)
	}
	nextEnds(t, slow, "SUBSCRIPTION_BACKPRESSURE: events came faster than they were taken")
	r.say(`{"data":"still"}`)
	next(t, quick, `{"data":"still"}`)
}

// TestLastLaggardEndsTheStream has the only listener lag on a connection it
// shares with another stream.
func TestLastLaggardEndsTheStream(t *testing.T) {
	r, url := newRoom(t)
	source := newStreams(t, ws(url, SubscriptionOptions{QueueEvents: 1}))
	subscribe(t, source, watch1, values("1"))
	r.await(1)
	other := subscribe(t, source, watch1, values("2"))
	r.await(2)
	r.mu.Lock()
	open := slices.Clone(r.open)
	r.mu.Unlock()
	for i := range 3 {
		open[0].say(`{"data":1}`)
		open[1].say(`{"data":` + strconv.Itoa(i) + `}`)
		next(t, other, `{"data":`+strconv.Itoa(i)+`}`)
	}
	if id := <-r.left; id != "1" {
		t.Errorf("%s was ended", id)
	}
}

// TestJoinAndLeave lets many subscribers come and go at random; at the end the
// subgraph serves nobody, and whoever stayed has heard the last word.
func TestJoinAndLeave(t *testing.T) {
	r, url := newRoom(t)
	source := newStreams(t, ws(url, SubscriptionOptions{MaxPerConnection: 2}))
	call := callFor(t, source, watch1)
	stop := make(chan struct{})
	var talk, wg sync.WaitGroup
	talk.Go(func() { // ends when the subscribers have
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				r.say(`{"data":1}`)
			}
		}
	})
	for worker := range 8 {
		wg.Go(func() { // ends with its rounds
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 60 {
				stream, err := call.Subscribe(t.Context(), values(strconv.Itoa(random.IntN(3))))
				if err != nil {
					t.Error(err)
					return
				}
				for range random.IntN(3) {
					next(t, stream, `{"data":1}`)
				}
				closeStream(t, stream)
			}
		})
	}
	wg.Wait()
	close(stop)
	talk.Wait()
	for r.running.Load() > 0 {
		<-r.left
	}
	source.streams.mu.Lock()
	defer source.streams.mu.Unlock()
	if n := len(source.streams.shared); n != 0 {
		t.Errorf("%d subscriptions are remembered", n)
	}
}
