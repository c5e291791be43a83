package server

import (
	"mime"
	"net/http"
	"strings"

	"github.com/weftql/weft/fault"
)

// checkCSRF refuses what a browser sends to another origin without asking
// first: a request whose content type is one of the three simple ones, or that
// has none. A header that no form can set proves that the browser did ask.
func (h *Handler) checkCSRF(r *http.Request) error {
	if h.options.NoCSRF {
		return nil
	}
	lines := r.Header["Content-Type"]
	if len(lines) == 1 && lines[0] == "application/json" {
		return nil
	}
	// Several lines are joined as a proxy would; then they do not parse.
	essence, _, err := mime.ParseMediaType(strings.Join(lines, ", "))
	if err == nil && strings.Contains(essence, "/") {
		switch essence {
		case "text/plain", "application/x-www-form-urlencoded", "multipart/form-data":
		default:
			return nil
		}
	}
	if h.subscribesFromOwnPage(r) {
		return nil
	}
	for _, name := range h.options.PreflightHeaders {
		if r.Header.Get(name) != "" {
			return nil
		}
	}
	return &fault.Error{Code: fault.CSRFPreventionFailed,
		Message: "send Content-Type: application/json, or one of the headers " + strings.Join(h.options.PreflightHeaders, ", ")}
}

// subscribesFromOwnPage reports whether a browser's EventSource asks, which can
// set no header of its own: it is let in as a WebSocket is, by where its page
// comes from. A page elsewhere sends its Origin, or is told apart by the
// browser.
func (h *Handler) subscribesFromOwnPage(r *http.Request) bool {
	if r.Method != http.MethodGet || h.options.EventStream.Off || !takesEvents(r.Header["Accept"]) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		if r.Header.Get("Origin") == "" {
			return false
		}
	}
	return sameOrigin(r, h.options.WebSocket.AllowOrigins)
}
