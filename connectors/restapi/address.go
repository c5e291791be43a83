package restapi

import (
	"bytes"
	"errors"
	"net/url"
	"strings"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/internal/jsonscan"
)

// address is how a connector's URL is made. Path and query have up to four
// parts, in this order: the source's template and mapping, the connector's
// template and mapping. nil ones add nothing.
type address struct {
	origin  *template // scheme, user and authority
	path    [4]part
	query   [4]part
	guarded bool
}

// part is pieces of a template, or a mapping.
type part struct {
	pieces  []piece
	program *mapping.Program
}

// target is where one request goes. path starts with a slash; path and query
// are as they go on the wire.
type target struct {
	scheme, host, user, path, query string
}

// compileAddress takes a connector's templates apart. override, if not nil,
// stands for the source's scheme, host and path.
func compileAddress(c *spec.Connector, override *template) (*address, error) {
	a := &address{}
	own := partsOf(c.HTTP.URL)
	var base *template
	var err error
	if c.Source == nil {
		if base, err = absoluteTemplate(own); err != nil {
			return nil, err
		}
		if override != nil {
			return nil, errors.New("the override of its URL needs a source")
		}
	} else {
		if base, err = absoluteTemplate(partsOf(c.Source.HTTP.BaseURL)); err != nil {
			return nil, err
		}
		a.query[0].pieces = base.query
		a.path[1].program, a.query[1].program = compiled(c.Source.HTTP.Path), compiled(c.Source.HTTP.QueryParams)
		if override != nil {
			base = override
		}
		relative := relativeTemplate(own)
		a.path[2].pieces, a.query[2].pieces = relative.path, relative.query
	}
	a.origin, a.guarded, a.path[0].pieces = base, base.guarded, base.path
	if c.Source == nil {
		a.query[0].pieces = base.query
	}
	a.path[3].program, a.query[3].program = compiled(c.HTTP.Path), compiled(c.HTTP.QueryParams)
	return a, nil
}

// compiled is a mapping's program for its whole value, nil without a mapping.
func compiled(m *mapping.Mapping) *mapping.Program {
	if m == nil {
		return nil
	}
	return m.Compile(nil)
}

// make makes the address of one request.
func (a *address) make(m *maker) (to target, err error) {
	buf := m.address[:0]
	defer func() { m.address = buf }()
	if a.origin.base != nil {
		if to, buf, err = m.base(a.origin.base, buf); err != nil {
			return to, err
		}
	} else if to, err = m.origin(a.origin); err != nil {
		return to, err
	}
	if buf, err = a.appendPath(buf, m); err != nil {
		return to, err
	}
	if len(buf) == 0 {
		buf = append(buf, '/')
	}
	end := len(buf)
	if buf, err = a.appendQuery(buf, m); err != nil {
		return to, err
	}
	whole := string(buf)
	to.path, to.query = whole[:end], whole[min(end+1, len(whole)):]
	return to, nil
}

// origin makes scheme and host of a template in which text tells them apart.
func (m *maker) origin(t *template) (target, error) {
	to := target{user: t.user}
	var ok bool
	if to.scheme, ok = fixed(t.scheme); !ok {
		text, err := m.plain(t.scheme, false)
		if err != nil {
			return to, err
		}
		if to.scheme = strings.ToLower(text); to.scheme != "http" && to.scheme != "https" {
			return to, errNoScheme
		}
	}
	if to.host, ok = fixed(t.authority); !ok {
		text, err := m.plain(t.authority, t.guarded)
		if err != nil {
			return to, err
		}
		if to.host = text; !validAuthority(text) {
			return to, errHost
		}
	}
	return to, nil
}

// plain joins pieces without escaping: what may not stand there is refused
// afterwards. A strict one has no value with a colon or a bracket, so that what
// is a host's stays in the host.
func (m *maker) plain(pieces []piece, strict bool) (string, error) {
	var out []byte
	for _, p := range pieces {
		if p.expr == nil {
			out = append(out, p.text...)
			continue
		}
		value, err := m.evaluate(p.expr)
		if err != nil {
			return "", err
		}
		for _, c := range value {
			if !unreserved(c) && (strict && !p.expr.trusted() || c != ':' && c != '[' && c != ']') {
				return "", errHost
			}
		}
		out = append(out, value...)
	}
	return string(out), nil
}

// base makes scheme and host of an expression, and appends the path it has.
// The expression's value is the operator's, so it counts as text.
func (m *maker) base(e *expression, path []byte) (target, []byte, error) {
	value, err := m.evaluate(e)
	if err != nil {
		return target{}, path, err
	}
	t, err := absoluteTemplate([]textOrMapping{{text: string(value)}})
	if err != nil {
		return target{}, path, err
	}
	if len(t.query) > 0 {
		return target{}, path, errors.New("the start of the URL has a query")
	}
	to, err := m.origin(t)
	if len(t.path) > 0 {
		path = append(append(path, '/'), t.path[0].text...)
	}
	return to, path, err
}

var (
	errPathValue = errors.New("a value for the path is empty or a dot segment")
	errPathList  = errors.New("the path mapping's value is not a list")
	errQuery     = errors.New("the query mapping's value is not an object")
)

func (a *address) appendPath(dst []byte, m *maker) (_ []byte, err error) {
	for i := range a.path {
		p := &a.path[i]
		if p.program != nil {
			if dst, err = m.appendSegments(dst, p.program); err != nil {
				return dst, err
			}
		}
		if len(p.pieces) > 0 {
			m.marks = m.marks[:0]
			if dst, err = m.appendPieces(joined(dst), p.pieces, m.appendPathValue); err != nil {
				return dst, err
			}
			if m.strays(dst) {
				return dst, errPathValue
			}
		}
	}
	return dst, nil
}

// joined ends in a slash.
func joined(dst []byte) []byte {
	if len(dst) == 0 || dst[len(dst)-1] != '/' {
		return append(dst, '/')
	}
	return dst
}

func (m *maker) appendPieces(dst []byte, pieces []piece, appendValue func(dst, value []byte) ([]byte, error)) ([]byte, error) {
	for i := range pieces {
		p := &pieces[i]
		if p.expr == nil {
			dst = append(dst, p.text...)
			continue
		}
		value, err := m.evaluate(p.expr)
		if err != nil {
			return dst, err
		}
		if dst, err = appendValue(dst, value); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (m *maker) appendPathValue(dst, value []byte) ([]byte, error) {
	if dotted(value) {
		return dst, errPathValue
	}
	if bytes.ContainsAny(value, `/\%`) {
		m.marks = append(m.marks, len(dst))
	}
	return appendEscaped(dst, value), nil
}

// strays reports whether a value that is harmless alone makes a dot segment
// with what stands beside it, once a server has decoded it.
func (m *maker) strays(path []byte) bool {
	for _, at := range m.marks {
		start := bytes.LastIndexByte(path[:at], '/') + 1
		segment, _, _ := bytes.Cut(path[start:], []byte{'/'})
		if dotted(segment) {
			return true
		}
	}
	return false
}

func appendQueryValue(dst, value []byte) ([]byte, error) { return appendEscaped(dst, value), nil }

// appendSegments appends the segments a path mapping yields. No list is an
// error, even null: a shorter path than meant may be a bigger thing to change.
func (m *maker) appendSegments(dst []byte, p *mapping.Program) ([]byte, error) {
	list := m.run(p, null)
	if len(list) == 0 || list[0] != '[' {
		return dst, errPathList
	}
	var failed error
	jsonscan.Each(list, func(_, item []byte) bool {
		var value []byte
		if value, failed = m.scalar(item); failed == nil {
			dst, failed = m.appendPathValue(joined(dst), value)
		}
		return failed == nil
	})
	return dst, failed
}

// appendQuery appends the query with its question mark, or nothing.
func (a *address) appendQuery(dst []byte, m *maker) (_ []byte, err error) {
	mark := byte('?')
	for i := range a.query {
		p := &a.query[i]
		start := len(dst)
		dst = append(dst, mark)
		if p.program != nil {
			dst, err = m.appendParams(dst, p.program)
		} else {
			dst, err = m.appendPieces(dst, p.pieces, appendQueryValue)
		}
		if err != nil {
			return dst, err
		}
		if len(dst) == start+1 {
			dst = dst[:start]
			continue
		}
		mark = '&'
	}
	return dst, nil
}

// appendParams appends the parameters a query mapping yields, joined by &. No
// value and null are no parameters.
func (m *maker) appendParams(dst []byte, p *mapping.Program) ([]byte, error) {
	object := m.run(p, null)
	if jsonscan.Null(object) {
		return dst, nil
	}
	if object[0] != '{' {
		return dst, errQuery
	}
	start := len(dst)
	var failed error
	jsonscan.Each(object, func(name, value []byte) bool {
		if value[0] != '[' {
			dst, failed = m.appendParam(dst, start, name, value)
			return failed == nil
		}
		jsonscan.Each(value, func(_, item []byte) bool {
			dst, failed = m.appendParam(dst, start, name, item)
			return failed == nil
		})
		return failed == nil
	})
	return dst, failed
}

// appendParam appends name=value; nothing for null. Parameters begin at start.
func (m *maker) appendParam(dst []byte, start int, name, value []byte) ([]byte, error) {
	if jsonscan.Null(value) {
		return dst, nil
	}
	if len(dst) > start {
		dst = append(dst, '&')
	}
	text, err := m.scalar(name)
	if err != nil {
		return dst, err
	}
	dst = append(appendEscaped(dst, text), '=')
	if text, err = m.scalar(value); err != nil {
		return dst, err
	}
	return appendEscaped(dst, text), nil
}

// url is a target as net/http wants it: it goes on the wire as it is.
func (to *target) url() (*url.URL, error) {
	path, err := url.PathUnescape(to.path)
	if err != nil {
		return nil, err
	}
	return &url.URL{Scheme: to.scheme, Host: to.host, Path: path, RawPath: to.path, RawQuery: to.query}, nil
}
