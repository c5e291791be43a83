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
	for _, name := range h.options.PreflightHeaders {
		if r.Header.Get(name) != "" {
			return nil
		}
	}
	return &fault.Error{Code: fault.CSRFPreventionFailed,
		Message: "send Content-Type: application/json, or one of the headers " + strings.Join(h.options.PreflightHeaders, ", ")}
}
