package auth

import (
	"encoding/base64"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/jsonscan"
)

// carrier is one place to look for credentials. find returns them as they stand
// there, "" if there are none, and an error if there are several: which of them
// counts would depend on who looks.
type carrier interface {
	find(c *caller.Caller) (string, error)
}

// header carries credentials in a header, behind a word if there is a prefix.
type header struct{ name, prefix string }

func newHeader(name, prefix string) header {
	return header{name: textproto.CanonicalMIMEHeaderKey(name), prefix: strings.TrimSpace(prefix)}
}

func (h header) find(c *caller.Caller) (string, error) {
	lines := c.Header[h.name]
	switch len(lines) {
	case 0:
		return "", nil
	case 1:
		return behind(h.prefix, lines[0]), nil
	}
	return "", refuse(severalFound)
}

// behind returns what stands behind a word, in whatever case, and a space; ""
// if the text starts with another.
func behind(word, text string) string {
	text = strings.TrimSpace(text)
	if word == "" {
		return text
	}
	if len(text) <= len(word) || text[len(word)] != ' ' || !strings.EqualFold(text[:len(word)], word) {
		return ""
	}
	return strings.TrimLeft(text[len(word):], " ")
}

// cookie carries credentials in a cookie. That the page which sent it may do so
// is for the edge to check: browsers send cookies by themselves.
type cookie struct{ name string }

func (k cookie) find(c *caller.Caller) (string, error) {
	found := ""
	for _, line := range c.Header["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if name != k.name || value == "" {
				continue
			}
			if found != "" { // a sibling domain may have set the other one
				return "", refuse(severalFound)
			}
			found = strings.Trim(value, `"`)
		}
	}
	return found, nil
}

// query carries credentials in the URL.
type query struct{ name string }

func (q query) find(c *caller.Caller) (string, error) {
	found := ""
	for rest := c.Query; rest != ""; {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		name, value, _ := strings.Cut(pair, "=")
		if name != q.name || value == "" {
			continue
		}
		if found != "" {
			return "", refuse(severalFound)
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return "", refuse(malformed)
		}
		found = text
	}
	return found, nil
}

// initPayload carries credentials in a WebSocket's connection_init payload.
type initPayload struct{ key string }

func (i initPayload) find(c *caller.Caller) (string, error) {
	if c.Init == nil {
		return "", nil
	}
	var found []byte
	several := false
	jsonscan.Each(c.Init, func(name, value []byte) bool {
		if len(name) == len(i.key)+2 && strings.EqualFold(string(name[1:len(name)-1]), i.key) && value[0] == '"' {
			several = found != nil
			found = value
		}
		return !several
	})
	if several {
		return "", refuse(severalFound)
	}
	if found == nil {
		return "", nil
	}
	text, ok := jsonscan.AppendText(nil, found)
	if !ok {
		return "", refuse(malformed)
	}
	if token := behind("Bearer", string(text)); token != "" {
		return token, nil
	}
	return strings.TrimSpace(string(text)), nil
}

// subprotocol carries a token in base64url among the sub-protocols a WebSocket
// offers, because a browser lets a page set no other header. The server never
// selects it, so it is never sent back.
type subprotocol struct{}

func (subprotocol) find(c *caller.Caller) (string, error) {
	found := ""
	for _, line := range c.Header["Sec-Websocket-Protocol"] {
		for line != "" {
			var offer string
			offer, line, _ = strings.Cut(line, ",")
			encoded, ok := strings.CutPrefix(strings.TrimSpace(offer), config.Subprotocol+".")
			if !ok {
				continue
			}
			if found != "" {
				return "", refuse(severalFound)
			}
			text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
			if err != nil || len(text) == 0 {
				return "", refuse(malformed)
			}
			found = string(text)
		}
	}
	return found, nil
}
