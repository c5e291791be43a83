package restapi

import "bytes"

const upperHex = "0123456789ABCDEF"

// appendEscaped appends a value with everything percent-encoded but the
// unreserved characters of RFC 3986.
func appendEscaped[T []byte | string](dst []byte, value T) []byte {
	for i := range len(value) {
		if c := value[i]; unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// appendTrusted appends text of a template, in which only what can never stand
// in a URL is percent-encoded: %XX is kept.
func appendTrusted(dst []byte, text string) []byte {
	for i := range len(text) {
		switch c := text[i]; {
		case unreserved(c), legal(c), c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			dst = append(dst, c)
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// legal reports whether c has a meaning in URLs. Brackets are reserved for
// addresses, but query parameters carry them everywhere.
func legal(c byte) bool {
	switch c {
	case '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=', ':', '@', '/', '?', '[', ']':
		return true
	}
	return false
}

func isHex(c byte) bool { return unhex(c) < 16 }

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// dotted reports whether a path value could move the request to another path,
// however often those on its way decode it: it is empty, or one of its pieces
// between slashes is . or .., up to a semicolon or a null byte: servlet
// containers take parameters away before they look at dots, and some programs
// read no further than a null byte.
func dotted(value []byte) bool {
	for rounds := 0; ; rounds++ {
		if len(value) == 0 || dotPiece(value) {
			return true
		}
		if bytes.IndexByte(value, '%') < 0 {
			return false
		}
		decoded, changed := unescape(value)
		if !changed {
			return false
		}
		if rounds == maxDecoding {
			return true
		}
		value = decoded
	}
}

// maxDecoding is how often a value may be percent-encoded; chosen.
const maxDecoding = 8

func dotPiece(value []byte) bool {
	start := 0
	for i := 0; i <= len(value); i++ {
		if i < len(value) && value[i] != '/' && value[i] != '\\' {
			continue
		}
		piece := value[start:i]
		if end := bytes.IndexAny(piece, ";\x00"); end >= 0 {
			piece = piece[:end]
		}
		if string(piece) == "." || string(piece) == ".." {
			return true
		}
		start = i + 1
	}
	return false
}

// unescape decodes what is percent-encoded, once.
func unescape(value []byte) (decoded []byte, changed bool) {
	decoded = make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		if c := value[i]; c == '%' && i+2 < len(value) && isHex(value[i+1]) && isHex(value[i+2]) {
			decoded = append(decoded, unhex(value[i+1])<<4|unhex(value[i+2]))
			i, changed = i+2, true
		} else {
			decoded = append(decoded, c)
		}
	}
	return decoded, changed
}
