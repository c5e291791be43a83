package subgraphs

import (
	"net/http"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

// HeaderRule is one step in collecting what a subgraph request carries besides
// weft's own headers. Exactly one of Propagate, Matching, Insert and Remove is
// set.
type HeaderRule struct {
	// Propagate names a header of the client, Matching a regular expression over
	// lower-case names. All values of a header are sent.
	Propagate, Matching string
	// Rename is the name to send under, Default the value if the client gave none;
	// both go with Propagate.
	Rename, Default string
	// Insert sends a header with Value.
	Insert, Value string
	// Remove drops what earlier rules collected under a name.
	Remove string
}

// HeaderRules are rules in order, behind the claims of the caller. The first
// that yields a name wins: a later one adds nothing under it. They are safe for
// concurrent use; nil rules yield nothing.
type HeaderRules struct {
	claims claimHeaders
	rules  []headerRule
}

type headerRule struct {
	HeaderRule // names in canonical form
	matching   *regexp.Regexp
}

// NewHeaderRules compiles rules and the claims that come before them, whose
// headers no rule can fill with what a client sent. It returns CONFIG_INVALID
// for an expression that is none, for a header that could not be sent, and for
// a client's header renamed to that of a claim.
func NewHeaderRules(rules []HeaderRule, claims ...ClaimHeader) (*HeaderRules, error) {
	compiledClaims, err := newClaimHeaders(claims)
	if err != nil {
		return nil, err
	}
	r := &HeaderRules{claims: compiledClaims}
	for _, rule := range rules {
		compiled := headerRule{HeaderRule: rule}
		for _, name := range []*string{&compiled.Propagate, &compiled.Rename, &compiled.Insert, &compiled.Remove} {
			*name = textproto.CanonicalMIMEHeaderKey(*name)
		}
		for _, name := range []string{compiled.Insert, compiled.Rename} {
			if name != "" && !sendable(&Header{Name: name}, false) {
				return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "header rule: " + strconv.Quote(name) + " is no header name, or one that weft sets itself"}
			}
		}
		if r.claims.reserve(compiled.Rename) {
			return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "header rule: " + strconv.Quote(compiled.Rename) + " carries a claim, and " + strconv.Quote(compiled.Propagate) + " is what a client says"}
		}
		if !isFieldValue(rule.Value) || !isFieldValue(rule.Default) {
			return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "header rule: the value of " + strconv.Quote(compiled.Insert+compiled.Propagate) + " holds a line break or another control character"}
		}
		if rule.Matching != "" {
			var err error
			if compiled.matching, err = regexp.Compile(rule.Matching); err != nil {
				return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "header rule: " + strconv.Quote(rule.Matching) + " is not a regular expression", Cause: err}
			}
		}
		r.rules = append(r.rules, compiled)
	}
	return r, nil
}

// Apply appends the caller's claims and what the rules collect from its headers.
func (r *HeaderRules) Apply(dst []Header, c *caller.Caller) []Header {
	start := len(dst)
	return r.collect(r.Claims(dst, c), start, c)
}

// Claims appends the caller's claims alone. They are the same for all rules
// made with the same claims: who applies many may get them once and pass them
// to ApplyWith.
func (r *HeaderRules) Claims(dst []Header, c *caller.Caller) []Header {
	if r == nil {
		return dst
	}
	return r.claims.apply(dst, c.Principal)
}

// ApplyWith is Apply with what Claims returned.
func (r *HeaderRules) ApplyWith(dst []Header, c *caller.Caller, claims []Header) []Header {
	start := len(dst)
	return r.collect(append(dst, claims...), start, c)
}

// collect applies the rules behind the claims, which stand from start on.
func (r *HeaderRules) collect(dst []Header, start int, c *caller.Caller) []Header {
	if r == nil {
		return dst
	}
	for i := range r.rules {
		rule := &r.rules[i]
		switch {
		case rule.Propagate != "":
			if !r.claims.reserve(rule.Propagate) {
				dst = rule.propagate(dst, start, c.Header)
			}
		case rule.matching != nil:
			dst = rule.match(dst, start, c, r.claims)
		case rule.Insert != "":
			if !collected(dst[start:], rule.Insert) {
				dst = append(dst, Header{rule.Insert, rule.Value})
			}
		case rule.Remove != "":
			dst = append(dst[:start], slices.DeleteFunc(dst[start:], func(h Header) bool { return h.Name == rule.Remove })...)
		}
	}
	return dst
}

func (rule *headerRule) propagate(dst []Header, start int, from http.Header) []Header {
	target := rule.Propagate
	if rule.Rename != "" {
		target = rule.Rename
	}
	if collected(dst[start:], target) {
		return dst
	}
	values := from[rule.Propagate]
	if own(rule.Propagate, from) {
		values = nil
	}
	for _, value := range values {
		dst = append(dst, Header{target, value})
	}
	if len(values) == 0 && rule.Default != "" {
		dst = append(dst, Header{target, rule.Default})
	}
	return dst
}

// match propagates in the order of names, so that requests do not differ by
// chance. The name of the request is left out: the source sends it itself, and
// here it would make every request another one.
func (rule *headerRule) match(dst []Header, start int, c *caller.Caller, claims claimHeaders) []Header {
	var names []string
	from := c.Header
	for name, values := range from {
		if len(values) == 1 && values[0] == c.RequestID && c.RequestID != "" {
			continue
		}
		if rule.matching.MatchString(strings.ToLower(name)) && !own(name, from) && !collected(dst[start:], name) && !claims.reserve(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range from[name] {
			dst = append(dst, Header{name, value})
		}
	}
	return dst
}

func collected(list []Header, name string) bool {
	return slices.ContainsFunc(list, func(h Header) bool { return h.Name == name })
}

// own reports whether a client's header belongs to its connection, its body or
// weft, and so is never sent on.
func own(name string, from http.Header) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Content-Length", "Content-Type", "Content-Encoding", "Host", "Accept", "Accept-Encoding", "Expect",
		"Apollo-Require-Preflight", "Graphql-Require-Preflight":
		return true
	}
	if strings.HasPrefix(name, "Sec-Websocket-") {
		return true
	}
	for _, line := range from["Connection"] {
		for word := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(word), name) {
				return true
			}
		}
	}
	return false
}
