package spec

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
)

// hole stands for a mapping in a URL whose text is looked at. It is no
// character of a URL.
const hole = "\x00"

// skeleton is the text of a URL with holes for its mappings, and without the
// line breaks and tabs that a URL may be written with.
type skeleton struct {
	text     string
	mappings []*mapping.Mapping // by hole
}

func newSkeleton(t *mapping.Template) skeleton {
	var b strings.Builder
	var s skeleton
	for _, p := range t.Parts() {
		if p.Mapping != nil {
			b.WriteString(hole)
			s.mappings = append(s.mappings, p.Mapping)
			continue
		}
		b.WriteString(unbroken.Replace(p.Text))
	}
	s.text = strings.TrimSpace(b.String())
	return s
}

var unbroken = strings.NewReplacer("\t", "", "\n", "", "\r", "", "\f", "", hole, "")

// absoluteURL checks a URL that must say where the backend is.
func (s *scope) absoluteURL(v *ast.Value, url skeleton, what string) {
	scheme, rest, ok := strings.Cut(url.text, "://")
	switch {
	case strings.HasPrefix(url.text, hole) && !ok:
		s.beginning(v, url, what)
		return
	case !ok:
		s.fail(InvalidUrl, within(v, 0), "%s must be a whole URL, such as \"https://api.example.com\".", what)
		return
	case !strings.Contains(scheme, hole) && !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https"):
		s.fail(InvalidUrlScheme, within(v, 0), "The scheme of a URL must be http or https, not %q.", scheme)
		return
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	if problem := hostProblem(authority); problem != "" {
		s.fail(InvalidUrl, within(v, 0), "%s is not a URL: %s.", what, problem)
		return
	}
	inScheme := strings.Count(scheme, hole)
	s.pinned(v, url.mappings[:inScheme], append(slices.Clip(fromClients), "$context"))
	s.pinned(v, url.mappings[inScheme:inScheme+strings.Count(authority, hole)], fromClients)
}

// beginning checks a URL of which all, or all up to the path, is known at run
// time only.
func (s *scope) beginning(v *ast.Value, url skeleton, what string) {
	if rest := url.text[len(hole):]; rest != "" && !strings.Contains("/?#", rest[:1]) {
		s.fail(InvalidUrl, within(v, 0), "%s begins with a mapping for scheme and host, behind which the path must begin with a slash.", what)
		return
	}
	s.pinned(v, url.mappings[:1], append(slices.Clip(fromClients), "$context"))
}

// hostProblem says what is wrong with host:port, "" if nothing.
func hostProblem(authority string) string {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		return "it carries a user name; send credentials in a header"
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
		if n, err := strconv.Atoi(port); !strings.Contains(port, hole) && (err != nil || n < 1 || n > 65535) {
			return "its port is no number of a port"
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		if a, err := netip.ParseAddr(inner); !ok || !strings.Contains(inner, hole) && (err != nil || !a.Is6() || a.Zone() != "") {
			return "what its host has in brackets is no address"
		}
		return ""
	}
	switch {
	case host == "":
		return "it has no host"
	case strings.IndexFunc(host, func(c rune) bool { return c > unicode.MaxASCII }) >= 0:
		return "its host has letters beyond a to z; write it in the form that begins with xn--"
	case strings.ContainsFunc(host, notInHosts):
		return "its host holds characters that no host has"
	}
	return ""
}

// notInHosts tells the characters that a host's name, in ASCII, does not have.
func notInHosts(c rune) bool {
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	return !letter && !strings.ContainsRune("-._~"+hole, c)
}

// fromClients are the variables that hold what clients say.
var fromClients = []string{"$args", "$this", "$batch", "$request"}

// pinned reports a variable that must not take part in where requests go.
func (s *scope) pinned(v *ast.Value, list []*mapping.Mapping, forbidden []string) {
	for _, m := range list {
		for _, u := range m.Uses() {
			switch {
			case !slices.Contains(forbidden, u.Variable):
				continue
			case u.Variable == "$context":
				s.fail(InvalidUrl, within(v, 0), "$context can be part of a host's name, but not of what stands before it.")
			default:
				s.fail(InvalidUrl, within(v, 0), "%s cannot be part of scheme, host or port: clients must not choose where requests go.", u.Variable)
			}
			return
		}
	}
}

// connectURL checks the URL of a @connect: a path with a source, a whole URL
// without.
func (s *scope) connectURL(v *ast.Value, t *mapping.Template, source bool) {
	url := newSkeleton(t)
	scheme, _, absolute := strings.Cut(url.text, "://")
	absolute = absolute && !strings.ContainsAny(scheme, "/?#"+hole)
	switch {
	case source && absolute:
		s.fail(AbsoluteConnectUrlWithSource, within(v, 0), "With a source the URL is a path below the source's baseURL. Remove scheme and host, or remove source.")
	case !source && !absolute && !strings.HasPrefix(url.text, hole):
		s.fail(RelativeConnectUrlWithoutSource, within(v, 0), "Without a source the URL must be a whole one. Begin it with https://, or add a source.")
	case !source:
		s.absoluteURL(v, url, "The URL")
	}
}
