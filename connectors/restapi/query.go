package restapi

import (
	"errors"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/internal/jsonscan"
)

var errQuery = errors.New("the query mapping's value is not an object")

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

// appendParams appends the parameters a query mapping yields, joined by &: one
// for each item of a list, where null is an empty text, and none for null. No
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
		if jsonscan.Null(value) {
			return true
		}
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

// appendParam appends name=value. Parameters begin at start.
func (m *maker) appendParam(dst []byte, start int, name, value []byte) ([]byte, error) {
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

func appendQueryValue(dst, value []byte) ([]byte, error) { return appendEscaped(dst, value), nil }
