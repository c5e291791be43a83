package config

import (
	"errors"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Retry says how a request that failed is sent again.
type Retry struct {
	Attempts *int        `yaml:"attempts" check:"positive" jsonschema_description:"Further attempts of a query; mutations and subscriptions get none. 0 is off. Default 2."`
	Backoff  Range       `yaml:"backoff" jsonschema_description:"Longest pause before the first of them, doubled for each further one, and the longest of all; how long of it is waited is left to chance. Default 25ms..250ms."`
	On       []string    `yaml:"on" check:"retry_on" jsonschema_description:"After what: connect (no connection was made), reset (it broke before an answer began), timeout, or a status from 500 to 599. Default connect, reset, 502, 503, 504."`
	Budget   RetryBudget `yaml:"budget" jsonschema_description:"What all further attempts together may be, so that a subgraph in trouble is not buried under them."`
}

// RetryBudget bounds retries by requests.
type RetryBudget struct {
	Ratio        *float64 `yaml:"ratio" check:"share" jsonschema_description:"Share of the requests; default 0.2."`
	MinPerSecond *float64 `yaml:"min_per_second" check:"positive" jsonschema_description:"Beside the share; default 10."`
	TTL          Duration `yaml:"ttl" jsonschema_description:"Time over which both are counted; default 10s."`
}

// Breaker says when a subgraph that fails is not asked for a while.
type Breaker struct {
	Enabled     *bool    `yaml:"enabled" jsonschema_description:"Default true."`
	FailureRate *float64 `yaml:"failure_rate" check:"share" jsonschema_description:"Share of failed requests from which on the subgraph is not asked; default 0.5."`
	MinRequests int      `yaml:"min_requests" check:"positive" jsonschema_description:"Requests that must have been made within the window; default 20."`
	Window      Duration `yaml:"window" jsonschema_description:"Time over which requests count; default 10s."`
	Sleep       Range    `yaml:"sleep" jsonschema_description:"For how long the subgraph is not asked, give or take a fifth; doubled each time it fails again afterwards, up to the second value. Default 5s..60s."`
	Probes      int      `yaml:"probes" check:"positive" jsonschema_description:"Requests that then must succeed, and that are sent at once at most; default 3."`
	Statuses    []string `yaml:"statuses" check:"status" jsonschema_description:"HTTP statuses that count as failures, beside connections that fail, answers that do not come in time and those that are not JSON. Default 500, 502, 503, 504."`
}

// Over returns r with what it leaves out taken from d.
func (r Retry) Over(d Retry) Retry {
	pick(&r.Attempts, d.Attempts)
	pick(&r.Backoff, d.Backoff)
	if r.On == nil {
		r.On = d.On
	}
	pick(&r.Budget.Ratio, d.Budget.Ratio)
	pick(&r.Budget.MinPerSecond, d.Budget.MinPerSecond)
	pick(&r.Budget.TTL, d.Budget.TTL)
	return r
}

// Over returns b with what it leaves out taken from d.
func (b Breaker) Over(d Breaker) Breaker {
	pick(&b.Enabled, d.Enabled)
	pick(&b.FailureRate, d.FailureRate)
	pick(&b.MinRequests, d.MinRequests)
	pick(&b.Window, d.Window)
	pick(&b.Sleep, d.Sleep)
	pick(&b.Probes, d.Probes)
	if b.Statuses == nil {
		b.Statuses = d.Statuses
	}
	return b
}

func pick[T comparable](value *T, fallback T) {
	if *value == *new(T) {
		*value = fallback
	}
}

// Range is two durations written as 25ms..250ms, or one that stands for both.
type Range string

func (r *Range) parse(text string) error {
	if _, _, ok := cutRange(text); !ok {
		return errors.New("is not two durations such as 25ms..250ms, the shorter one first")
	}
	*r = Range(text)
	return nil
}

func cutRange(text string) (from, to Duration, ok bool) {
	first, second, two := strings.Cut(text, "..")
	if !two {
		second = first
	}
	ok = from.parse(first) == nil && to.parse(second) == nil && from <= to
	return from, to, ok
}

// Bounds returns both durations, or the fallbacks of an unset range.
func (r Range) Bounds(from, to time.Duration) (time.Duration, time.Duration) {
	if a, b, ok := cutRange(string(r)); ok {
		return time.Duration(a), time.Duration(b)
	}
	return from, to
}

// JSONSchema describes the written form.
func (Range) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9.a-zµ]+(\.\.[0-9.a-zµ]+)?$|^\$\{`}
}
