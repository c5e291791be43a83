package weft

import (
	"context"
	"log/slog"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/server"
)

// Process is a gateway behind its listeners, as `weft serve` runs it.
type Process struct {
	Gateway *Gateway
	// Load reads the configuration again, for Reload; nil is a process whose
	// configuration does not change. It is set before Run.
	Load func() (*config.Config, error)

	server   *server.Server
	handler  *server.Handler
	told     *server.Metrics
	log      *slog.Logger
	dev      bool
	reloads  *prometheus.CounterVec
	one      sync.Mutex // held for a whole reload
	settings *config.Config
	refused  string // what was wrong with the last one, "" if nothing
}

// Start builds the gateway a configuration stands for and opens its listeners;
// nothing is served before Run. dev is the --dev switch. A nil logger discards.
// It returns what New returns, or the error of a listener.
func Start(ctx context.Context, c *config.Config, dev bool, log *slog.Logger) (*Process, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	o := FromConfig(c, dev)
	o.Logger, o.Metrics = log, registry
	g, err := New(ctx, o)
	if err != nil {
		return nil, c.Locate(err)
	}
	told, err := server.NewMetrics(registry)
	if err != nil {
		return nil, err
	}
	h, err := handlerOptions(g, c, dev, log, told)
	if err != nil {
		return nil, c.Locate(err)
	}
	h.Refused = g.tellRefused
	l := listenOptions(c)
	l.Logger = log
	p := &Process{Gateway: g, handler: server.NewHandler(g, h), told: told, log: o.Logger, dev: dev, settings: c, reloads: newReloads(registry)}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.server = server.New(p.handler, server.AdminHandler(g, registry), l)
	if err := p.server.Listen(ctx); err != nil {
		g.Close()
		return nil, err
	}
	return p, nil
}

// Addr and AdminAddr are the addresses listened on.
func (p *Process) Addr() string { return p.server.Addr() }

// AdminAddr is "" without an admin listener.
func (p *Process) AdminAddr() string { return p.server.AdminAddr() }

// Run serves, and watches the schemas and the configuration file, until ctx
// ends, then drains.
func (p *Process) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	if p.watches() {
		group.Go(func() error { p.watch(ctx); return nil }) // ends with ctx
	}
	group.Go(func() error { return p.server.Run(ctx) })  // ends after the drain
	group.Go(func() error { return p.Gateway.Run(ctx) }) // ends with ctx
	err := group.Wait()
	p.Gateway.Close()
	return err
}
