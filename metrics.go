package weft

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what a gateway does beside serving.
type metrics struct {
	planning prometheus.Histogram
	reloads  *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		planning: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "weft_planning_duration_seconds", Help: "Time to plan and compile an operation that was not known.",
			Buckets: prometheus.ExponentialBuckets(.0001, 3, 11)}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_schema_reload_total", Help: "Attempts to swap in changed schemas, by result."}, []string{"result"}),
	}
	m.reloads.WithLabelValues("ok")
	m.reloads.WithLabelValues("error")
	return m, errors.Join(r.Register(m.planning), r.Register(m.reloads))
}
