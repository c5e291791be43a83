package server

import (
	"mime"
	"strconv"
	"strings"

	"github.com/weftql/weft/fault"
)

// media is the type of a response.
type media uint8

const (
	legacyJSON  media = iota // application/json
	graphqlJSON              // application/graphql-response+json
	noMedia
)

// The header values of both types.
var (
	legacyHeader  = []string{"application/json; charset=utf-8"}
	graphqlHeader = []string{"application/graphql-response+json; charset=utf-8"}
)

func (m media) header() []string {
	if m == graphqlJSON {
		return graphqlHeader
	}
	return legacyHeader
}

// negotiate chooses the response type, before anything runs.
func (x *exchange) negotiate() error {
	chosen := choose(x.r.Header["Accept"])
	x.streams = !x.s.EventStream.Off && takesEvents(x.r.Header["Accept"])
	switch {
	case chosen != noMedia:
		x.media = chosen
	case x.streams:
		x.streamOnly = true
	default:
		return &fault.Error{Code: fault.NotAcceptable,
			Message: "the answer can be application/graphql-response+json, application/json or, as a stream, text/event-stream"}
	}
	return nil
}

// choose picks the type of a single answer for the lines of an Accept header.
func choose(lines []string) media {
	if len(lines) == 0 {
		return legacyJSON
	}
	if len(lines) == 1 {
		switch lines[0] { // what clients send most
		case "", "*/*", "application/json":
			return legacyJSON
		case "application/graphql-response+json", "application/graphql-response+json,application/json;q=0.9",
			"application/graphql-response+json, application/json;q=0.9":
			return graphqlJSON
		}
	}
	ranges := parseAccept(strings.Join(lines, ","))
	if len(ranges) == 0 {
		return legacyJSON
	}
	graphql := quality(ranges, "application/graphql-response+json", "application/graphql+json")
	legacy := quality(ranges, "application/json")
	switch {
	case graphql.q == 0 && legacy.q == 0:
		return noMedia
	case graphql.q != legacy.q:
		return larger(graphql.q > legacy.q)
	case graphql.specificity != legacy.specificity:
		return larger(graphql.specificity > legacy.specificity)
	case graphql.specificity < 2:
		return legacyJSON // by a wildcard: what old clients understand
	}
	return larger(graphql.order < legacy.order)
}

// takesEvents reports whether text/event-stream is accepted by name: */* means
// JSON.
func takesEvents(lines []string) bool {
	if len(lines) == 0 || !strings.Contains(strings.ToLower(strings.Join(lines, ",")), "text/") {
		return false
	}
	liked := quality(parseAccept(strings.Join(lines, ",")), "text/event-stream")
	return liked.q > 0 && liked.specificity > 0
}

func larger(graphql bool) media {
	if graphql {
		return graphqlJSON
	}
	return legacyJSON
}

// prefersHTML reports whether text/html is liked better than every JSON type.
func prefersHTML(lines []string) bool {
	if len(lines) == 0 || !strings.Contains(strings.ToLower(strings.Join(lines, ",")), "text/html") {
		return false
	}
	ranges := parseAccept(strings.Join(lines, ","))
	html := quality(ranges, "text/html")
	for _, name := range []string{"application/graphql-response+json", "application/json"} {
		json := quality(ranges, name)
		if json.q > html.q || json.q == html.q && json.specificity == 2 && json.order < html.order {
			return false
		}
	}
	return html.q > 0 && html.specificity == 2
}

// acceptRange is one element of an Accept header.
type acceptRange struct {
	name  string // lower case
	q     int    // thousandths
	order int
}

// liking is how much a client likes a type: by the most specific range that
// covers it.
type liking struct{ q, specificity, order int }

// quality returns the liking for a type known under the given names.
func quality(ranges []acceptRange, names ...string) liking {
	var best liking
	best.specificity = -1
	for _, r := range ranges {
		specificity := -1
		for _, name := range names {
			major, _, _ := strings.Cut(name, "/")
			switch r.name {
			case name:
				specificity = 2
			case major + "/*":
				specificity = max(specificity, 1)
			case "*/*":
				specificity = max(specificity, 0)
			}
		}
		if specificity > best.specificity || specificity == best.specificity && specificity >= 0 && r.q > best.q {
			best = liking{q: r.q, specificity: specificity, order: r.order}
		}
	}
	return best
}

// parseAccept reads the elements of an Accept header; malformed ones are
// skipped, as RFC 9110 lets a recipient do.
func parseAccept(header string) []acceptRange {
	var ranges []acceptRange
	for i, element := range splitQuoted(header) {
		element = strings.TrimSpace(element)
		if element == "" {
			continue
		}
		name, parameters, err := mime.ParseMediaType(element)
		if err != nil || !strings.Contains(name, "/") {
			continue
		}
		q, ok := thousandths(parameters["q"])
		if !ok {
			continue
		}
		if parameters["charset"] != "" && !strings.EqualFold(parameters["charset"], "utf-8") {
			q = 0 // asks for what we never send
		}
		ranges = append(ranges, acceptRange{name: name, q: q, order: i})
	}
	return ranges
}

// thousandths reads a q-value; "" is 1.
func thousandths(q string) (int, bool) {
	if q == "" {
		return 1000, true
	}
	v, err := strconv.ParseFloat(q, 64)
	if err != nil || v < 0 || v > 1 {
		return 0, false
	}
	return int(v*1000 + 0.5), true
}

// splitQuoted splits at commas that stand outside quoted strings.
func splitQuoted(s string) []string {
	var parts []string
	from, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}
