package weft

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/planner/plan"
)

// metrics counts what a gateway does beside serving. Labels are names of
// subgraphs, which the operator chooses, and words of our own.
type metrics struct {
	planning prometheus.Histogram
	reloads  *prometheus.CounterVec
	fetches  *prometheus.HistogramVec
	failures *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	streams  streamMetrics

	connectors connectorMetrics
}

// streamMetrics count subscriptions: the clients' and those of them that were
// opened upstream.
type streamMetrics struct {
	clients, upstreams           prometheus.Gauge
	received, delivered, dropped prometheus.Counter
}

func newStreamMetrics(r prometheus.Registerer) (streamMetrics, error) {
	active := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "weft_subscriptions_active", Help: "Subscriptions under way: of clients, and the runs that they share."}, []string{"side"})
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_subscription_events_total", Help: "Events that came from subgraphs, and those handed to clients."}, []string{"side"})
	dropped := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "weft_subscription_dropped_total", Help: "Events that clients missed because they were slow."})
	return streamMetrics{
		clients: active.WithLabelValues("client"), upstreams: active.WithLabelValues("upstream"),
		received: events.WithLabelValues("upstream"), delivered: events.WithLabelValues("client"), dropped: dropped,
	}, errors.Join(r.Register(active), r.Register(events), r.Register(dropped))
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		planning: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "weft_planning_duration_seconds", Help: "Time to plan and compile an operation that was not known.",
			Buckets: prometheus.ExponentialBuckets(.0001, 3, 11)}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_schema_reload_total", Help: "Attempts to swap in changed schemas, by result."}, []string{"result"}),
		fetches: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "weft_subgraph_request_duration_seconds", Help: "Time from sending a subgraph request to its complete answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"subgraph"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_subgraph_request_failures_total", Help: "Subgraph requests without a usable answer."}, []string{"subgraph"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_subgraph_response_bytes_total", Help: "Bytes of subgraph answers."}, []string{"subgraph"}),
	}
	var err error
	if m.streams, err = newStreamMetrics(r); err != nil {
		return nil, err
	}
	if m.connectors, err = newConnectorMetrics(r); err != nil {
		return nil, err
	}
	m.reloads.WithLabelValues("ok")
	m.reloads.WithLabelValues("error")
	return m, errors.Join(r.Register(m.planning), r.Register(m.reloads), r.Register(m.fetches), r.Register(m.failures), r.Register(m.bytes))
}

// fetchMetrics are the metrics of one subgraph, looked up once per plan.
type fetchMetrics struct {
	duration prometheus.Observer
	failures prometheus.Counter
	bytes    prometheus.Counter
}

// forPlan returns the metrics of each fetch of a plan; introspection has none.
func (m *metrics) forPlan(p *plan.Plan) []fetchMetrics {
	all := make([]fetchMetrics, len(p.Fetches))
	for i := range p.Fetches {
		if name := p.Subgraphs[p.Fetches[i].Subgraph]; name != "" {
			all[i] = fetchMetrics{m.fetches.WithLabelValues(name), m.failures.WithLabelValues(name), m.bytes.WithLabelValues(name)}
		}
	}
	return all
}

// observe counts the requests of one operation.
func (p *program) observe(fetches []executor.FetchInfo) {
	for i := range fetches {
		info := &fetches[i]
		m := &p.metrics[info.Fetch]
		if m.duration == nil {
			continue
		}
		m.duration.Observe(info.Duration.Seconds())
		m.bytes.Add(float64(info.Bytes))
		if info.Error != nil {
			m.failures.Inc()
		}
	}
}
