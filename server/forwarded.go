package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/weftql/weft/caller"
)

// ForwardedHeader is a header in which proxies write whom a request comes from.
type ForwardedHeader string

// The headers known. Forwarded is RFC 7239.
const (
	XForwardedFor ForwardedHeader = "x_forwarded_for"
	Forwarded     ForwardedHeader = "forwarded"
	XRealIP       ForwardedHeader = "x_real_ip"
)

// plainAddr is an address as it is compared: IPv4 as such, without a zone,
// which means something on one machine only.
func plainAddr(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// trusts reports whether a peer is one of the trusted proxies.
func (s *settings) trusts(peer netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(peer) {
			return true
		}
	}
	return false
}

// believe completes the caller by what a trusted proxy says in the headers.
// c.Remote is the proxy.
func (s *settings) believe(h http.Header, c *caller.Caller) {
	peer, told := c.Remote, false
	if s.Forwarded != Forwarded {
		describe(c, last(h["X-Forwarded-Proto"]), last(h["X-Forwarded-Host"]))
	}
	for _, kind := range [...]ForwardedHeader{XForwardedFor, Forwarded, XRealIP} {
		if s.Forwarded != "" && s.Forwarded != kind {
			continue
		}
		hops := s.hops(kind, h)
		if hops.found && kind == Forwarded && !told {
			describe(c, hops.at.proto, hops.at.host)
		}
		switch {
		case !hops.found || hops.client == peer:
		case s.trusts(hops.client): // a proxy again; another header may know more
			if !told {
				c.Remote = hops.client
			}
		case told && c.Remote != hops.client:
			// Two headers tell two stories: the proxy wrote one, and let its client's
			// own through. Nobody knows which, and the proxy's own address would be a
			// way into its network for who causes that.
			c.Remote = nobody
			return
		default:
			c.Remote, told = hops.client, true
		}
	}
}

// nobody is the address of clients that are not known: in no network but that of
// all addresses.
var nobody = netip.IPv4Unspecified()

// describe takes over how the client asked, as far as it makes sense.
func describe(c *caller.Caller, proto, host string) {
	if isHost(host) {
		c.Host = host
	}
	if proto = strings.ToLower(proto); proto == "http" || proto == "https" {
		c.Scheme = proto
	}
}

// hops is what one header says.
type hops struct {
	client netip.Addr
	found  bool
	at     forwardedElement // of Forwarded: the element of the client's own connection
}

// hops walks a header from the right, where the proxy next to us wrote, past
// the trusted ones. What is left of the first other address can be anything.
func (s *settings) hops(kind ForwardedHeader, h http.Header) hops {
	var out hops
	switch kind {
	case XRealIP:
		switch lines := h["X-Real-Ip"]; {
		case len(lines) == 1:
			out.client, out.found = parseHop(lines[0])
		case len(lines) > 1: // one of them is its client's own
			out.client, out.found = nobody, true
		}
	case XForwardedFor:
		eachFromRight(h["X-Forwarded-For"], func(element string) bool {
			addr, ok := parseHop(element)
			if ok {
				out.client, out.found = addr, true
			}
			return ok && s.trusts(addr)
		})
	case Forwarded:
		eachFromRight(h["Forwarded"], func(element string) bool {
			parsed := parseForwarded(element)
			addr, ok := parseHop(parsed.client)
			if ok {
				out.client, out.found, out.at = addr, true, parsed
			}
			return ok && s.trusts(addr)
		})
	}
	return out
}

// eachFromRight calls do with the elements of a list header from the last to
// the first, until it returns false. Commas in quotes do not part.
func eachFromRight(lines []string, do func(element string) bool) {
	for i := len(lines) - 1; i >= 0; i-- {
		line := lines[i]
		if strings.Contains(line, `"`) {
			elements := splitQuoted(line)
			for j := len(elements) - 1; j >= 0; j-- {
				if !do(strings.TrimSpace(elements[j])) {
					return
				}
			}
			continue
		}
		for more := true; more; {
			at := strings.LastIndexByte(line, ',')
			if !do(strings.TrimSpace(line[at+1:])) {
				return
			}
			if more = at >= 0; more {
				line = line[:at]
			}
		}
	}
}

// parseHop reads an address as proxies write it: with or without a port, IPv6
// with or without brackets.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(text); err == nil {
		return plainAddr(addr), true
	}
	if with, err := netip.ParseAddrPort(text); err == nil {
		return plainAddr(with.Addr()), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			addr, err := netip.ParseAddr(inner)
			return plainAddr(addr), err == nil
		}
	}
	return netip.Addr{}, false
}

// forwardedElement is what one proxy wrote into Forwarded.
type forwardedElement struct{ client, proto, host string }

// parseForwarded reads for, proto and host; a parameter given twice makes all
// of the element void, as no proxy writes that.
func parseForwarded(element string) forwardedElement {
	var out forwardedElement
	for len(element) > 0 {
		pair := element
		if at := indexUnquoted(element, ';'); at >= 0 {
			pair, element = element[:at], element[at+1:]
		} else {
			element = ""
		}
		name, value, _ := strings.Cut(pair, "=")
		var target *string
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "for":
			target = &out.client
		case "proto":
			target = &out.proto
		case "host":
			target = &out.host
		default:
			continue
		}
		if *target != "" {
			return forwardedElement{}
		}
		*target = unquote(strings.TrimSpace(value))
	}
	return out
}

func indexUnquoted(s string, c byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == c && !quoted:
			return i
		}
	}
	return -1
}

// unquote takes the quotes off; an address or a host needs no escapes.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// last returns the last element of a list header: what the nearest proxy said.
func last(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	line := lines[len(lines)-1]
	return strings.TrimSpace(line[strings.LastIndexByte(line, ',')+1:])
}

// isHost reports whether text can be a host with or without a port.
func isHost(text string) bool {
	if text == "" || len(text) > 255+6 {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == ':', c == '[', c == ']':
		default:
			return false
		}
	}
	return true
}
