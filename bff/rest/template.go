package rest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// template is the path of an operation, cut at its slashes.
type template struct {
	text     string
	segments []segment
}

// segment is what stands between two slashes: a variable, or text.
type segment struct {
	text     string
	variable bool
}

// parseTemplate reads a path such as /items/{id}/reviews.
func parseTemplate(path string) (template, error) {
	t := template{text: path}
	if !strings.HasPrefix(path, "/") {
		return t, errors.New("must begin with /")
	}
	if path == "/" {
		return template{text: path, segments: []segment{{}}}, nil
	}
	seen := map[string]bool{}
	for _, text := range strings.Split(path[1:], "/") {
		s, err := parseSegment(text)
		if err != nil {
			return t, err
		}
		if s.variable && seen[s.text] {
			return t, fmt.Errorf("has {%s} twice", s.text)
		}
		seen[s.text] = seen[s.text] || s.variable
		t.segments = append(t.segments, s)
	}
	return t, nil
}

func parseSegment(text string) (segment, error) {
	switch {
	case text == "":
		return segment{}, errors.New("has an empty segment: no // and no / at the end")
	case text == "." || text == "..":
		return segment{}, errors.New("must not have . or .. as a segment")
	case strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") && isName(text[1:len(text)-1]):
		return segment{text: text[1 : len(text)-1], variable: true}, nil
	case strings.ContainsAny(text, "{}"):
		return segment{}, fmt.Errorf("has the segment %q: a variable is a whole segment, such as {id}", text)
	case url.PathEscape(text) != text:
		return segment{}, fmt.Errorf("has the segment %q, which holds a character that a path must not", text)
	}
	return segment{text: text}, nil
}

// isName reports whether s is a GraphQL name.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// pattern is the template for http.ServeMux.
func (t template) pattern() string {
	if t.text == "/" {
		return "/{$}"
	}
	return t.text
}

// variables returns the names in order.
func (t template) variables() []string {
	var names []string
	for _, s := range t.segments {
		if s.variable {
			names = append(names, s.text)
		}
	}
	return names
}

// clashes reports whether there are paths that fit both templates, and neither
// is the more special one. /items/{id} gives way to /items/new, but between
// /{kind}/new and /items/{id} nothing decides.
func (t template) clashes(other template) bool {
	if len(t.segments) != len(other.segments) {
		return false
	}
	var here, there bool // where each has text and the other a variable
	for i, a := range t.segments {
		b := other.segments[i]
		switch {
		case !a.variable && !b.variable && a.text != b.text:
			return false
		case !a.variable && b.variable:
			here = true
		case a.variable && !b.variable:
			there = true
		}
	}
	return here == there
}

// matches reports whether the template fits an escaped path below the prefix, as
// http.ServeMux sees it: to that a segment that is a slash, escaped, is none.
func (t template) matches(path string) bool {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) != len(t.segments) {
		return false
	}
	for i, s := range t.segments {
		text, err := url.PathUnescape(parts[i])
		if err != nil || text == "/" || s.variable && text == "" || !s.variable && text != s.text {
			return false
		}
	}
	return true
}
