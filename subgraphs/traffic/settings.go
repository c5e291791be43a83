package traffic

import (
	"strconv"
	"time"

	"github.com/weftql/weft/config"
)

// FromConfig returns the options that the settings of a subgraph stand for,
// those of all subgraphs taken in: config.Retry.Over, config.Breaker.Over.
func FromConfig(subgraph string, r config.Retry, b config.Breaker) Options {
	o := Options{Subgraph: subgraph, Retry: Retry{Attempts: 2}}
	if r.Attempts != nil {
		o.Retry.Attempts = *r.Attempts
	}
	o.Retry.Pause, o.Retry.MaxPause = r.Backoff.Bounds(25*time.Millisecond, 250*time.Millisecond)
	if r.On != nil {
		o.Retry.On = conditions(r.On)
	}
	o.Retry.Budget = Budget{Ratio: given(r.Budget.Ratio), MinPerSecond: given(r.Budget.MinPerSecond), TTL: time.Duration(r.Budget.TTL)}
	o.Breaker = Breaker{Enabled: b.Enabled == nil || *b.Enabled, FailureRate: given(b.FailureRate), MinRequests: b.MinRequests,
		Window: time.Duration(b.Window), Probes: b.Probes}
	if b.FailureRate != nil && *b.FailureRate == 0 {
		o.Breaker.FailureRate = 0.01 // the least there is: one of a hundred
	}
	o.Breaker.Sleep, o.Breaker.MaxSleep = b.Sleep.Bounds(5*time.Second, time.Minute)
	if b.Statuses != nil {
		o.Breaker.Statuses = statuses(b.Statuses)
	}
	return o
}

// given returns a number in which 0 means the default: what is set to 0 becomes
// negative.
func given(n *float64) float64 {
	switch {
	case n == nil:
		return 0
	case *n == 0:
		return -1
	}
	return *n
}

func conditions(words []string) *Conditions {
	var on Conditions
	for _, word := range words {
		switch word {
		case "connect":
			on.Connect = true
		case "reset":
			on.Reset = true
		case "timeout":
			on.Timeout = true
		}
	}
	on.Statuses = statuses(words)
	return &on
}

// statuses returns the numbers among words; others were refused when the file
// was read.
func statuses(words []string) []int {
	out := []int{}
	for _, word := range words {
		if n, err := strconv.Atoi(word); err == nil {
			out = append(out, n)
		}
	}
	return out
}
