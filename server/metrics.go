package server

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/series"
)

// Metrics counts what a Handler does. A nil *Metrics counts nothing. No label
// takes a value that a client or a subgraph chooses.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	errors   *prometheus.CounterVec
	sockets  prometheus.Gauge
	closes   *prometheus.CounterVec
	codes    map[fault.Code]bool

	answered series.Map[answeredKey, answeredMetrics]
	failures series.Map[failureKey, prometheus.Counter]
}

// answeredKey are the labels of an answered request.
type answeredKey struct {
	profile, method string
	status          int
}

type answeredMetrics struct {
	count    prometheus.Counter
	duration prometheus.Observer
}

// failureKey are the labels of an error.
type failureKey struct {
	code                    fault.Code
	subgraph, kind, profile string
}

// NewMetrics registers a handler's metrics with r.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_http_requests_total", Help: "Requests answered, of GraphQL and REST faces; an event stream counts when it ends."}, []string{"bff", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "weft_http_request_duration_seconds", Help: "Time from the request's head to the answer's last byte; without event streams.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"bff", "method", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "weft_http_requests_in_flight", Help: "Requests being answered; without event streams."}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_graphql_errors_total", Help: "Errors sent to clients; codes that subgraphs made up count as other."}, []string{"code", "subgraph", "op_type", "bff"}),
		sockets: prometheus.NewGauge(prometheus.GaugeOpts{Name: "weft_ws_connections", Help: "Open WebSockets."}),
		closes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_ws_closes_total", Help: "WebSockets that weft closed, by close code."}, []string{"code"}),
		codes: map[fault.Code]bool{},
	}
	for _, c := range []prometheus.Collector{m.requests, m.duration, m.inFlight, m.errors, m.sockets, m.closes} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	for _, code := range fault.Codes() {
		m.codes[code] = true
	}
	m.of(answeredKey{method: "POST", status: 200}) // so that the name is there from the start
	return m, nil
}

// of returns the metrics of an answered request.
func (m *Metrics) of(k answeredKey) answeredMetrics {
	return m.answered.Get(k, func(k answeredKey) answeredMetrics {
		status := strconv.Itoa(k.status)
		return answeredMetrics{m.requests.WithLabelValues(k.profile, k.method, status), m.duration.WithLabelValues(k.profile, k.method, status)}
	})
}

// begun counts requests under way.
func (m *Metrics) begun(more float64) {
	if m != nil {
		m.inFlight.Add(more)
	}
}

// observe counts a request that has ended.
func (m *Metrics) observe(x *exchange) {
	if m == nil {
		return
	}
	if !x.streamed {
		m.inFlight.Dec()
	}
	if x.status == 0 {
		return
	}
	of := m.of(answeredKey{x.profile, boundedMethod(x.r.Method), x.status})
	of.count.Inc()
	if !x.streamed {
		of.duration.Observe(time.Since(x.start).Seconds())
	}
	m.failed(x.profile, x.kind, x.errors)
}

// boundedMethod is a label: clients may make up methods.
func boundedMethod(method string) string {
	switch method {
	case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS":
		return method
	}
	return "other"
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
func (m *Metrics) failed(profile, kind string, errors []*fault.Error) {
	if m == nil {
		return
	}
	for _, e := range errors {
		k := failureKey{e.Code, e.Subgraph, kind, profile}
		if !m.codes[k.code] {
			k.code = "other"
		}
		m.failures.Get(k, func(k failureKey) prometheus.Counter {
			return m.errors.WithLabelValues(string(k.code), k.subgraph, k.kind, k.profile)
		}).Inc()
	}
}
