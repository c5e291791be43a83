package grpcapi

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/weftql/weft/connectors/spec"
)

// Settings are what operating a source needs beside its @grpcSource. The zero
// value works.
type Settings struct {
	// Target is called instead of the schema's; "" is the schema's.
	Target string
	// Timeout of one call. The smallest of it, the source's and the field's
	// counts; 5 s when none is given. Of a stream it is the time to open it.
	Timeout time.Duration
	// StreamIdle ends a stream that sends nothing for so long; 0 never.
	StreamIdle time.Duration
	// ConnectTimeout is how long one attempt to connect may take; 0 is 1 s.
	ConnectTimeout time.Duration
	// MaxReceiveBytes limits one message; 0 is 4 MiB. The JSON of an answer may be
	// eight times as long, whether it is one message or a list of them.
	MaxReceiveBytes int
	// MaxItems is how many messages of a stream may make a list; 0 is 1000.
	MaxItems int
	// Concurrency is how many unary calls run at once, over all snapshots with
	// equal settings; further ones wait for as long as their deadline allows.
	// 0 is 64.
	Concurrency int
	// Channels is how many connections there are to each address, for backends
	// that allow too few streams on one; 0 is 1.
	Channels  int
	TLS       TLS
	Keepalive Keepalive
	Retry     Retry
	// AllowPlaintext permits plaintext: true for targets that are neither
	// loopback nor a unix socket.
	AllowPlaintext bool
	// ExposeDetails puts a status's details into extensions.grpc.details. They
	// often tell more than clients should know.
	ExposeDetails bool
	// Redact hides a status's message from clients.
	Redact bool
	// NotFoundIsNull makes NOT_FOUND a null without an error, except in
	// mutations and subscriptions.
	NotFoundIsNull bool
}

// TLS towards a backend: files in PEM. The zero value trusts the system's
// authorities.
type TLS struct {
	CA, Cert, Key string
	// ServerName is the name to expect in the certificate; "" is the target's.
	ServerName string
}

// Keepalive says when a connection with open calls is pinged. The zero value is
// after 5½ minutes without traffic, with 10 s for the answer: servers close a
// connection that pings more often than they allow, which is every five minutes
// unless they are configured otherwise (measured with grpc-go: pings every 30 s
// end a quiet subscription after two minutes). Time < 0 turns pings off.
type Keepalive struct {
	Time, Timeout time.Duration
}

// Retry of calls that ended with UNAVAILABLE; mutations and streams are never
// sent again. The zero value retries nothing.
type Retry struct {
	// Attempts is how many further ones there are, at most 4.
	Attempts int
	// Backoff before the first of them, doubled for each further one and
	// jittered; 0 is 25 ms.
	Backoff time.Duration
}

const (
	defaultTimeout        = 5 * time.Second
	defaultConnectTimeout = time.Second
	defaultMessageBytes   = 4 << 20
	defaultItems          = 1000
	defaultConcurrency    = 64
	defaultKeepalive      = 5*time.Minute + 30*time.Second
	defaultPingTimeout    = 10 * time.Second
	defaultBackoff        = 25 * time.Millisecond
	maxRetries            = 4 // grpc-go makes at most five attempts
)

func (s Settings) withDefaults() Settings {
	defaults := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	defaults(&s.MaxReceiveBytes, defaultMessageBytes)
	defaults(&s.MaxItems, defaultItems)
	defaults(&s.Concurrency, defaultConcurrency)
	defaults(&s.Channels, 1)
	if s.ConnectTimeout <= 0 {
		s.ConnectTimeout = defaultConnectTimeout
	}
	if s.Keepalive.Time == 0 {
		s.Keepalive.Time = defaultKeepalive
	}
	if s.Keepalive.Timeout <= 0 {
		s.Keepalive.Timeout = defaultPingTimeout
	}
	if s.Retry.Backoff <= 0 {
		s.Retry.Backoff = defaultBackoff
	}
	s.Retry.Attempts = min(max(s.Retry.Attempts, 0), maxRetries)
	return s
}

// jsonPerByte is how much JSON the limit on messages allows for a byte of them.
// Chosen: numbers and short names grow by less, empty messages by far more.
const jsonPerByte = 8

// room is how long the JSON of an answer may be.
func (s *Settings) room() int { return min(s.MaxReceiveBytes, math.MaxInt/jsonPerByte) * jsonPerByte }

// timeout of a call of c.
func (s *Settings) timeout(c *spec.Connector) time.Duration {
	least := time.Duration(0)
	for _, d := range []time.Duration{s.Timeout, c.Source.GRPC.Timeout, c.GRPC.Timeout} {
		if d > 0 && (least == 0 || d < least) {
			least = d
		}
	}
	if least == 0 {
		return defaultTimeout
	}
	return least
}

// serviceConfig is what grpc-go knows as such: balancing over all addresses of
// the target, and retries within a budget of one for ten calls.
func (s *Settings) serviceConfig(retry bool) string {
	var b strings.Builder
	b.WriteString(`{"loadBalancingConfig":[{"round_robin":{}}]`)
	if retry {
		fmt.Fprintf(&b, `,"retryThrottling":{"maxTokens":20,"tokenRatio":0.1},"methodConfig":[{"name":[{}],"retryPolicy":{`+
			`"maxAttempts":%d,"initialBackoff":"%.3fs","maxBackoff":"%.3fs","backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE"]}}]`,
			s.Retry.Attempts+1, s.Retry.Backoff.Seconds(), (16 * s.Retry.Backoff).Seconds())
	}
	b.WriteString("}")
	return b.String()
}
