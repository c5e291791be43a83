package spec

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
)

// hole stands for a mapping in a URL whose text is looked at. It is no
// character of a URL.
const hole = "\x00"

// skeleton returns the text of a URL with holes for its mappings, and without
// the line breaks and tabs that a URL may be written with.
func skeleton(t *mapping.Template) string {
	var b strings.Builder
	for _, p := range t.Parts() {
		if p.Mapping != nil {
			b.WriteString(hole)
			continue
		}
		b.WriteString(strings.NewReplacer("\t", "", "\n", "", "\r", "", "\f", "", hole, "").Replace(p.Text))
	}
	return strings.TrimSpace(b.String())
}

// absoluteURL checks a URL that must say where the backend is.
func (s *scope) absoluteURL(v *ast.Value, t *mapping.Template, what string) {
	url := skeleton(t)
	scheme, rest, ok := strings.Cut(url, "://")
	switch {
	case strings.HasPrefix(url, hole) && !ok:
		// All of it, or all up to the path, is known at run time only.
		s.pinned(t, v, len(url))
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
	s.pinned(t, v, len(scheme)+len("://")+len(authority))
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
	switch {
	case host == "":
		return "it has no host"
	case strings.ContainsAny(host, " \"<>\\^`{|}%"):
		return "its host holds characters that no host has"
	}
	return ""
}

// pinned reports a variable of the client's in the first n characters of a
// URL: clients must not choose scheme, host or port.
func (s *scope) pinned(t *mapping.Template, v *ast.Value, n int) {
	length := 0
	for _, p := range t.Parts() {
		if length >= n {
			return
		}
		if p.Mapping == nil {
			length += len(p.Text)
			continue
		}
		length++
		for _, u := range p.Mapping.Uses() {
			switch u.Variable {
			case "$args", "$this", "$batch", "$request":
				s.fail(InvalidUrl, within(v, 0), "%s cannot be part of scheme, host or port: clients must not choose where requests go.", u.Variable)
				return
			}
		}
	}
}

// connectURL checks the URL of a @connect: a path with a source, a whole URL
// without.
func (s *scope) connectURL(v *ast.Value, t *mapping.Template, source bool) {
	url := skeleton(t)
	scheme, _, absolute := strings.Cut(url, "://")
	absolute = absolute && !strings.ContainsAny(scheme, "/?#"+hole)
	switch {
	case source && absolute:
		s.fail(AbsoluteConnectUrlWithSource, within(v, 0), "With a source the URL is a path below the source's baseURL. Remove scheme and host, or remove source.")
	case !source && !absolute && !strings.HasPrefix(url, hole):
		s.fail(RelativeConnectUrlWithoutSource, within(v, 0), "Without a source the URL must be a whole one. Begin it with https://, or add a source.")
	case !source:
		s.absoluteURL(v, t, "The URL")
	}
}
