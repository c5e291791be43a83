package subgraphs

import (
	"net/textproto"
	"strconv"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/headername"
	"github.com/weftql/weft/internal/jsonscan"
)

// ClaimHeader sends a claim of the caller's principal in a header, so that a
// subgraph need trust weft alone. The header is never taken from a client.
type ClaimHeader struct {
	// Claim is its name; a.b is b in a, if no claim has that name. sub is there
	// for API keys too.
	Claim string
	// Header carries it: a text as it is, a number or boolean as its text, the
	// items of a list with commas between them.
	Header string
	// Default is sent for a caller without the claim; "" is nothing. A claim that
	// is there but cannot stand in a header is not replaced by it.
	Default string
}

// claimHeaders are compiled; names are canonical.
type claimHeaders []ClaimHeader

// newClaimHeaders returns CONFIG_INVALID for a header that could not be sent or
// is given twice.
func newClaimHeaders(list []ClaimHeader) (claimHeaders, error) {
	var out claimHeaders
	for _, c := range list {
		c.Header = textproto.CanonicalMIMEHeaderKey(c.Header)
		problem := ""
		switch {
		case !sendable(&Header{Name: c.Header}, false):
			problem = "is no header name, or one that weft sets itself"
		case !isFieldValue(c.Default):
			problem = "has a default with a line break or another control character"
		case out.reserve(c.Header):
			problem = "carries another claim already"
		}
		if problem != "" {
			return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "header of a claim: " + strconv.Quote(c.Header) + " " + problem}
		}
		out = append(out, c)
	}
	return out, nil
}

// reserve reports whether a header is one of a claim, in any spelling that a
// backend may take for it: some take an underscore for a hyphen.
func (list claimHeaders) reserve(name string) bool {
	for i := range list {
		if headername.Same(name, list[i].Header) {
			return true
		}
	}
	return false
}

// apply appends the claims a principal has.
func (list claimHeaders) apply(dst []Header, p *caller.Principal) []Header {
	for i := range list {
		c := &list[i]
		value, fits := c.value(p)
		if value == "" && fits {
			value = c.Default
		}
		if value != "" && fits {
			dst = append(dst, Header{c.Header, value})
		}
	}
	return dst
}

// value returns the claim's text, "" without one; fits is false if it has one
// that cannot stand in a header.
func (c *ClaimHeader) value(p *caller.Principal) (text string, fits bool) {
	if p == nil {
		return "", true
	}
	raw := jsonscan.Dotted(p.Claims, c.Claim)
	switch {
	case raw == nil && c.Claim == "sub":
		text = p.Subject
	case jsonscan.Null(raw):
		return "", true
	case raw[0] == '[':
		text, fits = joined(raw)
		if !fits {
			return "", false
		}
	default:
		if text, fits = single(raw); !fits {
			return "", false
		}
	}
	return text, isFieldValue(text) && text == strings.Trim(text, " \t")
}

// single is the text of one value that has no others in it.
func single(raw []byte) (string, bool) {
	switch raw[0] {
	case '{', '[':
		return "", false
	case '"':
		return claimText(raw)
	}
	return string(raw), true
}

// claimText decodes a text; one without escapes costs the value alone.
func claimText(raw []byte) (string, bool) {
	for _, c := range raw {
		if c == '\\' || c >= 0x80 {
			text, ok := jsonscan.AppendText(nil, raw)
			return string(text), ok
		}
	}
	if len(raw) < 2 {
		return "", false
	}
	return string(raw[1 : len(raw)-1]), true
}

// joined is the text of a list; no item may be taken for two.
func joined(raw []byte) (string, bool) {
	var b strings.Builder
	good := true
	ended := jsonscan.Each(raw, func(_, item []byte) bool {
		var text string
		if text, good = single(item); !good {
			return false
		}
		good = !strings.Contains(text, ",") && text == strings.Trim(text, " \t") && text != ""
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(text)
		return good
	})
	return b.String(), ended && good
}
