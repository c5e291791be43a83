package auth

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft/internal/jsonscan"
)

// claims is the payload of a token. The names of claims are compared exactly,
// and a registered one that is given twice makes the token malformed.
type claims struct {
	raw           []byte
	iss, sub      string
	aud           []string
	exp, nbf, iat *time.Time
}

var errClaims = errors.New("malformed claims")

// UnmarshalJSON reads a text that is known to be JSON.
func (c *claims) UnmarshalJSON(text []byte) error {
	*c = claims{raw: append([]byte(nil), text...)}
	var seen [6]bool
	good := true
	object := jsonscan.Space(c.raw, 0)
	if object >= len(c.raw) || c.raw[object] != '{' {
		return errClaims
	}
	ended := jsonscan.Each(c.raw, func(name, value []byte) bool {
		which := -1
		switch string(name) {
		case `"iss"`:
			which = 0
			c.iss, good = stringOf(value)
		case `"sub"`:
			which = 1
			c.sub, good = plainText(value)
		case `"aud"`:
			which = 2
			c.aud, good = list(value)
		case `"exp"`:
			which = 3
			c.exp, good = numericDate(value)
		case `"nbf"`:
			which = 4
			c.nbf, good = numericDate(value)
		case `"iat"`:
			which = 5
			c.iat, good = numericDate(value)
		}
		if which >= 0 {
			good = good && !seen[which]
			seen[which] = true
		}
		return good
	})
	if !ended || !good {
		return errClaims
	}
	return nil
}

// stringOf reads a text.
func stringOf(value []byte) (string, bool) {
	text, ok := jsonscan.AppendText(nil, value)
	return string(text), ok
}

// plainText reads a text, or a number or boolean as its text.
func plainText(value []byte) (string, bool) {
	switch value[0] {
	case '"':
		return stringOf(value)
	case '{', '[', 'n':
		return "", false
	}
	return string(value), true
}

// list reads a text or a list of texts, as aud has it.
func list(value []byte) ([]string, bool) {
	if value[0] == '"' {
		text, ok := stringOf(value)
		return []string{text}, ok
	}
	if value[0] != '[' {
		return nil, false
	}
	var texts []string
	good := true
	ended := jsonscan.Each(value, func(_, item []byte) bool {
		var text string
		text, good = stringOf(item)
		texts = append(texts, text)
		return good
	})
	return texts, good && ended
}

// lastSecond is the end of the year 9999; what lies behind it is for ever.
const lastSecond = 253402300799

// numericDate reads seconds since 1970, which may have a fraction.
func numericDate(value []byte) (*time.Time, bool) {
	seconds, err := strconv.ParseFloat(string(value), 64)
	if err != nil {
		return nil, false
	}
	whole, fraction := math.Modf(min(max(seconds, -lastSecond), lastSecond))
	t := time.Unix(int64(whole), int64(fraction*1e9))
	return &t, true
}

// lookup finds a claim: one that is called path, or with a.b what is b in a.
// The whole name comes first, because names may be URLs.
func lookup(object []byte, path string) []byte {
	if value := jsonscan.Member(object, path); value != nil {
		return value
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if inner := jsonscan.Member(object, path[:i]); len(inner) > 0 && inner[0] == '{' {
			if value := lookup(inner, path[i+1:]); value != nil { // as deep as the configured path has dots
				return value
			}
		}
	}
	return nil
}

// words reads scopes or roles: a text with spaces between them, or a list of
// texts.
func words(value []byte) []string {
	if len(value) == 0 {
		return nil
	}
	if value[0] == '"' {
		text, _ := stringOf(value)
		return strings.Fields(text)
	}
	if value[0] != '[' {
		return nil
	}
	var found []string
	jsonscan.Each(value, func(_, item []byte) bool {
		if text, ok := stringOf(item); ok && text != "" {
			found = append(found, text)
		}
		return true
	})
	return found
}

// The library's own validation is not used: what holds depends on the issuer.

func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error)       { return nil, nil }
func (c *claims) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil }
func (c *claims) GetIssuer() (string, error)                   { return c.iss, nil }
func (c *claims) GetSubject() (string, error)                  { return c.sub, nil }
func (c *claims) GetAudience() (jwt.ClaimStrings, error)       { return c.aud, nil }
