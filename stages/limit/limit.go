// Package limit bounds what clients may ask for: the shape of a document, its
// variables, its cost, how often, and how much at once.
//
// [Open] makes a [Store], the counters, which live as long as the process; or,
// with Redis, longer and for several processes. [Stages] compiles the limits of
// one client profile into stages over it. A stage that has nothing to bound is
// not made.
//
// Rates are counted by the generic cell rate algorithm, see gcra.go: exact, with
// one number a key, and with the time to wait known. Cost follows the
// specification of @cost and @listSize, see cost.go.
package limit

import (
	"cmp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/stages"
)

// Options are the circumstances of one profile's stages.
type Options struct {
	// Graph and Profile name what the stages are for, default "default" and "".
	Graph, Profile string
	// Rejected, if set, is told of rates that were exceeded in observe mode: a
	// chain's stages have one mode each, but rates of both kinds are counted in
	// one go.
	Rejected stages.Rejected
}

// Stages returns the stages of cfg for a graph, in their order. cfg of a client
// profile is what [config.Limits.Within] returned. Errors are CONFIG_INVALID and
// name the key.
func Stages(graph *schema.Supergraph, cfg config.Limits, s *Store, o Options) ([]stages.Stage, error) {
	cfg = cfg.WithStandards()
	o.Graph = cmp.Or(o.Graph, "default") // an empty {} would not keep keys together
	var list []stages.Stage
	if c := cfg.Concurrency; c.Mode != "off" && (c.Max > 0 || c.BFF > 0) {
		list = append(list, concurrencyStage(c, s, &o))
	}
	if cfg.Document.Mode != "off" {
		list = append(list, documentStage(cfg.Document))
	}
	if cfg.Variables.Mode != "off" {
		list = append(list, variablesStage(cfg.Variables))
	}
	price, err := costStage(graph, cfg)
	if err != nil {
		return nil, err
	}
	if price != nil {
		list = append(list, *price)
	}
	rates, err := ratesStage(cfg, s, &o)
	if err != nil {
		return nil, err
	}
	if rates != nil {
		list = append(list, *rates)
	}
	return list, nil
}

// Metrics are the figures of a process's stores.
type Metrics struct {
	errors, refused *prometheus.CounterVec
	up              prometheus.Gauge
}

// NewMetrics registers the metrics; reg may be nil.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_limit_store_errors_total", Help: "Requests to the store of limits that failed, by reason.",
		}, []string{"reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_limit_exceeded_total", Help: "Operations that exceeded a rate, by its name.",
		}, []string{"limit", "bff", "mode"}),
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "weft_limit_store_up", Help: "Whether the store of limits is used: 0 while it is away.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.errors, m.refused, m.up)
	}
	return m
}
