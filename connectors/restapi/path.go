package restapi

import (
	"bytes"
	"errors"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/internal/jsonscan"
)

var (
	errPathValue = errors.New("a value for the path is empty or a dot segment")
	errPathList  = errors.New("the path mapping's value is not a list")
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
	if bytes.ContainsAny(value, "/\\%;\x00") {
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
