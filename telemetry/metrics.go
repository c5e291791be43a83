package telemetry

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what could not be told. One set serves all that is opened in a
// process.
type Metrics struct {
	linesDropped, spansDropped, spansSent prometheus.Counter
}

// NewMetrics registers the package's metrics.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := newMetrics()
	return m, errors.Join(r.Register(m.linesDropped), r.Register(m.spansDropped), r.Register(m.spansSent))
}

func newMetrics() *Metrics {
	return &Metrics{
		linesDropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "weft_access_log_dropped_total", Help: "Lines of the access log that could not be written as fast as they came."}),
		spansDropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "weft_trace_spans_dropped_total", Help: "Spans that the collector did not take."}),
		spansSent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "weft_trace_spans_sent_total", Help: "Spans that the collector took."}),
	}
}
