package restapi

import (
	"fmt"
	"net/netip"
	"slices"
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

// portOf is the port a request to an authority goes to.
func portOf(scheme, authority string) string {
	if number := port(authority); number != "" {
		return number
	}
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// origin is scheme, host and port in the one form that can be compared.
func origin(scheme, authority string) string {
	return scheme + "://" + strings.ToLower(hostname(authority)) + ":" + portOf(scheme, authority)
}

// hostPattern is one of the hosts requests may go to: a name, or all names
// below one, at one port or at any.
type hostPattern struct {
	name  string // in lower case
	port  string // "" for any
	below bool
}

func hostPatterns(list []string) ([]hostPattern, error) {
	var patterns []hostPattern
	for _, text := range list {
		name, below := strings.CutPrefix(strings.ToLower(text), "*.")
		if !validAuthority(name) {
			return nil, fmt.Errorf("allowed host %q: write a name, *.name, or either with :port", text)
		}
		patterns = append(patterns, hostPattern{strings.TrimSuffix(hostname(name), "."), port(name), below})
	}
	return patterns, nil
}

// allows reports whether requests may go to an authority; no patterns allow
// every one.
func allows(patterns []hostPattern, scheme, authority string) bool {
	name := strings.TrimSuffix(strings.ToLower(hostname(authority)), ".")
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p hostPattern) bool {
		if p.port != "" && p.port != portOf(scheme, authority) {
			return false
		}
		return !p.below && name == p.name || p.below && strings.HasSuffix(name, "."+p.name)
	})
}
