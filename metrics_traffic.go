package weft

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/subgraphs/traffic"
)

// trafficMetrics tell how often subgraphs are asked again, and which are left
// alone.
type trafficMetrics struct {
	retries, refused *prometheus.CounterVec
	state            *prometheus.GaugeVec
}

func (m *trafficMetrics) register(r prometheus.Registerer) error {
	m.retries = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_subgraph_retries_total", Help: "Requests to subgraphs that were sent again."}, []string{"subgraph"})
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_subgraph_short_circuits_total", Help: "Requests that were not sent because the subgraph's breaker is open."}, []string{"subgraph"})
	m.state = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "weft_subgraph_breaker_state", Help: "Breaker of a subgraph: 0 closed, 1 half-open, 2 open."}, []string{"subgraph"})
	return errors.Join(r.Register(m.retries), r.Register(m.refused), r.Register(m.state))
}

// trafficTrace returns what the traffic of a subgraph tells.
func (m *metrics) trafficTrace(subgraph string) traffic.Trace {
	state := m.traffic.state.WithLabelValues(subgraph)
	return traffic.Trace{
		Retried: m.traffic.retries.WithLabelValues(subgraph).Inc,
		Refused: m.traffic.refused.WithLabelValues(subgraph).Inc,
		State:   func(s traffic.State) { state.Set(float64(s)) },
	}
}
