package server

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/weftql/weft/fault"
)

// CORSPolicy says what pages of some origins may do.
type CORSPolicy struct {
	// Origins are scheme://host or scheme://host:port, or null, which is any page
	// in a sandbox, or * for all. Matching are regular expressions (RE2), which
	// must match an origin from its first to its last character.
	Origins, Matching []string
	// Methods pages may use; default GET, HEAD, POST, PUT, PATCH and DELETE.
	Methods []string
	// AllowHeaders pages may send, beside Content-Type; none is every header.
	AllowHeaders []string
	// ExposeHeaders are headers of answers that pages may read.
	ExposeHeaders []string
	// Credentials lets pages send cookies. It does not go with * and null.
	Credentials bool
	// MaxAge is for how long a browser need not ask again; 0 leaves it to the
	// browser.
	MaxAge time.Duration
	// PrivateNetwork lets public pages reach a gateway in a private network.
	PrivateNetwork bool
}

// CORS answers browsers that ask whether a page may read answers. It is
// immutable.
type CORS struct {
	policies []corsPolicy
	varies   bool // answers depend on the origin
}

type corsPolicy struct {
	CORSPolicy
	any      bool
	matching []*regexp.Regexp
	// What goes into headers, made once.
	methods, allow, expose, maxAge []string
}

var usualMethods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// NewCORS compiles policies; of several that have an origin the first counts.
// No policies are nil. It returns a fault.List of CONFIG_INVALID, whose
// messages begin with the path of the setting, edge.cors[0].origins for one.
func NewCORS(policies []CORSPolicy) (*CORS, error) {
	if len(policies) == 0 {
		return nil, nil //nolint:nilnil // nil is no CORS
	}
	c := &CORS{}
	var wrong fault.List
	for i, p := range policies {
		path := "edge.cors[" + strconv.Itoa(i) + "]"
		compiled, problems := compilePolicy(p, path)
		wrong = append(wrong, problems...)
		c.policies = append(c.policies, compiled)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	c.varies = len(c.policies) > 1 || !c.policies[0].any
	return c, nil
}

func compilePolicy(p CORSPolicy, path string) (corsPolicy, fault.List) {
	var wrong fault.List
	c := corsPolicy{CORSPolicy: p}
	if len(p.Origins) == 0 && len(p.Matching) == 0 {
		wrong = append(wrong, invalid(path, "give origins or matching"))
	}
	c.Origins = nil
	for i, origin := range p.Origins {
		where := path + ".origins[" + strconv.Itoa(i) + "]"
		c.any = c.any || origin == "*"
		switch {
		case (origin == "*" || origin == "null") && p.Credentials:
			wrong = append(wrong, invalid(where, strconv.Quote(origin)+" with credentials would let every page act for your users; list the origins"))
		case !isOrigin(origin):
			wrong = append(wrong, invalid(where, strconv.Quote(origin)+" is not an origin: scheme://host or scheme://host:port, * or null"))
		}
		c.Origins = append(c.Origins, strings.ToLower(origin))
	}
	for i, text := range p.Matching {
		where := path + ".matching[" + strconv.Itoa(i) + "]"
		re, err := regexp.Compile("^(?:" + text + ")$")
		switch {
		case err != nil:
			wrong = append(wrong, invalid(where, strconv.Quote(text)+" is not a regular expression"))
			continue
		case p.Credentials && re.MatchString("https://anybody.invalid"):
			wrong = append(wrong, invalid(where, strconv.Quote(text)+" matches every origin, and with credentials that would let every page act for your users"))
		}
		c.matching = append(c.matching, re)
	}
	c.headers()
	return c, wrong
}

// headers makes the values of a policy's headers.
func (p *corsPolicy) headers() {
	methods := p.Methods
	if len(methods) == 0 {
		methods = usualMethods
	}
	p.methods = []string{strings.Join(methods, ", ")}
	if len(p.AllowHeaders) > 0 {
		p.allow = []string{strings.Join(append([]string{"content-type"}, p.AllowHeaders...), ", ")}
	}
	if len(p.ExposeHeaders) > 0 {
		p.expose = []string{strings.Join(p.ExposeHeaders, ", ")}
	}
	if p.MaxAge > 0 {
		p.maxAge = []string{strconv.Itoa(int(p.MaxAge.Seconds()))}
	}
}

// isOrigin reports whether text is an origin as browsers write it, or one of
// the two words.
func isOrigin(text string) bool {
	if text == "*" || text == "null" {
		return true
	}
	scheme, host, ok := strings.Cut(text, "://")
	return ok && scheme != "" && !strings.ContainsAny(scheme, "*:/ ") && isHost(host)
}

// find returns the policy for an origin, nil without one.
func (c *CORS) find(origin string) *corsPolicy {
	for i := range c.policies {
		if p := &c.policies[i]; p.has(origin) {
			return p
		}
	}
	return nil
}

func (p *corsPolicy) has(origin string) bool {
	if p.any {
		return true
	}
	for _, known := range p.Origins {
		if strings.EqualFold(known, origin) {
			return true
		}
	}
	if origin == "null" { // only by name
		return false
	}
	for _, re := range p.matching {
		if re.MatchString(origin) {
			return true
		}
	}
	return false
}

// The header values of CORS that do not depend on a policy.
var (
	varyOrigin    = []string{"Origin"}
	varyPreflight = []string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"}
	anyOrigin     = []string{"*"}
	yes           = []string{"true"}
)

// crossOrigin writes the headers of CORS. It reports true for a preflight,
// which is answered then: a page that may not ask gets no permission, and the
// browser does the rest.
func (x *exchange) crossOrigin() bool {
	c := x.s.CORS
	if c == nil {
		return false
	}
	header := x.w.Header()
	if c.varies {
		header["Vary"] = varyOrigin
	}
	lines := x.r.Header["Origin"]
	if len(lines) == 0 {
		return false
	}
	var p *corsPolicy
	if len(lines) == 1 {
		p = c.find(lines[0])
	}
	preflight := x.r.Method == http.MethodOptions && len(x.r.Header["Access-Control-Request-Method"]) > 0
	if p != nil {
		p.permit(header, lines)
		if !preflight && p.expose != nil {
			header["Access-Control-Expose-Headers"] = p.expose
		}
	}
	if !preflight {
		return false
	}
	header["Vary"] = varyPreflight
	if p != nil {
		p.preflight(header, x.r.Header)
	}
	x.w.WriteHeader(http.StatusNoContent)
	return true
}

// permit lets the page of an origin read the answer.
func (p *corsPolicy) permit(header http.Header, origin []string) {
	header["Access-Control-Allow-Origin"] = origin
	if p.any {
		header["Access-Control-Allow-Origin"] = anyOrigin
	}
	if p.Credentials {
		header["Access-Control-Allow-Credentials"] = yes
	}
}

// preflight tells what a page may ask.
func (p *corsPolicy) preflight(header, asked http.Header) {
	header["Access-Control-Allow-Methods"] = p.methods
	switch wanted := strings.Join(asked["Access-Control-Request-Headers"], ","); {
	case p.allow != nil:
		header["Access-Control-Allow-Headers"] = p.allow
	case wanted != "" && areTokens(wanted):
		header["Access-Control-Allow-Headers"] = []string{wanted}
	}
	if p.maxAge != nil {
		header["Access-Control-Max-Age"] = p.maxAge
	}
	if p.PrivateNetwork && first(asked["Access-Control-Request-Private-Network"]) == "true" {
		header["Access-Control-Allow-Private-Network"] = yes
	}
}

// areTokens reports whether text is a list of header names.
func areTokens(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' || r >= 0x7f || strings.ContainsRune(`"()/:;<=>?@[\]{}`, r)
	})
}

// admits reports whether a page may open a WebSocket or an event stream, to
// which browsers add cookies without asking: a page of the same host, or one
// that is allowed. bare says that it comes without credentials, as a policy
// that allows none would have it.
func (x *exchange) admits() (ok, bare bool) {
	lines := x.r.Header["Origin"]
	if len(lines) == 0 || sameOrigin(lines[0], x.caller.Host) {
		return true, false // no browser, or its own page
	}
	if len(lines) > 1 {
		return false, false
	}
	for _, origin := range x.s.WebSocket.AllowOrigins {
		if strings.EqualFold(origin, lines[0]) {
			return true, false
		}
		if origin == "*" {
			ok, bare = true, true
		}
	}
	if x.s.CORS != nil {
		if p := x.s.CORS.find(lines[0]); p != nil {
			return true, !p.Credentials
		}
	}
	return ok, bare
}

// disarm takes away what a browser adds by itself: cookies, and passwords of
// HTTP authentication. A token is always a page's own.
func (x *exchange) disarm() {
	delete(x.r.Header, "Cookie")
	if token := first(x.r.Header["Authorization"]); len(token) < 7 || !strings.EqualFold(token[:7], "bearer ") {
		delete(x.r.Header, "Authorization")
	}
}

// sameOrigin reports whether an origin is of a host.
func sameOrigin(origin, host string) bool {
	scheme, its, ok := strings.Cut(origin, "://")
	return ok && strings.EqualFold(withPort(its, scheme), withPort(host, scheme))
}

// withPort adds the port a scheme stands for.
func withPort(host, scheme string) string {
	if strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']') {
		return host
	}
	if strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "wss") {
		return host + ":443"
	}
	return host + ":80"
}
