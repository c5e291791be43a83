package weft

import (
	"context"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/config"
)

// Reload reads the configuration again and, if it is another one, puts it in
// place as a whole: a new snapshot and a new set of rules at the edge, or, if
// anything in it is wrong, nothing. Requests under way finish as they began.
// Listeners and logs keep their settings until a restart. Without Load it does
// nothing. It returns what Load or New would.
func (p *Process) Reload(ctx context.Context) error {
	p.one.Lock()
	defer p.one.Unlock()
	p.refused = "" // whoever asks is told again
	return p.reload(ctx)
}

// reload is Reload for a file that may have changed: it tells of a mistake once.
func (p *Process) reload(ctx context.Context) error {
	if p.Load == nil {
		return nil
	}
	settings, err := p.Load()
	if err == nil && !reflect.DeepEqual(settings, p.settings) {
		err = p.reconfigure(ctx, settings)
	} else if err == nil {
		settings = nil
	}
	p.Gateway.reload.settings(err)
	if err != nil {
		if err.Error() != p.refused {
			p.reloads.WithLabelValues("error").Inc()
			p.log.LogAttrs(ctx, slog.LevelError, "configuration refused, the running one stays", slog.String("cause", err.Error()))
		}
		p.refused = err.Error()
		return err
	}
	p.refused = ""
	if settings == nil { // as it was
		return nil
	}
	p.reloads.WithLabelValues("ok").Inc()
	p.log.LogAttrs(ctx, slog.LevelInfo, "configuration change taken", slog.Int("subgraphs", p.Gateway.Snapshot().Registered()))
	if fixed := fixedSections(p.settings, settings); len(fixed) > 0 {
		p.log.LogAttrs(ctx, slog.LevelWarn, "what has changed here needs a restart", slog.Any("sections", fixed))
	}
	p.settings = settings
	return nil
}

func (p *Process) reconfigure(ctx context.Context, c *config.Config) error {
	edge, err := handlerOptions(p.Gateway, c, p.dev, p.log, p.told)
	if err != nil {
		return c.Locate(err)
	}
	edge.Refused = p.Gateway.tellRefused
	if err := p.Gateway.Reconfigure(ctx, FromConfig(c, p.dev)); err != nil {
		return c.Locate(err)
	}
	return p.handler.Reconfigure(edge) // it has no routes that could clash
}

// fixedSections are the changed sections that are read at start alone.
func fixedSections(before, now *config.Config) []string {
	var names []string
	for _, s := range []struct {
		name string
		a, b any
	}{
		{"listeners", before.Listeners, now.Listeners},
		{"telemetry", before.Telemetry, now.Telemetry},
	} {
		if !reflect.DeepEqual(s.a, s.b) {
			names = append(names, s.name)
		}
	}
	return names
}

func newReloads(r prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_config_reload_total", Help: "Attempts to put a changed configuration in place, by result."}, []string{"result"})
	r.MustRegister(c)
	c.WithLabelValues("ok")
	c.WithLabelValues("error")
	return c
}

// watches reports whether a change of the configuration file is taken by
// itself.
func (p *Process) watches() bool {
	p.one.Lock()
	defer p.one.Unlock()
	return p.Load != nil && p.settings.File != "" && (p.settings.Runtime.Watch == nil || *p.settings.Runtime.Watch)
}

// watch reloads when the configuration file, or that of a BFF, may have changed.
func (p *Process) watch(ctx context.Context) {
	for ctx.Err() == nil {
		folders := p.folders()
		same, stop := context.WithCancel(ctx)
		watchFolders(same, p.log, folders, func() {
			p.one.Lock()
			_ = p.reload(ctx) // it has told
			p.one.Unlock()
			if !slices.Equal(folders, p.folders()) {
				stop()
			}
		})
		stop()
	}
}

// folders are where the configuration stands.
func (p *Process) folders() []string {
	p.one.Lock()
	defer p.one.Unlock()
	folders := []string{filepath.Dir(p.settings.File)}
	for i := range p.settings.BFFs {
		if dir := p.settings.BFFs[i].Dir; dir != "" {
			folders = append(folders, dir)
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}
