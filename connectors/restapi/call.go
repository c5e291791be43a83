package restapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
)

// backend does the requests of one connector.
type backend struct {
	subgraph string
	source   *source
	pool     *pool
	method   string
	address  *address
	header   []header
	body     *mapping.Program // nil without
	reads    bool             // an answer's body is looked at
	makers   sync.Pool        // *maker
}

var (
	_ connectors.Backend    = (*backend)(nil)
	_ connectors.Identifier = (*backend)(nil)
)

func (b *backend) compile(c *spec.Connector) (err error) {
	if b.address, err = compileAddress(c, b.source.override); err != nil {
		return err
	}
	host, known := fixed(b.address.origin.authority)
	scheme, spoken := fixed(b.address.origin.scheme)
	if known && spoken && host != "" && !allows(b.source.hosts, scheme, host) {
		return errNotAllowed
	}
	if b.header, err = compileHeaders(c); err != nil {
		return err
	}
	b.body = compiled(c.HTTP.Body)
	return nil
}

var errNotAllowed = errors.New("the URL's host is not one of the allowed ones")

// request is one request, made. It is sent once or more.
type request struct {
	url      *url.URL
	header   http.Header
	host     string // Host header, if not the URL's
	body     []byte // nil: none
	deadline time.Time
	// safe: it may be sent again.
	safe bool
}

// requestOf returns the request that Identity made, or makes it.
func (b *backend) requestOf(in *connectors.Input) (*request, error) {
	switch made := in.Made.(type) {
	case *request:
		return made, nil
	case error:
		return nil, made
	}
	return b.request(in)
}

// request makes a request. An error is a reason for a client to read.
func (b *backend) request(in *connectors.Input) (*request, error) {
	m, _ := b.makers.Get().(*maker)
	if m == nil {
		m = &maker{}
	}
	m.vars, m.problems = in.Vars, in.Problems
	defer func() {
		m.vars, m.problems = nil, nil
		if cap(m.value)+cap(m.text) <= maxKept {
			b.makers.Put(m)
		}
	}()
	to, err := b.address.make(m)
	if err != nil {
		return nil, err
	}
	if !allows(b.source.hosts, to.scheme, to.host) {
		return nil, errNotAllowed
	}
	r := &request{safe: in.Retry}
	if r.url, err = to.url(); err != nil {
		return nil, err
	}
	if r.header, err = b.headers(m, in, to.user); err != nil {
		return nil, err
	}
	if host := r.header["Host"]; host != nil {
		delete(r.header, "Host")
		if r.host = host[len(host)-1]; !validAuthority(r.host) {
			return nil, errHost
		}
	}
	if r.body, err = b.makeBody(m, r.header); err != nil {
		return nil, err
	}
	if r.body != nil && r.header["Content-Type"] == nil {
		r.header["Content-Type"] = jsonType
	}
	return r, nil
}

// maxKept is the largest buffer kept for the next request; chosen.
const maxKept = 1 << 20

// Call makes the request, sends it, and appends its answer to out. It returns
// CONNECTOR_REQUEST, GATEWAY_TIMEOUT, REQUEST_RATE_LIMITED, HTTP_CLIENT_ERROR
// or CONNECTOR_RESPONSE_INVALID.
func (b *backend) Call(ctx context.Context, in *connectors.Input, out *connectors.Answer) error {
	r, err := b.requestOf(in)
	if err != nil {
		return b.fault(fault.ConnectorRequest, "the connector's request cannot be made: "+err.Error(), err)
	}
	r.deadline = time.Now().Add(b.source.settings.Timeout)
	if !in.Deadline.IsZero() && in.Deadline.Before(r.deadline) {
		r.deadline = in.Deadline
	}
	ctx, cancel := context.WithDeadline(ctx, r.deadline)
	defer cancel()
	b.source.state.budget.earn()
	retry := &b.source.settings.Retry
	repeatable := in.Retry && slices.Contains(retry.Methods, b.method)
	kept := mark(out)
	for n := 0; ; n++ {
		result := b.attempt(ctx, r, out)
		if repeatable && n < retry.Attempts && result.worthRepeating(retry) && ctx.Err() == nil {
			if pause, ok := result.pause(retry, n, r.deadline); ok && b.source.state.budget.spend() {
				kept.restore(out)
				if wait(ctx, pause) == nil {
					continue
				}
				result.err = ctx.Err()
			}
		}
		if result.err == nil {
			return nil
		}
		kept.restore(out)
		return b.judge(ctx, result.err)
	}
}

// marked is how long an answer's lists were before anything was added.
type marked struct{ body, headers int }

func mark(out *connectors.Answer) marked { return marked{len(out.Body), len(out.Headers)} }

func (k marked) restore(out *connectors.Answer) {
	out.Body, out.Headers, out.Status, out.Failed = out.Body[:k.body], out.Headers[:k.headers], 0, false
}

// errQueue marks an error of waiting for one's turn.
var errQueue = errors.New("no turn came")

// attempt sends the request once, following redirects, and reads the answer.
func (b *backend) attempt(ctx context.Context, r *request, out *connectors.Answer) outcome {
	if err := b.source.state.gate.enter(ctx); err != nil {
		return outcome{err: errors.Join(errQueue, err), sent: true}
	}
	defer b.source.state.gate.leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	response, err := b.send(ctx, cancel, r)
	if err != nil {
		return outcome{err: err}
	}
	defer finish(response, cancel)
	result := outcome{sent: true, status: response.StatusCode, retryAfter: response.Header.Get("Retry-After")}
	result.err = b.read(response, out)
	return result
}

// maxRedirects is how many redirects one request follows; chosen.
const maxRedirects = 5

// send returns the head of the answer, of the last one if there are redirects.
// cancel ends ctx.
func (b *backend) send(ctx context.Context, cancel context.CancelFunc, r *request) (*http.Response, error) {
	to := r.url
	for hops := 0; ; hops++ {
		response, err := b.pool.transport.RoundTrip(b.httpRequest(ctx, r, to))
		if err != nil {
			return nil, err
		}
		next := b.redirected(response, to)
		if next == nil || hops == maxRedirects {
			return response, nil
		}
		finish(response, cancel)
		to = next
	}
}

// redirected returns where the answer sends to, nil if it does not or must not
// be followed.
func (b *backend) redirected(response *http.Response, from *url.URL) *url.URL {
	if b.source.settings.Redirects != RedirectsSameOrigin || b.method != http.MethodGet && b.method != http.MethodHead {
		return nil
	}
	switch response.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	location, err := url.Parse(response.Header.Get("Location"))
	if err != nil || response.Header.Get("Location") == "" {
		return nil
	}
	to := from.ResolveReference(location)
	if to.User != nil || to.Opaque != "" || !validAuthority(to.Host) || origin(to.Scheme, to.Host) != origin(from.Scheme, from.Host) {
		return nil
	}
	return to
}

func (b *backend) httpRequest(ctx context.Context, r *request, to *url.URL) *http.Request {
	made := &http.Request{Method: b.method, URL: to, Host: r.host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: r.header}
	switch {
	case r.body != nil:
		made.ContentLength = int64(len(r.body))
		made.Body = io.NopCloser(bytes.NewReader(r.body))
		if len(r.body) == 0 {
			made.Body = http.NoBody
		}
		if r.safe {
			made.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.body)), nil }
			if _, own := r.header["Idempotency-Key"]; !own {
				// An entry without values is not sent; it tells the transport that it
				// may repeat the request when a kept connection turns out to be closed.
				made.Header = r.header.Clone()
				made.Header["Idempotency-Key"] = nil
			}
		}
	case !r.safe:
		// A body the transport cannot ask for anew keeps it from repeating a
		// mutation's GET on its own. Being empty it is not sent.
		made.Body = io.NopCloser(bytes.NewReader(nil))
	}
	return made.WithContext(ctx)
}

// maxDrained and drainTime are how much of a body nobody wants is read, and for
// how long, so that the connection can be used again; chosen.
const (
	maxDrained = 64 << 10
	drainTime  = 50 * time.Millisecond
)

// finish reads the rest of a body as far as it is worth it, and closes it.
// cancel ends the request.
func finish(response *http.Response, cancel context.CancelFunc) {
	if response.ContentLength <= maxDrained && response.StatusCode != http.StatusSwitchingProtocols {
		late := time.AfterFunc(drainTime, cancel)
		_, _ = io.CopyN(io.Discard, response.Body, maxDrained) // what is lost is a connection
		late.Stop()
	}
	_ = response.Body.Close() // read as far as wanted
}

// Identity tells requests apart that must not share an answer: by source,
// method, address and headers, credentials among them. Only GET requests of
// queries have one.
func (b *backend) Identity(dst []byte, in *connectors.Input) ([]byte, bool) {
	if b.method != http.MethodGet || !in.Retry || b.body != nil {
		return dst, false
	}
	r, err := b.request(in)
	if err != nil {
		in.Made = err // for Call to tell
		return dst, false
	}
	in.Made = r
	dst = appendField(dst, b.subgraph)
	dst = appendField(dst, b.source.key.source)
	dst = appendField(dst, r.url.Scheme)
	dst = appendField(dst, r.url.Host)
	dst = appendField(dst, r.url.RawPath)
	dst = appendField(dst, r.url.RawQuery)
	dst = appendField(dst, r.host)
	for _, name := range sortedNames(r.header) {
		for _, value := range r.header[name] {
			dst = appendField(appendField(dst, name), value)
		}
	}
	return dst, true
}

// appendField appends text and its length, so that no two lists of fields give
// the same bytes.
func appendField(dst []byte, text string) []byte {
	n := len(text)
	return append(append(dst, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), text...)
}
