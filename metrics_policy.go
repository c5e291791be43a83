package weft

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/series"
	"github.com/weftql/weft/stages"
)

// policyMetrics count what the stages decide, by client profile.
type policyMetrics struct {
	rejections *prometheus.CounterVec
	cost       *prometheus.HistogramVec
	overhead   *prometheus.HistogramVec
	unknown    *prometheus.CounterVec

	rejected series.Map[rejectionKey, prometheus.Counter]
	profiles series.Map[string, *profileMetrics]
}

// rejectionKey are the labels of a refusal.
type rejectionKey struct {
	stage   string
	code    fault.Code
	profile string
	mode    stages.Mode
}

// profileMetrics are those of one profile, looked up once.
type profileMetrics struct{ overhead, estimated, actual, delta prometheus.Observer }

func (m *policyMetrics) register(r prometheus.Registerer) error {
	m.rejections = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_rejections_total", Help: "Operations that a stage refused, or would have refused where it only observes."}, []string{"stage", "code", "bff", "mode"})
	m.cost = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "weft_cost", Help: "Cost of operations: as estimated before they ran, as found after, and the estimate less that.",
		Buckets: []float64{-1000, -100, -10, 0, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}}, []string{"kind", "bff"})
	m.overhead = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "weft_router_overhead_seconds", Help: "Time of an operation in which no subgraph was being asked; without subscriptions.",
		Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1}}, []string{"bff"})
	m.unknown = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_bff_unknown_operations_total", Help: "Operations that a profile in mode audit let pass although its folder has not got them."}, []string{"bff"})
	return errors.Join(r.Register(m.rejections), r.Register(m.cost), r.Register(m.overhead), r.Register(m.unknown))
}

// of returns the metrics of a profile.
func (m *policyMetrics) of(profile string) *profileMetrics {
	return m.profiles.Get(profile, func(profile string) *profileMetrics {
		return &profileMetrics{
			overhead:  m.overhead.WithLabelValues(profile),
			estimated: m.cost.WithLabelValues("estimated", profile), actual: m.cost.WithLabelValues("actual", profile), delta: m.cost.WithLabelValues("delta", profile),
		}
	})
}

// rejected counts a refusal; it is a stages.Rejected.
func (m *metrics) rejected(c *stages.Call, s *stages.Stage, err error) {
	k := rejectionKey{stage: s.Name, code: fault.CodeOf(err), mode: s.Mode}
	if c.Caller != nil {
		k.profile = c.Caller.Profile
	}
	if !m.codes[k.code] {
		k.code = "other"
	}
	all := m.policy.rejections
	m.policy.rejected.Get(k, func(k rejectionKey) prometheus.Counter {
		return all.WithLabelValues(k.stage, string(k.code), k.profile, k.mode.String())
	}).Inc()
}

// settled counts an operation's cost, as far as it is known.
func (m *profileMetrics) settled(c *stages.Call) {
	if c.Estimated == 0 {
		return
	}
	m.estimated.Observe(float64(c.Estimated))
	if c.Actual > 0 {
		m.actual.Observe(float64(c.Actual))
		m.delta.Observe(float64(c.Estimated - c.Actual))
	}
}
