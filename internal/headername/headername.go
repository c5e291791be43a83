// Package headername compares names of headers as a careless backend would, for
// those who keep clients from setting a header: both sides must mean the same.
package headername

// Same reports whether two names are one to somebody: whatever case, and with
// underscores for hyphens, as CGI and WSGI have it.
func Same(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if folded(a[i]) != folded(b[i]) {
			return false
		}
	}
	return true
}

func folded(c byte) byte {
	switch {
	case c == '_':
		return '-'
	case c >= 'A' && c <= 'Z':
		return c | 0x20
	}
	return c
}
