package telemetry

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
)

// Operation is what is written down of one operation while it runs. Whoever
// runs it fills it in; what it refers to must stay until it was told.
type Operation struct {
	// Start and End are from the request's head to the answer's last byte; a zero
	// End is now.
	Start, End time.Time
	Caller     *caller.Caller // never nil
	// Operation is nil as long as the document is not known.
	Operation *operation.Operation
	// Transport is http, sse, websocket or rest; Status is 0 where there is none.
	Transport string
	Status    int
	Bytes     int64 // of the answer's body
	Events    int64 // of a subscription
	// Errors are as they came about, before masking.
	Errors  []*fault.Error
	Fetches []executor.FetchInfo
	// DocumentHit and PlanHit say that nothing had to be prepared or planned.
	DocumentHit, PlanHit bool
	// Filtered says that fields were removed that the caller may not see.
	Filtered bool
	// Targets are the subgraphs' addresses by FetchInfo.Fetch, for spans.
	Targets []Target

	trace *trace // nil unless it is traced
}

// Target is what spans say of where a fetch goes. Without Host it is no HTTP.
type Target struct {
	Host, URL string
	Port      int
	Kind      string // root, entity or batch
}

// Mark notes that a step has ended. It does nothing unless the operation is
// traced.
func (o *Operation) Mark(s Step) {
	if o.trace != nil {
		o.trace.marks[s] = time.Now()
	}
}

// Step is a part of an operation's way that spans are made of.
type Step uint8

// The steps in their order.
const (
	Identified Step = iota // who asks; the rates let it pass
	Prepared               // the document is known
	Checked                // limits, cost and rights let it pass
	Planned                // the plan is known
	Executed               // the answer is complete
	steps
)

// Type returns query, mutation or subscription, "" when it is not known.
func (o *Operation) Type() string {
	if o.Operation == nil {
		return ""
	}
	return TypeOf(o.Operation.Kind)
}

// TypeOf is the word for a kind.
func TypeOf(k plan.Kind) string {
	switch k {
	case plan.Mutation:
		return "mutation"
	case plan.Subscription:
		return "subscription"
	default:
		return "query"
	}
}

// Duration is how long the operation took.
func (o *Operation) Duration() time.Duration {
	if o.End.IsZero() {
		o.End = time.Now()
	}
	return max(0, o.End.Sub(o.Start))
}

// Overhead is the part of Duration in which no fetch was under way: weft's own
// time, and the client's to send and to read.
func (o *Operation) Overhead() time.Duration { return max(0, o.Duration()-Fetching(o.Fetches)) }

// Fetching is for how long at least one of the fetches was under way.
func Fetching(fetches []executor.FetchInfo) time.Duration {
	if len(fetches) == 1 {
		return fetches[0].Duration
	}
	var few [16]int
	order := few[:0]
	for i := range fetches {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return fetches[a].Start.Compare(fetches[b].Start) })
	var sum time.Duration
	var until time.Time
	for _, i := range order {
		f := &fetches[i]
		end := f.Start.Add(f.Duration)
		switch {
		case !end.After(until):
		case f.Start.After(until):
			sum += f.Duration
			until = end
		default:
			sum += end.Sub(until)
			until = end
		}
	}
	return sum
}

// failed reports whether something went wrong that is no mistake of the
// client's.
func (o *Operation) failed() bool {
	if o.Status >= 500 {
		return true
	}
	for _, e := range o.Errors {
		info, known := e.Code.Info()
		if known && info.HTTP >= 500 || !known && e.Subgraph != "" { // a subgraph's own code may be anything
			return true
		}
	}
	return false
}

// TargetAt returns the target at an address, without what in it may be secret.
func TargetAt(address string) Target {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return Target{}
	}
	t := Target{Host: u.Hostname()}
	t.Port, _ = strconv.Atoi(u.Port())
	switch {
	case t.Port != 0:
	case u.Scheme == "https":
		t.Port = 443
	default:
		t.Port = 80
	}
	t.URL = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	return t
}
