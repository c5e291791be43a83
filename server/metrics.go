package server

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/fault"
)

// Metrics counts what a Handler does. A nil *Metrics counts nothing. No label
// takes a value that a client or a subgraph chooses.
type Metrics struct {
	requests *prometheus.CounterVec
	duration prometheus.Histogram
	errors   *prometheus.CounterVec
	known    map[fault.Code]prometheus.Counter
	other    prometheus.Counter
	statuses map[int]prometheus.Counter
	sockets  prometheus.Gauge
	closes   *prometheus.CounterVec
}

// NewMetrics registers a handler's metrics with r.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_http_requests_total", Help: "GraphQL requests answered, by HTTP status."}, []string{"status"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "weft_http_request_duration_seconds", Help: "Time from the request's head to the answer's last byte.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_errors_total", Help: "Errors sent to clients, by code; codes that subgraphs made up count as other."}, []string{"code"}),
		sockets: prometheus.NewGauge(prometheus.GaugeOpts{Name: "weft_ws_connections", Help: "Open WebSockets."}),
		closes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_ws_closes_total", Help: "WebSockets that weft closed, by close code."}, []string{"code"}),
		known:    map[fault.Code]prometheus.Counter{},
		statuses: map[int]prometheus.Counter{},
	}
	for _, c := range []prometheus.Collector{m.requests, m.duration, m.errors, m.sockets, m.closes} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	m.other = m.errors.WithLabelValues("other")
	m.statuses[200] = m.requests.WithLabelValues("200")
	for _, code := range fault.Codes() {
		info, _ := code.Info()
		m.known[code] = m.errors.WithLabelValues(string(code))
		for _, status := range []int{info.HTTP, info.Draft} {
			if status != 0 {
				m.statuses[status] = m.requests.WithLabelValues(strconv.Itoa(status))
			}
		}
	}
	return m, nil
}

// observe counts one answered request.
func (m *Metrics) observe(x *exchange) {
	if m == nil {
		return
	}
	if c, ok := m.statuses[x.status]; ok {
		c.Inc()
	} else {
		m.requests.WithLabelValues(strconv.Itoa(x.status)).Inc()
	}
	if !x.streamed { // how long a client listens is no duration of ours
		m.duration.Observe(time.Since(x.start).Seconds())
	}
	m.failed(x.errors)
}

// connected counts WebSockets.
func (m *Metrics) connected(more float64) {
	if m != nil {
		m.sockets.Add(more)
	}
}

// closed counts a WebSocket that was closed with a code.
func (m *Metrics) closed(code int) {
	if m != nil {
		m.closes.WithLabelValues(strconv.Itoa(code)).Inc()
	}
}

// failed counts errors sent to a client.
func (m *Metrics) failed(errors []*fault.Error) {
	if m == nil {
		return
	}
	for _, e := range errors {
		if c, ok := m.known[e.Code]; ok {
			c.Inc()
		} else {
			m.other.Inc()
		}
	}
}
