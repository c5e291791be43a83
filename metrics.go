package weft

import (
	"encoding/hex"
	"errors"
	"runtime"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/stages/limit"
	"github.com/weftql/weft/telemetry"
)

// metrics counts what a gateway does beside serving. Labels are names that the
// operator chooses, of subgraphs and profiles, and words of our own.
type metrics struct {
	planning   prometheus.Histogram
	documents  cacheMetrics
	plans      cacheMetrics
	swaps      *prometheus.CounterVec
	generation *prometheus.GaugeVec
	current    sync.Mutex // of generation, which has one series
	subgraphs  subgraphMetrics
	traffic    trafficMetrics
	limits     *limit.Metrics
	policy     policyMetrics
	streams    streamMetrics
	connectors connectorMetrics
	telemetry  *telemetry.Metrics
	codes      map[fault.Code]bool // known ones: others are made up
}

// cacheMetrics count look-ups.
type cacheMetrics struct{ hit, miss prometheus.Counter }

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		planning: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "weft_plan_duration_seconds", Help: "Time to plan and compile an operation that was not known.",
			Buckets: prometheus.ExponentialBuckets(.0001, 3, 11)}),
		swaps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_generation_swap_total", Help: "Attempts to put changed schemas, profiles or settings in place, by result."}, []string{"result"}),
		generation: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "weft_generation_info", Help: "1 for the schemas being served, named by their digest."}, []string{"digest"}),
		codes: map[fault.Code]bool{},
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "weft_build_info", Help: "1 for the build that runs."}, []string{"version", "go"})
	build.WithLabelValues(version(), runtime.Version()).Set(1)
	for _, code := range fault.Codes() {
		m.codes[code] = true
	}
	lookups := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_cache_requests_total", Help: "Look-ups of prepared documents and of plans, by result."}, []string{"cache", "result"})
	m.documents = cacheMetrics{lookups.WithLabelValues("doc", "hit"), lookups.WithLabelValues("doc", "miss")}
	m.plans = cacheMetrics{lookups.WithLabelValues("plan", "hit"), lookups.WithLabelValues("plan", "miss")}
	m.swaps.WithLabelValues("ok")
	m.swaps.WithLabelValues("error")
	errs := []error{r.Register(m.planning), r.Register(m.swaps), r.Register(m.generation), r.Register(lookups), r.Register(build),
		m.subgraphs.register(r), m.traffic.register(r), m.policy.register(r)}
	var err error
	m.streams, err = newStreamMetrics(r)
	errs = append(errs, err)
	m.connectors, err = newConnectorMetrics(r)
	errs = append(errs, err)
	m.telemetry, err = telemetry.NewMetrics(r)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err // before what would panic
	}
	m.limits = limit.NewMetrics(r)
	return m, nil
}

// swapped counts a swap and names the schemas served from now on.
func (m *metrics) swapped(s *Snapshot) {
	m.swaps.WithLabelValues("ok").Inc()
	m.current.Lock()
	defer m.current.Unlock()
	m.generation.Reset()
	m.generation.WithLabelValues(hex.EncodeToString(s.digest[:6])).Set(1)
}

// known returns a code as a label: a subgraph may make up codes.
func (m *metrics) known(code fault.Code) string {
	if m.codes[code] {
		return string(code)
	}
	return "other"
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
