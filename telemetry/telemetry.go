// Package telemetry tells the outside what the gateway does: the access log,
// and traces over OTLP.
//
// While an operation runs, an [Operation] takes note of what happened and when:
// plain values in memory that the operation has anyway. When it is over,
// [Telemetry.Tell] makes a line of it (accesslog.go), and spans (spans.go) if it
// was sampled, or failed, or was slow. Nothing waits for a file or a collector:
// what does not fit into their queues is dropped and counted.
//
// A nil *Telemetry, or one with neither log nor traces, costs a comparison. All
// is safe for concurrent use, but an Operation belongs to one goroutine.
// Nothing here looks at variables, headers or answers, unless an expression of
// the configuration names a header.
package telemetry

import (
	"errors"
	"log/slog"
	"os"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// Options are what settings do not say. The zero value works.
type Options struct {
	// Graph is the graph's name, for expressions and spans; Version is weft's.
	Graph, Version string
	Logger         *slog.Logger // nil discards
	Metrics        *Metrics     // nil counts nothing
}

// Telemetry is where operations are told.
type Telemetry struct {
	access *accessLog // nil is off
	tracer *tracer    // nil is off
}

// Check returns what Open would find wrong with the settings alone. It opens
// nothing.
func Check(c config.Telemetry) error {
	_, err := newAccessLog(&c.Logs)
	return err
}

// Open starts what the settings ask for; nil is nothing. It returns CONFIG_INVALID for all that
// is wrong with them, each message led by its key. Close ends it.
func Open(c config.Telemetry, o Options) (*Telemetry, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = newMetrics()
	}
	access, err := openAccessLog(&c.Logs, &o)
	tracer, also := openTracer(&c, &o)
	t := &Telemetry{access: access, tracer: tracer}
	if err != nil || also != nil {
		t.Close()
		return nil, append(fault.Of(err), fault.Of(also)...)
	}
	if access == nil && tracer == nil {
		return nil, nil //nolint:nilnil // nil tells nobody
	}
	return t, nil
}

// Begin starts an operation's notes. o.Caller must be set; a trace the client
// began is continued.
func (t *Telemetry) Begin(o *Operation) {
	if t == nil || t.tracer == nil {
		return
	}
	t.tracer.begin(o)
}

// Traces reports whether spans may be made.
func (t *Telemetry) Traces() bool { return t != nil && t.tracer != nil }

// Tell tells an operation that is over. What o refers to is not kept.
func (t *Telemetry) Tell(o *Operation) {
	if t == nil {
		return
	}
	if t.access != nil {
		t.access.tell(o)
	}
	if t.tracer != nil {
		t.tracer.tell(o)
	}
}

// Reopen opens the access log's file again, after somebody moved it away.
func (t *Telemetry) Reopen() error {
	if t == nil || t.access == nil {
		return nil
	}
	return t.access.out.reopen()
}

// Close writes and sends what is waiting, and waits for it a few seconds.
// Nothing may be told afterwards.
func (t *Telemetry) Close() {
	if t == nil {
		return
	}
	if t.access != nil {
		t.access.out.close()
	}
	if t.tracer != nil {
		t.tracer.exporter.close()
	}
}

// invalid is a mistake in the settings at a key.
func invalid(key, problem string) *fault.Error {
	return &fault.Error{Code: fault.ConfigInvalid, Message: key + ": " + problem}
}

// reason is an error in few words.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
