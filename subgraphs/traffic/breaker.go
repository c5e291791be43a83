package traffic

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// Breaker says when a subgraph that fails is not asked for a while.
type Breaker struct {
	Enabled bool
	// FailureRate is the share of failures within Window, default 0.5 of 10 s,
	// from which on the breaker opens, if there were MinRequests, default 20.
	FailureRate float64
	MinRequests int
	Window      time.Duration
	// Sleep is for how long nothing is sent then, give or take a fifth; it
	// doubles each time the subgraph fails again, up to MaxSleep. Default 5 s and
	// 60 s.
	Sleep, MaxSleep time.Duration
	// Probes are sent at once at most then, and as many must succeed for the
	// breaker to close; default 3. One that fails opens it again.
	Probes int
	// Statuses from 500 to 599 that are failures; nil is 500, 502, 503 and 504.
	Statuses []int

	statuses [100]bool // by what is above 500
}

func (o Breaker) withDefaults() Breaker {
	if o.FailureRate <= 0 {
		o.FailureRate = 0.5
	}
	if o.MinRequests == 0 {
		o.MinRequests = 20
	}
	if o.Window == 0 {
		o.Window = 10 * time.Second
	}
	if o.Sleep == 0 {
		o.Sleep, o.MaxSleep = 5*time.Second, max(o.MaxSleep, time.Minute)
	}
	o.MaxSleep = max(o.Sleep, o.MaxSleep)
	if o.Probes == 0 {
		o.Probes = 3
	}
	if o.Statuses == nil {
		o.Statuses = []int{500, 502, 503, 504}
	}
	for _, status := range o.Statuses {
		if status >= 500 && status <= 599 {
			o.statuses[status-500] = true
		}
	}
	return o
}

// State is what a breaker does.
type State uint8

// Closed lets all requests pass, HalfOpen a few, Open none.
const (
	Closed State = iota
	HalfOpen
	Open
)

// breaker is failsafe-go's circuit breaker, which counts and decides, with what
// that lacks beside it: sleeps that double, probes that are given up without a
// verdict, and verdicts that come too late, of requests sent before the state
// changed.
type breaker struct {
	options Breaker
	circuit circuitbreaker.CircuitBreaker[any]
	changed atomic.Bool // the circuit has another state than word, most likely
	// word is the state, and above it how often it has changed: a request's
	// ticket. It is written under mu.
	word atomic.Uint64

	mu      sync.Mutex
	probing int       // probes on their way
	again   int       // how often it opened since it was closed
	until   time.Time // when to let probes through, while open
	trace   func(State)
}

// stateBits are those of a ticket that hold the state.
const stateBits = 2

func stateOf(ticket uint64) State { return State(ticket & (1<<stateBits - 1)) }

func newBreaker(o Breaker, trace func(State)) *breaker {
	b := &breaker{options: o, trace: trace}
	b.circuit = circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(min(o.FailureRate, 1), uint(o.MinRequests), o.Window).
		WithSuccessThresholdRatio(uint(o.Probes), uint(o.Probes)).
		WithDelay(1). // when it may half-open is decided here
		OnStateChanged(func(circuitbreaker.StateChangedEvent) { b.changed.Store(true) }).
		Build()
	if trace != nil {
		trace(Closed)
	}
	return b
}

func (b *breaker) now() State { return stateOf(b.word.Load()) }

// admit reports whether a request may be sent, and the ticket to record its
// outcome with.
func (b *breaker) admit() (ticket uint64, ok bool) {
	if ticket = b.word.Load(); stateOf(ticket) == Closed {
		return ticket, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ticket = b.word.Load(); stateOf(ticket) {
	case Closed:
		return ticket, true
	case Open:
		if time.Now().Before(b.until) || !b.circuit.TryAcquirePermit() {
			return 0, false
		}
		b.changed.Store(false)
		b.enter(HalfOpen)
	case HalfOpen:
		if b.probing >= b.options.Probes {
			return 0, false
		}
	}
	b.probing++
	return b.word.Load(), true
}

// record takes note of how a request went that was admitted. One that was sent
// in another state than the present tells nothing about that.
func (b *breaker) record(ticket uint64, how outcome) {
	if stateOf(ticket) == Closed {
		if how == neither || b.word.Load() != ticket {
			return
		}
		b.tell(how)
		if b.changed.Load() {
			b.mu.Lock()
			b.follow()
			b.mu.Unlock()
		}
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.word.Load() != ticket {
		return
	}
	b.probing--
	b.tell(how)
	b.follow()
}

func (b *breaker) tell(how outcome) {
	switch how {
	case success:
		b.circuit.RecordSuccess()
	case failure:
		b.circuit.RecordFailure()
	case neither:
	}
}

// follow takes over the circuit's state; b.mu is held.
func (b *breaker) follow() {
	b.changed.Store(false)
	state := Closed
	switch b.circuit.State() {
	case circuitbreaker.OpenState:
		state = Open
	case circuitbreaker.HalfOpenState:
		state = HalfOpen
	case circuitbreaker.ClosedState:
	}
	if state != b.now() {
		b.enter(state)
	}
}

// enter changes the state; b.mu is held.
func (b *breaker) enter(state State) {
	b.probing = 0
	switch state {
	case Open:
		sleep := min(b.options.Sleep<<min(b.again, 16), b.options.MaxSleep)
		b.again++
		b.until = time.Now().Add(time.Duration(float64(sleep) * (0.8 + 0.4*rand.Float64())))
	case Closed:
		b.again = 0
	case HalfOpen:
	}
	b.word.Store((b.word.Load()>>stateBits+1)<<stateBits | uint64(state))
	if b.trace != nil {
		b.trace(state)
	}
}
