package server

import (
	"mime"
	"net/http"
	"strings"

	"github.com/weftql/weft/fault"
)

// checkCSRF refuses what a browser sends to another origin without asking
// first: a request whose content type is one of the three simple ones, or that
// has none. A header that no form can set proves that the browser did ask. Of
// a GET, which has no body, no content type but JSON is taken as a proof:
// browsers had gaps there.
func (x *exchange) checkCSRF() error {
	if x.s.NoCSRF || !x.simple() || x.proven() || x.subscribesFromOwnPage() {
		return nil
	}
	return &fault.Error{Code: fault.CSRFPreventionFailed,
		Message: "send Content-Type: application/json, or one of the headers " + strings.Join(x.s.PreflightHeaders, ", ")}
}

// simple reports whether a browser may have sent the content type unasked.
func (x *exchange) simple() bool {
	lines := x.r.Header["Content-Type"]
	if len(lines) == 1 && lines[0] == "application/json" {
		return false
	}
	// Several lines are joined as a proxy would; then they do not parse.
	essence, _, err := mime.ParseMediaType(strings.Join(lines, ", "))
	if err != nil || !strings.Contains(essence, "/") {
		return true
	}
	switch essence {
	case "text/plain", "application/x-www-form-urlencoded", "multipart/form-data":
		return true
	}
	return x.r.Method == http.MethodGet && essence != "application/json"
}

// proven reports whether a header is there that needs a preflight.
func (x *exchange) proven() bool {
	for _, name := range x.s.PreflightHeaders {
		if x.r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// checkRouteCSRF is the same for a face with paths, whose requests need no
// body: what changes nothing, and what no form can send, passes; of a POST
// that a form could send, where it comes from counts. Clients that are no
// browsers say nothing of that.
func (x *exchange) checkRouteCSRF() error {
	if x.s.NoCSRF || x.r.Method != http.MethodPost || !x.simple() || x.proven() || x.fromOwnPage() {
		return nil
	}
	return &fault.Error{Code: fault.CSRFPreventionFailed,
		Message: "a page elsewhere may not send this without asking first: send Content-Type: application/json, or one of the headers " + strings.Join(x.s.PreflightHeaders, ", ")}
}

// subscribesFromOwnPage reports whether a browser's EventSource asks, which can
// set no header of its own: it is let in as a WebSocket is, by where its page
// comes from.
func (x *exchange) subscribesFromOwnPage() bool {
	return x.r.Method == http.MethodGet && !x.s.EventStream.Off && len(x.r.Header["Content-Type"]) == 0 &&
		takesEvents(x.r.Header["Accept"]) && x.fromOwnPage()
}

// fromOwnPage reports whether a request comes from a page of this host, of an
// origin that is allowed, or from no page. A page elsewhere sends its Origin,
// or is told apart by the browser.
func (x *exchange) fromOwnPage() bool {
	switch x.r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		if x.r.Header.Get("Origin") == "" {
			return false
		}
	}
	ok, bare := x.admits()
	if ok && bare {
		x.disarm()
	}
	return ok
}
