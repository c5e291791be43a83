package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
)

func serveCommand() *cobra.Command {
	var in inputs
	var listen string
	var dev bool
	c := &cobra.Command{
		Use: "serve", Short: "Serve a graph",
		Long: `Serve a graph, from a configuration file or from flags:

  weft serve --config weft.yaml
  weft serve --supergraph supergraph.graphql
  weft serve --subgraph accounts=http://127.0.0.1:4001/graphql --subgraph products=http://127.0.0.1:4002/graphql

Subgraphs without a schema are asked for it with {_service{sdl}}.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			settings, err := in.load()
			if err != nil {
				return err
			}
			if listen != "" {
				settings.Listeners.Public.Address = listen
			}
			load := func() (*config.Config, error) {
				again, err := in.load()
				if err == nil && listen != "" {
					again.Listeners.Public.Address = listen
				}
				return again, err
			}
			return serve(c.Context(), settings, dev, c.ErrOrStderr(), func(p *weft.Process) { p.Load = load })
		},
	}
	in.flags(c, true)
	c.Flags().StringVar(&listen, "listen", "", "host:port to serve clients on (default 127.0.0.1:4000)")
	c.Flags().BoolVar(&dev, "dev", false, "development: introspection, full error messages, GraphiQL")
	return c
}

// serve runs a process until ctx ends, and reloads its configuration on SIGHUP.
// ready, if any, is called when the listeners are open.
func serve(ctx context.Context, settings *config.Config, dev bool, stderr io.Writer, ready func(*weft.Process)) error {
	log := newLogger(settings.Telemetry.Logs, stderr)
	settings.Telemetry.Logs.Access.Output = stderr
	p, err := weft.Start(ctx, settings, dev, log)
	if err != nil {
		return err
	}
	log.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("address", "http://"+p.Addr()), slog.String("admin", p.AdminAddr()),
		slog.Int("subgraphs", p.Gateway.Snapshot().Registered()))
	if ready != nil {
		ready(p)
	}
	if load := p.Load; load != nil {
		p.Load = func() (*config.Config, error) {
			again, err := load()
			if err == nil {
				again.Telemetry.Logs.Access.Output = stderr
			}
			return again, err
		}
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	go func() { // ends with ctx
		for {
			select {
			case <-hangups:
				// What has been told already is not told again; where files are not watched,
				// nothing else reads schemas and the files of BFFs.
				if p.Reload(ctx) == nil {
					if err := p.Gateway.Reload(ctx); err != nil {
						log.LogAttrs(ctx, slog.LevelError, "schemas refused, the running ones stay", slog.String("cause", err.Error()))
					}
				}
				if err := p.Gateway.ReopenLogs(); err != nil {
					log.LogAttrs(ctx, slog.LevelError, "the access log cannot be opened again", slog.String("cause", err.Error()))
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	if err := p.Run(ctx); err != nil {
		return &environmentError{fmt.Errorf("serve: %w", err)}
	}
	return nil
}

// newLogger writes to standard error in the configured form.
func newLogger(c config.Logs, w io.Writer) *slog.Logger {
	var level slog.Level
	if c.Level != "" {
		// The words were checked when the file was read.
		_ = level.UnmarshalText([]byte(c.Level))
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
