package server

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/textproto"
	"time"
)

// Trust says from whom something is taken over.
type Trust string

// From the trusted proxies, from everybody, from nobody.
const (
	TrustProxies Trust = "trusted_proxies"
	TrustAll     Trust = "all"
	TrustNone    Trust = "none"
)

// RequestIDOptions say how requests get their name. The zero value works.
type RequestIDOptions struct {
	// Header brings the name in and goes back with every response; default
	// x-request-id.
	Header string
	// Trust says whose names are kept; default TrustProxies. All others get a new
	// one, a UUID of version 7.
	Trust Trust
}

func (o RequestIDOptions) withDefaults() RequestIDOptions {
	if o.Header == "" {
		o.Header = "X-Request-Id"
	}
	o.Header = textproto.CanonicalMIMEHeaderKey(o.Header)
	if o.Trust == "" {
		o.Trust = TrustProxies
	}
	return o
}

// RequestID returns the name of the request that a Route's Encode writes the
// answer of to w; "" for any other writer.
func RequestID(w http.ResponseWriter) string {
	if told, ok := w.(*statusWriter); ok {
		return told.id
	}
	return ""
}

// nameRequest takes over the client's name for the request, or makes one, and
// puts it into the response. trusted says that the peer is a trusted proxy.
func (x *exchange) nameRequest(trusted bool) {
	o := &x.s.RequestID
	if o.Trust == TrustAll || trusted && o.Trust == TrustProxies {
		if lines := x.r.Header[o.Header]; len(lines) == 1 && isRequestID(lines[0]) {
			x.id[0] = lines[0]
		}
	}
	if x.id[0] == "" {
		x.id[0] = newRequestID(x.start)
		// Nobody behind sees a name that was not taken over. The new one is not put
		// in its place: no two requests would have equal headers any more.
		delete(x.r.Header, o.Header)
	}
	x.caller.RequestID = x.id[0]
	x.w.Header()[o.Header] = x.id[:]
}

// maxRequestID is how long a name may be that is taken over.
const maxRequestID = 128

// isRequestID reports whether a name is of visible ASCII and not too long.
func isRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f {
			return false
		}
	}
	return true
}

// newRequestID returns a UUID of version 7, RFC 9562 section 5.7. It is no
// secret, so it need not be hard to guess.
func newRequestID(now time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16|rand.Uint64()&0x0fff|0x7000)
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()&^(3<<62)|2<<62)
	var digits [32]byte
	hex.Encode(digits[:], id[:])
	text := make([]byte, 0, 36)
	for i, end := range [...]int{8, 12, 16, 20, 32} {
		if i > 0 {
			text = append(text, '-')
		}
		text = append(text, digits[len(text)-i:end]...)
	}
	return string(text)
}
