package restapi

import (
	"errors"
	"net/url"
	"strings"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
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

var errNoBase = errors.New("an override of the URL stands for a baseURL, which they do not have")

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

// url is a target as net/http wants it: it goes on the wire as it is.
func (to *target) url() (*url.URL, error) {
	path, err := url.PathUnescape(to.path)
	if err != nil {
		return nil, err
	}
	return &url.URL{Scheme: to.scheme, Host: to.host, Path: path, RawPath: to.path, RawQuery: to.query}, nil
}
