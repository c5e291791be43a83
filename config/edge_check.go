package config

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// checkCORS refuses policies that would let every page act for a gateway's
// users.
func (b *binder) checkCORS(policies []CORSPolicy) {
	for i := range policies {
		p := &policies[i]
		path := "edge.cors[" + strconv.Itoa(i) + "]"
		if len(p.Origins) == 0 && len(p.Matching) == 0 {
			b.fail(b.at[path], path+": give origins or matching")
		}
		if !p.Credentials {
			continue
		}
		for j, origin := range p.Origins {
			if where := path + ".origins[" + strconv.Itoa(j) + "]"; origin == "*" || origin == "null" {
				b.fail(b.at[where], where+": "+strconv.Quote(origin)+" with credentials would let every page act for your users; list the origins")
			}
		}
		for j, text := range p.Matching {
			where := path + ".matching[" + strconv.Itoa(j) + "]"
			if re, err := regexp.Compile("^(?:" + text + ")$"); err == nil && re.MatchString("https://anybody.invalid") {
				b.fail(b.at[where], where+": "+strconv.Quote(text)+" matches every origin, and with credentials that would let every page act for your users")
			}
		}
	}
}

// wrongEdge is wrong for the rules of the edge.
func wrongEdge(rule, text string) string {
	switch rule {
	case "cidr":
		_, err := netip.ParsePrefix(text)
		if _, lone := netip.ParseAddr(text); err != nil && lone != nil {
			return strconv.Quote(text) + " is neither a network such as 10.0.0.0/8 nor an address"
		}
	case "origin":
		if !isOrigin(text) {
			return strconv.Quote(text) + " is not an origin: scheme://host or scheme://host:port, * or null"
		}
	case "method":
		if text != strings.ToUpper(text) || !isHeaderName(text) {
			return strconv.Quote(text) + " is not a method such as GET or POST"
		}
	}
	return ""
}

// isOrigin knows how browsers write an origin, and the two words for others.
func isOrigin(text string) bool {
	if text == "*" || text == "null" {
		return true
	}
	scheme, host, ok := strings.Cut(text, "://")
	return ok && scheme != "" && host != "" && isHeaderName(scheme) && !strings.Contains(scheme, "*") && !strings.ContainsAny(host, "/?#@* ,")
}

// Prefix reads a network or an address that was checked.
func Prefix(text string) netip.Prefix {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked()
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(addr, addr.BitLen())
}
