package restapi

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/weftql/weft/internal/jsonscan"
)

var emptyObject = []byte("{}")

// makeBody makes the body of one request in the form its content type asks
// for; nil if the mapping has no value.
func (b *backend) makeBody(m *maker, made http.Header) ([]byte, error) {
	if b.body == nil {
		return nil, nil
	}
	value := m.run(b.body, emptyObject)
	if value == nil {
		return nil, nil
	}
	if kind, _, err := mime.ParseMediaType(made.Get("Content-Type")); err == nil && kind == "application/x-www-form-urlencoded" {
		if value[0] != '{' {
			return nil, errors.New("the body's value is not an object, as a form needs")
		}
		f := form{maker: m}
		err := f.add(value, nil, 0)
		return f.out, err
	}
	return slices.Clone(value), nil
}

// form writes an object as application/x-www-form-urlencoded: members of
// objects as a[b], items of lists as a[0], null as nothing behind the sign.
type form struct {
	maker *maker
	out   []byte
}

// maxFormDepth is how deep a form's object may be nested; chosen.
const maxFormDepth = 64

func (f *form) add(value, name []byte, depth int) error {
	if depth > maxFormDepth {
		return errors.New("the body is nested too deeply for a form")
	}
	if value[0] != '{' && value[0] != '[' {
		text, err := f.maker.scalar(value)
		if err != nil {
			return err
		}
		if len(f.out) > 0 {
			f.out = append(f.out, '&')
		}
		f.out = append(append(f.out, url.QueryEscape(string(name))...), '=')
		f.out = append(f.out, url.QueryEscape(string(text))...)
		return nil
	}
	n := 0
	var failed error
	jsonscan.Each(value, func(member, of []byte) bool {
		text := strconv.AppendInt(nil, int64(n), 10)
		n++
		if member != nil {
			if text, failed = f.maker.scalar(member); failed != nil {
				return false
			}
		}
		inner := slices.Clone(text)
		if depth > 0 {
			inner = slices.Concat(name, []byte{'['}, text, []byte{']'})
		}
		failed = f.add(of, inner, depth+1)
		return failed == nil
	})
	return failed
}
