package weft

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
)

// connectorMetrics count what REST and gRPC backends are asked. Labels are
// names of subgraphs and sources, which the operator chooses.
type connectorMetrics struct {
	requests *prometheus.HistogramVec
	failures *prometheus.CounterVec
	batches  *prometheus.HistogramVec
	dedup    *prometheus.HistogramVec
	waits    *prometheus.HistogramVec
	problems *prometheus.CounterVec
}

func newConnectorMetrics(r prometheus.Registerer) (connectorMetrics, error) {
	m := connectorMetrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "weft_connector_request_duration_seconds", Help: "Time of one request to a REST or gRPC backend.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}}, []string{"subgraph", "source"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_connector_request_failures_total", Help: "Requests to REST and gRPC backends without an answer, or with one that is a failure: not 2xx, not OK."}, []string{"subgraph", "source"}),
		batches: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "weft_batch_size", Help: "Keys in one request for several.", Buckets: prometheus.ExponentialBuckets(1, 2, 11)}, []string{"subgraph"}),
		dedup: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "weft_batch_dedup_ratio", Help: "Distinct keys of a look-up by objects that wanted it.", Buckets: prometheus.LinearBuckets(.1, .1, 10)}, []string{"subgraph"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "weft_coalesce_wait_seconds", Help: "How long the first key of a batch of several operations waited.",
			Buckets: prometheus.ExponentialBuckets(.00025, 2, 9)}, []string{"subgraph"}),
		problems: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_mapping_problems_total", Help: "What mappings ran into while reading answers."}, []string{"subgraph"}),
	}
	return m, errors.Join(r.Register(m.requests), r.Register(m.failures), r.Register(m.batches),
		r.Register(m.dedup), r.Register(m.waits), r.Register(m.problems))
}

// trace returns the hooks of a subgraph's connectors.
func (m *connectorMetrics) trace(subgraph string) connectors.Trace {
	batches, dedup, waits, problems := m.batches.WithLabelValues(subgraph), m.dedup.WithLabelValues(subgraph),
		m.waits.WithLabelValues(subgraph), m.problems.WithLabelValues(subgraph)
	return connectors.Trace{
		Request: func(info connectors.RequestInfo) {
			m.requests.WithLabelValues(subgraph, info.Source).Observe(info.Took.Seconds())
			if info.Err != nil || info.Failed {
				m.failures.WithLabelValues(subgraph, info.Source).Inc()
			}
		},
		Lookup:    func(_ string, wanted, keys int) { dedup.Observe(float64(keys) / float64(max(wanted, 1))) },
		Batch:     func(_ string, keys int) { batches.Observe(float64(keys)) },
		Coalesced: func(_ string, _, _ int, waited time.Duration) { waits.Observe(waited.Seconds()) },
		Problems: func(_ string, found []mapping.Problem) {
			for i := range found {
				problems.Add(float64(found[i].Count))
			}
		},
	}
}
