package auth

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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

// readClaims reads a payload, which it keeps.
func readClaims(payload []byte) (c claims, ok bool) {
	c.raw = payload
	var once registered
	ok = members(payload, func(name, value []byte) bool {
		switch string(name) {
		case `"iss"`:
			c.iss, ok = stringOf(value)
			return ok && once.first(0)
		case `"sub"`:
			c.sub, ok = plainText(value)
			return ok && once.first(1)
		case `"aud"`:
			c.aud, ok = list(value)
			return ok && once.first(2)
		case `"exp"`:
			c.exp, ok = numericDate(value)
			return ok && once.first(3)
		case `"nbf"`:
			c.nbf, ok = numericDate(value)
			return ok && once.first(4)
		case `"iat"`:
			c.iat, ok = numericDate(value)
			return ok && once.first(5)
		}
		return true
	})
	return c, ok
}

// registered are the members that were seen.
type registered uint8

// first reports whether member i comes for the first time.
func (r *registered) first(i int) bool {
	before := *r
	*r |= 1 << i
	return *r != before
}

// members calls do with the members of a JSON object, names as written, until it
// returns false. It reports whether text is an object in UTF-8 and do was content
// with all of it.
func members(text []byte, do func(name, value []byte) bool) bool {
	start := jsonscan.Space(text, 0)
	if start >= len(text) || text[start] != '{' || !utf8.Valid(text) || !jsonscan.Valid(text) {
		return false
	}
	content := true
	jsonscan.Each(text, func(name, value []byte) bool {
		content = do(name, value)
		return content
	})
	return content
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
