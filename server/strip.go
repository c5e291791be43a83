package server

import (
	"bytes"

	"github.com/weftql/weft/internal/headername"
)

// stripHeaders deletes what clients may not say. Some backends take an
// underscore for a hyphen, so both spellings go.
func (x *exchange) stripHeaders() {
	if len(x.s.strip) == 0 {
		return
	}
	for name := range x.r.Header {
		if x.s.strips(name) {
			delete(x.r.Header, name)
		}
	}
}

// stripInit leaves the same out of a connection_init payload, an object: a
// subgraph that gets it may take its members for headers.
func (s *settings) stripInit(payload []byte) []byte {
	if len(s.strip) == 0 {
		return payload
	}
	out, stripped := []byte("{"), false
	scan := scanner{text: payload}
	scan.space()
	from := scan.at + 1
	err := scan.members(func(key []byte) error {
		if err := scan.value(); err != nil {
			return err
		}
		member := bytes.Trim(payload[from:scan.at], ", \t\r\n")
		from = scan.at
		if s.strips(string(key)) {
			stripped = true
			return nil
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, member...)
		return nil
	})
	if err != nil || !stripped { // a message that was parsed has no error
		return payload
	}
	return append(out, '}')
}

// strips reports whether a name is one of those that clients may not say.
func (s *settings) strips(name string) bool {
	for _, own := range s.strip {
		if headername.Same(name, own) {
			return true
		}
	}
	return false
}
