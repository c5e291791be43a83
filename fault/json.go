package fault

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends the failure as the GraphQL specification writes it,
// section 7.1.2. What is unset is left out; the code leads the extensions.
func (e *Error) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"message":`...)
	dst = AppendString(dst, e.Message)
	if locations := e.locations(); len(locations) > 0 {
		dst = append(dst, `,"locations":[`...)
		for i, p := range locations {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(append(dst, `{"line":`...), int64(p.Line), 10)
			dst = strconv.AppendInt(append(dst, `,"column":`...), int64(p.Column), 10)
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	if e.Path != nil {
		dst = append(appendPath(append(dst, `,"path":[`...), e.Path), ']')
	}
	if e.Code == "" && len(e.Extensions) == 0 {
		return append(dst, '}')
	}
	dst = append(dst, `,"extensions":{`...)
	if e.Code != "" {
		dst = AppendString(append(dst, `"code":`...), string(e.Code))
		if len(e.Extensions) > 0 {
			dst = append(dst, ',')
		}
	}
	return append(append(dst, e.Extensions...), '}', '}')
}

// locations drops what the specification forbids: numbers below 1.
func (e *Error) locations() []Position {
	for _, p := range e.Locations {
		if p.Line < 1 || p.Column < 1 {
			return nil
		}
	}
	return e.Locations
}

func appendPath(dst []byte, path []Step) []byte {
	for i, s := range path {
		if i > 0 {
			dst = append(dst, ',')
		}
		if s.Key == "" {
			dst = strconv.AppendInt(dst, int64(s.Index), 10)
		} else {
			dst = AppendString(dst, s.Key)
		}
	}
	return dst
}

// AppendJSON appends the failures as a JSON list.
func (l List) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, e := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.AppendJSON(dst)
	}
	return append(dst, ']')
}

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD, so that the result always is.
func AppendString(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}
