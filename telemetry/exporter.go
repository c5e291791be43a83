package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// exporter sends spans to a collector, many at a time, on one goroutine. Spans
// that do not fit because the collector is slow or away are dropped and counted.
type exporter struct {
	client   otlptrace.Client
	resource *resourcepb.Resource
	metrics  *Metrics
	log      *slog.Logger
	ctx      context.Context //nolint:containedctx // done when there is no time left to send
	cancel   context.CancelFunc

	mu     sync.Mutex
	spans  []*tracepb.Span
	closed bool

	wake, closing chan struct{}
	done          chan struct{}
	told          time.Time // when a failure was last logged
}

// Chosen: OpenTelemetry's own batching has a queue of 2048, batches of 512 and
// 5 s.
const (
	maxSpans    = 8192
	batchSpans  = 512
	batchPause  = time.Second
	sendTimeout = 10 * time.Second
	quiet       = time.Minute // between two log lines of failures
)

func newExporter(client otlptrace.Client, r *resourcepb.Resource, m *Metrics, log *slog.Logger) *exporter {
	e := &exporter{client: client, resource: r, metrics: m, log: log, wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{})}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	go e.run() // ends with close
	return e
}

// put queues spans without waiting.
func (e *exporter) put(spans []*tracepb.Span) {
	e.mu.Lock()
	fits := !e.closed && len(e.spans)+len(spans) <= maxSpans
	if fits {
		e.spans = append(e.spans, spans...)
	}
	full := len(e.spans) >= batchSpans
	e.mu.Unlock()
	if !fits {
		e.metrics.spansDropped.Add(float64(len(spans)))
	}
	if full {
		select {
		case e.wake <- struct{}{}:
		default:
		}
	}
}

func (e *exporter) run() {
	defer close(e.done)
	ticker := time.NewTicker(batchPause)
	defer ticker.Stop()
	for closing := false; !closing; {
		select {
		case <-ticker.C:
		case <-e.wake:
		case <-e.closing:
			closing = true
		}
		e.mu.Lock()
		spans := e.spans
		e.spans = nil
		e.mu.Unlock()
		for len(spans) > 0 {
			n := min(len(spans), batchSpans)
			e.send(spans[:n])
			spans = spans[n:]
		}
	}
}

// send makes one request, which the client repeats where that may help.
func (e *exporter) send(spans []*tracepb.Span) {
	ctx, cancel := context.WithTimeout(e.ctx, sendTimeout)
	defer cancel()
	err := e.client.UploadTraces(ctx, []*tracepb.ResourceSpans{{
		Resource:   e.resource,
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: "github.com/weftql/weft"}, Spans: spans}},
	}})
	if err == nil {
		e.metrics.spansSent.Add(float64(len(spans)))
		return
	}
	e.metrics.spansDropped.Add(float64(len(spans)))
	if now := time.Now(); now.Sub(e.told) > quiet {
		e.told = now
		e.log.LogAttrs(ctx, slog.LevelWarn, "traces could not be sent", slog.String("cause", err.Error()))
	}
}

// close sends what waits, for a few seconds at most.
func (e *exporter) close() {
	e.mu.Lock()
	already := e.closed
	e.closed = true
	e.mu.Unlock()
	if already {
		return
	}
	close(e.closing)
	late := time.AfterFunc(patience, e.cancel)
	<-e.done
	late.Stop()
	e.cancel()
	_ = e.client.Stop(context.Background()) // it has nothing left to do
}
