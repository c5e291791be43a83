package weft_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/server"
)

// BenchmarkServed is a known operation through the handler, without a network:
// bare, with metrics, and with the access log too.
func BenchmarkServed(b *testing.B) {
	for _, name := range []string{"bare", "metrics", "access"} {
		b.Run(name, func(b *testing.B) {
			o := one(always(`{"data":{"a":"x"}}`))
			var h server.Options
			if name != "bare" {
				var err error
				if h.Metrics, err = server.NewMetrics(prometheus.NewRegistry()); err != nil {
					b.Fatal(err)
				}
			}
			if name == "access" {
				o.Telemetry = &config.Telemetry{Logs: config.Logs{Access: config.Access{File: filepath.Join(b.TempDir(), "access.log")}}}
			}
			g, err := weft.New(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer g.Close()
			handler := server.NewHandler(g, h)
			body := strings.NewReader("")
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			r.Header["Content-Type"] = []string{"application/json"}
			w := &nowhere{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(`{"query":"{a}"}`)
				r.Body = io.NopCloser(body)
				clear(w.header)
				handler.ServeHTTP(w, r)
			}
		})
	}
}

// nowhere is a response that nobody reads.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) WriteHeader(int)             {}
func (w *nowhere) Write(p []byte) (int, error) { return len(p), nil }
