package limit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/stages"
)

// cost estimates what operations cost before they run:
//
//	operation   10 of a mutation, else 0
//	field       items · (weight of field or type + fields below) + arguments
//	items       1, or of a list by @listSize, or the default size
//
// The weights are those of @cost, or else 1 of an object or input object and 0
// of a scalar or enum. See the specification of IBM, "GraphQL Cost Directives",
// and cost_weights.go, cost_sizes.go and cost_inputs.go.
type cost struct {
	weights     *weights
	defaultSize int64
	most        int64 // 0 for no bound
	budgets     []budget
	headers     bool
	max         []string // the value of X-Cost-Max
	measured    bool
}

// costStage returns nil if nobody asks for the cost.
func costStage(graph *schema.Supergraph, cfg config.Limits) (*stages.Stage, error) {
	l := &cost{
		weights: newWeights(graph), defaultSize: int64(cmp.Or(cfg.Cost.DefaultListSize, 10)), headers: cfg.Cost.Headers,
	}
	wanted, actual := l.headers, false
	for i := range cfg.Rates {
		if r := &cfg.Rates[i]; r.Mode != "off" {
			wanted = wanted || r.Cost == "estimated" || r.Cost == "actual"
			actual = actual || r.Cost == "actual"
		}
	}
	if cfg.Cost.Mode != "off" {
		l.most = int64(cfg.Cost.Max)
		for _, name := range slices.Sorted(maps.Keys(cfg.Cost.Subgraphs)) {
			i := slices.IndexFunc(graph.Subgraphs, func(s schema.Subgraph) bool { return s.Name == name && s.Connector == "" })
			if i < 0 {
				return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "limits.cost.subgraphs." + name + ": there is no such subgraph"}
			}
			l.budgets = append(l.budgets, budget{name: name, most: int64(cfg.Cost.Subgraphs[name])})
		}
	}
	if l.most == 0 && l.budgets == nil && !wanted {
		return nil, nil
	}
	l.measured = cfg.Cost.Actual == "by_response_shape" || cfg.Cost.Actual == "" && (l.headers || actual)
	if l.headers && l.most > 0 {
		l.max = []string{strconv.FormatInt(l.most, 10)}
	}
	stage := &stages.Stage{Name: "limits.cost", Mode: modeOf(cfg.Cost.Mode), Prepare: l.prepare, Check: l.check}
	if l.headers {
		stage.Settle = l.settle
	}
	return stage, nil
}

// prepare compiles an operation.
func (l *cost) prepare(op *operation.Operation) (any, error) {
	p := l.weights.compile(op, l.defaultSize, -1)
	for _, b := range l.budgets {
		i := slices.IndexFunc(l.weights.graph.Subgraphs, func(s schema.Subgraph) bool { return s.Name == b.name && s.Connector == "" })
		b.program = l.weights.compile(op, l.defaultSize, i)
		p.subgraphs = append(p.subgraphs, b)
	}
	return p, nil
}

func (l *cost) check(_ context.Context, c *stages.Call) error {
	p, ok := c.Note.(*program)
	if !ok {
		return nil
	}
	estimated, err := p.estimate(c.Values)
	c.Estimated = estimated
	if l.measured {
		c.Measure = p
	}
	if l.headers {
		setCost(c, "X-Cost-Estimated", estimated)
		if l.max != nil {
			c.Header["X-Cost-Max"] = l.max
		}
	}
	if err != nil {
		return err
	}
	if l.most > 0 && estimated > l.most {
		return tooExpensive(fault.CostTooExpensive, "The operation", estimated, l.most)
	}
	for i := range p.subgraphs {
		b := &p.subgraphs[i]
		if n, _ := b.program.estimate(c.Values); n > b.most {
			return tooExpensive(fault.SubgraphCostTooExpensive, fmt.Sprintf("What the operation asks of %q", b.name), n, b.most)
		}
	}
	return nil
}

func tooExpensive(code fault.Code, what string, estimated, most int64) *fault.Error {
	return &fault.Error{
		Code: code, Message: fmt.Sprintf("%s is estimated to cost %d; %d is allowed.", what, estimated, most),
		Extensions: fmt.Appendf(nil, `"cost":{"estimated":%d,"max":%d}`, estimated, most),
	}
}

func (l *cost) settle(c *stages.Call) {
	if c.Actual > 0 {
		setCost(c, "X-Cost-Actual", c.Actual)
	}
}

func setCost(c *stages.Call, name string, n int64) {
	if c.Header == nil {
		c.Header = make(http.Header, 4)
	}
	c.Header[name] = []string{strconv.FormatInt(n, 10)}
}
