package jwks

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options say where keys come from: one of URL, File and Text.
type Options struct {
	// Name stands for the issuer in logs.
	Name string
	// URL is read with GET, File whenever it changes, Text once.
	URL, File, Text string
	// Poll is after how long a URL is read again if its answer does not say;
	// default 60 s. Timeout is for one reading, default 5 s.
	Poll, Timeout time.Duration
	// MaxWait bounds how long Refresh waits; default 500 ms.
	MaxWait time.Duration
	// Required makes Open fail without keys.
	Required bool
	// Known are what the source said before, if anybody knows: they hold until it
	// is read again.
	Known *Keys
	// Client reads URLs; default one of the set's own.
	Client *http.Client
	// Logger learns of failures and new keys; nil discards.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Poll == 0 {
		o.Poll = time.Minute
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.MaxWait == 0 {
		o.MaxWait = 500 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Set is the keys of one issuer, kept fresh. It is safe for concurrent use.
type Set struct {
	o      Options
	source source
	keys   atomic.Pointer[Keys]
	good   atomic.Int64 // when the source was last known to be good, in Unix nanoseconds; 0 never
	fails  int          // readings that failed in a row, and what the last of them said; of the loop
	told   string
	cancel context.CancelFunc
	want   chan struct{} // wakes the loop for the flight that Refresh made
	done   chan struct{} // closed when the loop has ended

	mu     sync.Mutex
	flight chan struct{} // closed when the reading under way has ended; nil without one
	budget budget
}

// source reads keys. A nil result without an error means that they are the same
// as before. next is when to read again, after an error too; 0 if the source
// does not say.
type source interface {
	read(ctx context.Context) (keys *Keys, next time.Duration, err error)
	close()
}

// Open reads the keys for the first time and starts to keep them fresh, until
// Close. Without keys it fails if they are required; a text that is no key set
// is always an error.
func Open(ctx context.Context, o Options) (*Set, error) {
	o = o.withDefaults()
	s := &Set{o: o, want: make(chan struct{}, 1), done: make(chan struct{})}
	switch {
	case o.URL != "":
		own := o.Client == nil
		if own {
			o.Client = newClient()
		}
		s.source = &remote{url: o.URL, client: o.Client, own: own}
	case o.File != "":
		s.source = &file{path: o.File}
	default:
		keys, err := Parse([]byte(o.Text))
		if err != nil {
			return nil, err
		}
		s.keys.Store(keys)
		s.tell(keys)
		s.cancel = func() {}
		close(s.done)
		return s, nil
	}
	s.keys.Store(o.Known)
	s.budget.spend(time.Now())
	next, err := s.refresh(ctx)
	if err != nil && o.Required && o.Known == nil {
		s.source.close()
		return nil, err
	}
	loop, cancel := context.WithCancel(context.Background()) // ends with Close, not with whoever opened the set
	s.cancel = cancel
	go s.run(loop, next) // ended by Close
	return s, nil
}

// Close ends what keeps the keys fresh and waits for it.
func (s *Set) Close() {
	s.cancel()
	<-s.done
	if s.source != nil {
		s.source.close()
	}
}

// Keys returns the keys of this moment, nil while there are none yet.
func (s *Set) Keys() *Keys { return s.keys.Load() }

// Age returns how long ago the source was last known to be good, and false if it
// never was or is no source that changes.
func (s *Set) Age() (time.Duration, bool) {
	at := s.good.Load()
	if at == 0 {
		return 0, false
	}
	return time.Since(time.Unix(0, at)), true
}

// Refresh asks for keys newer than those at hand, because they lack one. It
// waits for the source, but no longer than MaxWait, and not at all when that was
// done often lately: tokens with made-up key ids must not become a storm of
// requests to the issuer.
func (s *Set) Refresh(ctx context.Context) {
	if s.source == nil {
		return
	}
	s.mu.Lock()
	flight := s.flight
	if flight == nil && s.budget.spend(time.Now()) {
		flight = make(chan struct{})
		s.flight = flight
		select {
		case s.want <- struct{}{}:
		default: // the loop has yet to look at an earlier word
		}
	}
	s.mu.Unlock()
	if flight == nil {
		return
	}
	late := time.NewTimer(s.o.MaxWait)
	defer late.Stop()
	select {
	case <-flight:
	case <-late.C:
	case <-ctx.Done():
	case <-s.done:
	}
}

// run reads the source when it is due or asked for.
func (s *Set) run(ctx context.Context, next time.Duration) {
	defer close(s.done)
	timer := time.NewTimer(next)
	defer timer.Stop()
	for {
		due := false
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			due = true
		case <-s.want:
		}
		if !s.takeOff(due) {
			continue
		}
		next, _ = s.refresh(ctx) // it was logged
		s.land()
		timer.Reset(next)
	}
}

// takeOff reports whether there is something to read: asked for, or due.
func (s *Set) takeOff(due bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == nil && due {
		s.flight = make(chan struct{})
		s.budget.spend(time.Now()) // a reading is a reading, whoever wants it
	}
	return s.flight != nil
}

// land lets those go who wait.
func (s *Set) land() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.flight)
	s.flight = nil
}

// refresh reads the source once and returns when to do so again.
func (s *Set) refresh(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	keys, next, err := s.source.read(ctx)
	if err != nil {
		s.fails++
		if s.told != err.Error() {
			s.told = err.Error()
			s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "the keys of an issuer cannot be read", slog.String("issuer", s.o.Name), slog.Any("error", err))
		}
		return jitter(cmp.Or(next, s.again())), err
	}
	s.fails, s.told = 0, ""
	s.good.Store(time.Now().UnixNano())
	if keys != nil && !keys.same(s.keys.Load()) {
		s.keys.Store(keys)
		s.tell(keys)
	}
	if next == 0 {
		next = s.o.Poll
	}
	return jitter(next), nil
}

// tell logs what was read.
func (s *Set) tell(keys *Keys) {
	s.o.Logger.Info("the keys of an issuer were read", "issuer", s.o.Name, "keys", keys.Len())
	if len(keys.Skipped) > 0 {
		s.o.Logger.Warn("some keys of an issuer cannot be used", "issuer", s.o.Name, "reasons", keys.Skipped)
	}
}

// again is when to try once more after a failure: soon while there are no keys
// at all, else like a poll that comes somewhat early.
func (s *Set) again() time.Duration {
	if s.keys.Load() != nil {
		return min(s.o.Poll, 15*time.Second)
	}
	return min(s.o.Poll, time.Second<<min(s.fails-1, 10))
}

// jitter keeps instances that started together from asking together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*rand.Float64()))
}

// budget is how often a key that is not known may cause a reading: one per
// window, two at once.
type budget struct{ full time.Time } // when both are there again

const (
	window = 30 * time.Second
	burst  = 2
)

// spend takes one if there is one.
func (b *budget) spend(now time.Time) bool {
	if b.full.Sub(now) > (burst-1)*window {
		return false
	}
	if b.full.Before(now) {
		b.full = now
	}
	b.full = b.full.Add(window)
	return true
}
