package restapi

import (
	"net/netip"
	"strconv"
	"strings"
)

// validAuthority reports whether text is a host with or without a port, and
// nothing else: no user, no percent sign, no zone.
func validAuthority(text string) bool {
	host, rest := text, ""
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return false
		}
		address, err := netip.ParseAddr(text[1:end])
		if err != nil || !address.Is6() || address.Zone() != "" {
			return false
		}
		host, rest = "v6", text[end+1:]
	} else if colon := strings.IndexByte(text, ':'); colon >= 0 {
		host, rest = text[:colon], text[colon:]
	}
	if host == "" || strings.Trim(host, ".") == "" {
		return false
	}
	for i := range len(host) {
		if !unreserved(host[i]) {
			return false
		}
	}
	if rest == "" {
		return true
	}
	if rest[0] != ':' || len(rest) > len(":65535") || strings.HasPrefix(rest, ":+") {
		return false
	}
	n, err := strconv.ParseUint(rest[1:], 10, 16)
	return err == nil && n > 0
}

// hostname is a valid authority without its port and brackets.
func hostname(authority string) string {
	if strings.HasPrefix(authority, "[") {
		return authority[1:strings.IndexByte(authority, ']')]
	}
	name, _, _ := strings.Cut(authority, ":")
	return name
}

// port is a valid authority's port, "" if it has none.
func port(authority string) string {
	if colon := strings.LastIndexByte(authority, ':'); colon > strings.IndexByte(authority, ']') {
		return authority[colon+1:]
	}
	return ""
}

// origin is scheme, host and port in the one form that can be compared.
func origin(scheme, authority string) string {
	number := port(authority)
	if number == "" {
		number = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + strings.ToLower(hostname(authority)) + ":" + number
}
