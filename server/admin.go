package server

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one line of the readiness report.
type Check struct {
	Name string
	OK   bool
	// Detail says why, for operators.
	Detail string
}

// Health reports whether traffic should come here: every check that must hold,
// and those that only inform.
type Health interface {
	Health() (required, details []Check)
}

// AdminHandler serves /livez, /readyz, /startupz and /metrics. It belongs on a
// listener that clients cannot reach: the details name files and addresses.
//
//	/livez     200 while the process answers at all
//	/readyz    200 or 503, one line per check: "ok NAME DETAIL" or "-- NAME DETAIL"
//	/startupz  503 until it was ready once, 200 from then on
func AdminHandler(h Health, g prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	var started atomic.Bool
	mux.HandleFunc("GET /startupz", func(w http.ResponseWriter, _ *http.Request) {
		required, _ := h.Health()
		if started.Load() || !slices.ContainsFunc(required, func(c Check) bool { return !c.OK }) {
			started.Store(true)
			writeText(w, http.StatusOK, "ok\n")
			return
		}
		writeText(w, http.StatusServiceUnavailable, "-- starting\n")
	})
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, "ok\n")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		required, details := h.Health()
		status := http.StatusOK
		var b strings.Builder
		for _, c := range required {
			if !c.OK {
				status = http.StatusServiceUnavailable
			}
			b.WriteString(c.line())
		}
		for _, c := range details {
			b.WriteString(c.line())
		}
		writeText(w, status, b.String())
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{}))
	return mux
}

func (c Check) line() string {
	mark := "ok "
	if !c.OK {
		mark = "-- "
	}
	detail := strings.ReplaceAll(c.Detail, "\n", "\n   ")
	return strings.TrimRight(mark+c.Name+" "+detail, " ") + "\n"
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a prober that went away is no failure
}
