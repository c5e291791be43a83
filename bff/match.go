package bff

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
)

// entry is one way to tell a profile's clients: all that is set must hold. What
// is checked against the request costs no allocation.
type entry struct {
	host, client, key string // patterns; host is in lower case
	path              string // without a slash at the end
	header, value     string // header is in canonical form
	pattern           *regexp.Regexp
	prefix            string  // that what pattern matches begins with
	claims            *claims // nil without a claim
	claim             int     // of claims
}

// verified reports whether the entry rests on credentials; everything else a
// client may say as it likes.
func (e *entry) verified() bool { return e.key != "" || e.claims != nil }

// of reports whether the entry rests on credentials of a kind.
func (e *entry) of(kind string) bool {
	return kind == "api_key" && e.key != "" || kind == "claim" && e.claims != nil
}

func compileMatch(list []config.Match, all *claims) []entry {
	entries := make([]entry, 0, len(list))
	for i := range list {
		m := &list[i]
		e := entry{
			host: strings.ToLower(m.Host), client: m.ClientName, key: m.APIKey, path: trimPath(m.Path),
			header: http.CanonicalHeaderKey(m.Header.Name), value: m.Header.Value,
		}
		if m.Claim.Name != "" {
			e.claims, e.claim = all, all.add(m.Claim.Name, m.Claim.Value)
		}
		if m.Header.Pattern != "" {
			// The configuration was checked; a pattern that cannot be matches nothing.
			e.pattern, _ = regexp.Compile(`^(?:` + m.Header.Pattern + `)$`)
			if open, err := regexp.Compile(m.Header.Pattern); err == nil {
				e.prefix, _ = open.LiteralPrefix()
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// matches holds an entry against who asks.
func (e *entry) matches(c *caller.Caller) bool {
	return (e.path == "" || below(c.Path, e.path)) &&
		(e.client == "" || glob(e.client, c.Client.Name)) &&
		(e.host == "" || e.matchesHost(c.Host)) &&
		(e.header == "" || e.matchesHeader(c.Header[e.header])) &&
		(e.key == "" || e.matchesKey(c.Principal)) &&
		(e.claims == nil || e.claims.hold(e.claim, c.Principal))
}

func trimPath(path string) string {
	if trimmed := strings.TrimRight(path, "/"); trimmed != "" || path == "" {
		return trimmed
	}
	return "/"
}

// below reports whether a path is root, or lies below it.
func below(path, root string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || rest[0] == '/' || root == "/")
}

func (e *entry) matchesHost(host string) bool {
	if at := strings.LastIndexByte(host, ':'); at >= 0 && strings.IndexByte(host[at:], ']') < 0 {
		host = host[:at]
	}
	host = strings.TrimSuffix(host, ".")
	return strings.EqualFold(e.host, host) || glob(e.host, strings.ToLower(host))
}

// matchesHeader looks at every line of the header: what a proxy in front would
// take for the value is not known here.
func (e *entry) matchesHeader(lines []string) bool {
	for _, line := range lines {
		if e.pattern == nil && line == e.value || e.pattern != nil && strings.HasPrefix(line, e.prefix) && e.pattern.MatchString(line) {
			return true
		}
	}
	return false
}

// matchesKey takes the key's id, or the name it was given.
func (e *entry) matchesKey(p *caller.Principal) bool {
	return p != nil && p.Kind == "api_key" && (glob(e.key, p.KeyID) || glob(e.key, p.Subject))
}

// glob matches a text with a pattern in which * stands for any text. Nothing
// matches an empty text: who gave no name has none.
func glob(pattern, text string) bool {
	if text == "" {
		return false
	}
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0: // give the last star one more
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

func anonymous(c *caller.Caller) bool {
	return c.Principal == nil || c.Principal.Kind == "" || c.Principal.Kind == "anonymous"
}
