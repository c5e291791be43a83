package weft

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/series"
	"github.com/weftql/weft/planner/plan"
)

// subgraphMetrics count what subgraphs are asked.
type subgraphMetrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec

	answers series.Map[answerKey, prometheus.Counter]
}

// answerKey are the labels of a subgraph's answer.
type answerKey struct{ subgraph, status string }

func (m *subgraphMetrics) register(r prometheus.Registerer) error {
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_subgraph_requests_total", Help: "Requests to subgraphs: 2xx to 5xx with a usable answer, else the code of what failed."}, []string{"subgraph", "status"})
	m.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "weft_subgraph_request_duration_seconds", Help: "Time from sending a subgraph request to its complete answer.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"subgraph"})
	m.bytes = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_subgraph_response_bytes_total", Help: "Bytes of subgraph answers."}, []string{"subgraph"})
	return errors.Join(r.Register(m.requests), r.Register(m.duration), r.Register(m.bytes))
}

// fetchMetrics are the metrics of one subgraph, looked up once per plan.
type fetchMetrics struct {
	subgraph string
	duration prometheus.Observer
	bytes    prometheus.Counter
	ok       prometheus.Counter // 2xx
	all      *metrics
}

// forPlan returns the metrics of each fetch of a plan; introspection has none.
func (m *metrics) forPlan(p *plan.Plan) []fetchMetrics {
	all := make([]fetchMetrics, len(p.Fetches))
	for i := range p.Fetches {
		if name := p.Subgraphs[p.Fetches[i].Subgraph]; name != "" {
			all[i] = fetchMetrics{name, m.subgraphs.duration.WithLabelValues(name), m.subgraphs.bytes.WithLabelValues(name),
				m.subgraphs.requests.WithLabelValues(name, "2xx"), m}
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
		if info.Error == nil && info.Status < 300 {
			m.ok.Inc()
		} else {
			m.other(info)
		}
	}
}

// other counts an answer that is not the usual one.
func (m *fetchMetrics) other(info *executor.FetchInfo) {
	k := answerKey{subgraph: m.subgraph, status: "other"}
	switch {
	case info.Error != nil:
		k.status = m.all.known(info.Error.Code)
	case info.Status < 600:
		k.status = [...]string{"3xx", "4xx", "5xx"}[info.Status/100-3]
	}
	requests := m.all.subgraphs.requests
	m.all.subgraphs.answers.Get(k, func(k answerKey) prometheus.Counter { return requests.WithLabelValues(k.subgraph, k.status) }).Inc()
}
