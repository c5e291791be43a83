package auth

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/stages/auth/jwks"
)

// metrics are shared by all Authenticators of one registerer: while a new
// configuration takes over there are two.
type metrics struct {
	results *prometheus.CounterVec
	ages    *ages
}

// counts are what became of the credentials that an authenticator found.
type counts struct{ accepted, refused prometheus.Counter }

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_authentications_total", Help: "Credentials that an authenticator found, by result."}, []string{"authenticator", "result"}),
		ages: &ages{
			desc: prometheus.NewDesc("weft_jwks_age_seconds", "Time since an issuer's keys were last read.", []string{"issuer"}, nil),
			sets: map[*jwks.Set]string{},
		},
	}
	if r == nil {
		return m, nil
	}
	var err error
	if m.results, err = register(r, m.results); err != nil {
		return nil, err
	}
	m.ages, err = register(r, m.ages)
	return m, err
}

// register returns the collector, or the one that is there already.
func register[C prometheus.Collector](r prometheus.Registerer, c C) (C, error) {
	err := r.Register(c)
	var there prometheus.AlreadyRegisteredError
	if errors.As(err, &there) {
		if old, ok := there.ExistingCollector.(C); ok {
			return old, nil
		}
	}
	return c, err
}

func (m *metrics) counts(authenticator string) counts {
	return counts{accepted: m.results.WithLabelValues(authenticator, "accepted"), refused: m.results.WithLabelValues(authenticator, "refused")}
}

// watch shows the age of a set until forget.
func (m *metrics) watch(issuer string, set *jwks.Set) {
	m.ages.mu.Lock()
	defer m.ages.mu.Unlock()
	m.ages.sets[set] = issuer
}

func (m *metrics) forget(set *jwks.Set) {
	m.ages.mu.Lock()
	defer m.ages.mu.Unlock()
	delete(m.ages.sets, set)
}

// ages collects how old key sets are; of two with one name the fresher counts.
type ages struct {
	desc *prometheus.Desc
	mu   sync.Mutex
	sets map[*jwks.Set]string
}

// Describe sends the one metric.
func (a *ages) Describe(out chan<- *prometheus.Desc) { out <- a.desc }

// Collect sends the age of each issuer's keys.
func (a *ages) Collect(out chan<- prometheus.Metric) {
	youngest := map[string]float64{}
	a.mu.Lock()
	for set, issuer := range a.sets {
		age, ok := set.Age()
		if before, there := youngest[issuer]; ok && (!there || age.Seconds() < before) {
			youngest[issuer] = age.Seconds()
		}
	}
	a.mu.Unlock()
	for _, issuer := range slices.Sorted(maps.Keys(youngest)) {
		out <- prometheus.MustNewConstMetric(a.desc, prometheus.GaugeValue, youngest[issuer], issuer)
	}
}
