package bff

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/jsonscan"
)

// entry is one way to tell a profile's clients: all that is set must hold. What
// is checked against the request costs no allocation.
type entry struct {
	host, client, key string // patterns; host is in lower case
	path              string // without a slash at the end
	header, value     string // header is in canonical form
	pattern           *regexp.Regexp
	claim, is         string
}

// verified reports whether the entry rests on credentials; everything else a
// client may say as it likes.
func (e *entry) verified() bool { return e.key != "" || e.claim != "" }

// of reports whether the entry rests on credentials of a kind.
func (e *entry) of(kind string) bool {
	return kind == "api_key" && e.key != "" || kind == "claim" && e.claim != ""
}

func compileMatch(list []config.Match) []entry {
	entries := make([]entry, 0, len(list))
	for i := range list {
		m := &list[i]
		e := entry{
			host: strings.ToLower(m.Host), client: m.ClientName, key: m.APIKey, path: trimPath(m.Path),
			header: http.CanonicalHeaderKey(m.Header.Name), value: m.Header.Value,
			claim: m.Claim.Name, is: m.Claim.Value,
		}
		if m.Header.Pattern != "" {
			// The configuration was checked; a pattern that cannot be matches nothing.
			e.pattern, _ = regexp.Compile(`^(?:` + m.Header.Pattern + `)$`)
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
		(e.claim == "" || e.matchesClaim(c.Principal))
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
		if e.pattern != nil && e.pattern.MatchString(line) || e.pattern == nil && line == e.value {
			return true
		}
	}
	return false
}

// matchesKey takes the key's id, or the name it was given.
func (e *entry) matchesKey(p *caller.Principal) bool {
	return p != nil && p.Kind == "api_key" && (glob(e.key, p.KeyID) || glob(e.key, p.Subject))
}

// matchesClaim takes a member of that very name before the one that dots lead
// to: names of claims may be URLs.
func (e *entry) matchesClaim(p *caller.Principal) bool {
	if p == nil || p.Claims == nil {
		return false
	}
	value := jsonscan.Member(p.Claims, e.claim)
	if value == nil {
		value = p.Claims
		for rest, more := e.claim, true; more && value != nil; {
			var name string
			name, rest, more = strings.Cut(rest, ".")
			value = jsonscan.Member(value, name)
		}
	}
	if len(value) == 0 {
		return false
	}
	if value[0] != '[' {
		return equals(value, e.is)
	}
	found := false
	jsonscan.Each(value, func(_, item []byte) bool {
		found = equals(item, e.is)
		return !found
	})
	return found
}

// equals compares a JSON value with a text: a string's content, anything else
// as written.
func equals(value []byte, text string) bool {
	if len(value) == 0 || value[0] != '"' {
		return string(value) == text
	}
	if inner := value[1 : len(value)-1]; string(inner) == text {
		return true
	}
	var buffer [128]byte
	plain, ok := jsonscan.AppendText(buffer[:0], value)
	return ok && string(plain) == text
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
