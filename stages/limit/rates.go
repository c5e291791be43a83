package limit

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/expression"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/stages"
)

// rates holds operations against the rules of a profile: in Enter against those
// that ask only who calls, so that documents of those who are refused are not
// even parsed, and in Check against those that ask what for.
type rates struct {
	store       *Store
	graph       string
	early, late []*rule
	settled     bool // some rule is set right after the operation
	headers     headers
	rejected    stages.Rejected
	// watching stands for the stage where refusals in observe mode are told.
	watching stages.Stage
	tallies  sync.Pool
}

// ratesStage returns nil if there is no rate.
func ratesStage(cfg config.Limits, s *Store, o *Options) (*stages.Stage, error) {
	rules, err := compileRules(cfg.Rates, o)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	l := &rates{
		store: s, graph: o.Graph, headers: headersOf(cfg.Headers), rejected: o.Rejected,
		watching: stages.Stage{Name: "limits.rates", Mode: stages.Observe},
		tallies:  sync.Pool{New: func() any { return &tally{} }},
	}
	for _, r := range rules {
		mode := stages.Enforce
		if r.observed {
			mode = stages.Observe
		}
		r.exceeded = s.metrics.refused.WithLabelValues(r.name, o.Profile, mode.String())
		l.settled = l.settled || r.settled
		if r.late {
			l.late = append(l.late, r)
		} else {
			l.early = append(l.early, r)
		}
	}
	stage := &stages.Stage{Name: "limits.rates", Enter: l.enter, Settle: l.settle}
	if len(l.late) > 0 {
		stage.Check = l.check
	}
	return stage, nil
}

// tally is what one operation was asked: its demands, and room to make them.
type tally struct {
	env     expression.Env
	masked  caller.Caller
	demands []demand
	keys    []byte
	told    bool // headers tell of the demands
}

func (l *rates) enter(ctx context.Context, c *stages.Call) error {
	t, _ := l.tallies.Get().(*tally) // nothing else is in there
	c.Local = t
	t.env = expression.Env{Caller: c.Caller, Graph: l.graph}
	if len(l.early) == 0 {
		return nil
	}
	return l.ask(ctx, c, t, l.early, len(l.late) == 0)
}

func (l *rates) check(ctx context.Context, c *stages.Call) error {
	t, _ := c.Local.(*tally) // enter has put it there
	op := c.Operation
	t.env.Operation = expression.Operation{Name: op.Name, Type: kinds[op.Kind], Hash: hashText(op, l.late)}
	return l.ask(ctx, c, t, l.late, true)
}

// kinds are the words of expressions for them.
var kinds = [...]string{plan.Query: "query", plan.Mutation: "mutation", plan.Subscription: "subscription"}

// hashText prints the operation's hash if a rule wants it.
func hashText(op *operation.Operation, rules []*rule) string {
	for _, r := range rules {
		if r.hashed {
			return hex.EncodeToString(op.Hash[:])
		}
	}
	return ""
}

// ask makes the demands of rules and takes them. last says that no others come.
func (l *rates) ask(ctx context.Context, c *stages.Call, t *tally, rules []*rule, last bool) error {
	from := len(t.demands)
	who := t.env.Caller
	for _, r := range rules {
		if !r.applies(&t.env) {
			continue
		}
		weight := r.weight
		if weight == 0 {
			weight = max(0, c.Estimated)
		}
		start := len(t.keys)
		t.env.Caller = counted(who, &t.masked)
		t.keys = r.appendKey(t.keys, &t.env)
		t.env.Caller = who
		t.demands = append(t.demands, demand{rule: r, key: t.keys[start:len(t.keys):len(t.keys)], cost: r.of(weight)})
	}
	asked := t.demands[from:]
	if len(asked) == 0 {
		return nil
	}
	is := l.store.take(ctx, asked)
	if is == unknown {
		t.demands = t.demands[:from] // nothing was counted
		return l.unknown(c, asked)
	}
	l.watch(c, asked)
	if last || is == refused {
		l.headers.set(c, t)
	}
	if is == refused {
		return l.refuse(c, asked)
	}
	return nil
}

// unknown is for a store that is away.
func (l *rates) unknown(c *stages.Call, asked []demand) error {
	if l.store.onError == "open" {
		return nil
	}
	for i := range asked {
		if !asked[i].rule.observed {
			c.SetHeader("Retry-After", "1")
			return &fault.Error{Code: fault.Overloaded, Message: "Rates cannot be checked at the moment; try again."}
		}
	}
	return nil
}

// watch counts what exceeded its rate, and tells of what would have been
// refused.
func (l *rates) watch(c *stages.Call, asked []demand) {
	for i := range asked {
		d := &asked[i]
		if !d.refused {
			continue
		}
		d.rule.exceeded.Inc()
		if d.rule.observed && l.rejected != nil {
			l.rejected(c, &l.watching, d.fault())
		}
	}
}

// refuse answers with the rate that makes the client wait longest.
func (l *rates) refuse(c *stages.Call, asked []demand) error {
	var worst *demand
	for i := range asked {
		if d := &asked[i]; d.refused && !d.rule.observed && (worst == nil || d.wait > worst.wait) {
			worst = d
		}
	}
	if worst == nil { // it was refused for a moment only
		worst = &asked[0]
	}
	if !worst.never() {
		c.SetHeader("Retry-After", strconv.FormatInt(max(1, seconds(worst.wait)), 10))
	}
	return worst.fault()
}

// never reports whether no rest is long enough.
func (d *demand) never() bool { return d.cost > d.rule.tolerance }

func (d *demand) fault() *fault.Error {
	if d.never() {
		return &fault.Error{
			Code: fault.RateLimited, Extensions: fmt.Appendf(nil, `"limit":%q`, d.rule.name),
			Message: fmt.Sprintf("The operation counts %d, and the limit %q allows %d at once.", d.cost/d.rule.each, d.rule.name, d.rule.burst),
		}
	}
	return &fault.Error{
		Code: fault.RateLimited, Message: "Rate limit exceeded.",
		Extensions: fmt.Appendf(nil, `"limit":%q,"retryAfter":%d`, d.rule.name, max(1, seconds(d.wait))),
	}
}

// settle sets rates right that count the actual cost.
func (l *rates) settle(c *stages.Call) {
	t, ok := c.Local.(*tally)
	if !ok {
		return
	}
	if !t.told { // no rate had the last word
		l.headers.set(c, t)
	}
	if l.settled && c.Actual > 0 {
		for i := range t.demands {
			d := &t.demands[i]
			if !d.rule.settled || d.refused && !d.rule.observed {
				continue
			}
			delta := d.rule.of(c.Actual) - d.cost
			if d.refused { // it ran all the same, and nothing was charged
				delta = d.rule.of(c.Actual)
			}
			if delta != 0 {
				l.store.settle(d, delta)
			}
		}
	}
	t.reset()
	l.tallies.Put(t)
}

// maxKept is how much room for keys is kept for the next operation.
const maxKept = 8 << 10

func (t *tally) reset() {
	clear(t.demands)
	keys := t.keys[:0]
	if cap(keys) > maxKept {
		keys = nil
	}
	*t = tally{demands: t.demands[:0], keys: keys}
}
