package subgraphs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// HTTPOptions configure an HTTPSource. The zero value of every field but URL
// works.
type HTTPOptions struct {
	// Name is the subgraph's name; it goes into faults and logs.
	Name string
	// URL is the GraphQL endpoint: http or https, absolute.
	URL string
	// Transport carries the requests; nil is a NewTransport of its own.
	Transport http.RoundTripper
	// Timeout bounds one request from the first byte sent to the last byte
	// read; default 10 s.
	Timeout time.Duration
	// MaxResponseBytes bounds an answer after decompression; default 64 MiB.
	MaxResponseBytes int64
	// Gzip asks for compressed answers. Off, none is asked for and a compressed
	// answer is malformed: on a local network inflating costs more than reading.
	Gzip bool
	// Header is sent with every request, after the request's own.
	Header []Header
}

func (o HTTPOptions) withDefaults() HTTPOptions {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxResponseBytes == 0 {
		o.MaxResponseBytes = 64 << 20
	}
	if o.Transport == nil {
		o.Transport = NewTransport(TransportOptions{})
	}
	return o
}

// HTTPSource answers fetches with GraphQL over HTTP: one POST per fetch. It
// follows no redirects, sends no cookies and uses no proxy of the environment.
// It is safe for concurrent use.
type HTTPSource struct {
	options HTTPOptions
	url     *url.URL
}

var _ Source = (*HTTPSource)(nil)

// NewHTTPSource returns a source for o.URL. It connects to nothing. It returns
// CONFIG_INVALID for a URL that is not absolute http or https.
func NewHTTPSource(o HTTPOptions) (*HTTPSource, error) {
	u, err := url.Parse(o.URL)
	if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		err = errors.New("it must start with http:// or https:// and name a host")
	}
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, &fault.Error{Code: fault.ConfigInvalid, Subgraph: o.Name, Cause: err,
			Message: "subgraph " + o.Name + ": " + strconv.Quote(o.URL) + " is not a usable URL: " + err.Error()}
	}
	return &HTTPSource{options: o.withDefaults(), url: u}, nil
}

// Prepare builds the request body's fixed parts; the result is safe for
// concurrent use.
func (s *HTTPSource) Prepare(spec *Spec) (Call, error) {
	return &httpCall{source: s, body: newTemplate(spec), safe: spec.Kind == plan.Query}, nil
}

// Close closes idle connections; requests under way finish.
func (s *HTTPSource) Close() {
	if t, ok := s.options.Transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// httpCall is one fetch of a plan against one endpoint.
type httpCall struct {
	source *HTTPSource
	body   *template
	safe   bool // a query: may be sent again
}

// Fetch sends the request and appends the answer to res.Body. It returns
// SUBREQUEST_HTTP_ERROR, SUBREQUEST_MALFORMED_RESPONSE, GATEWAY_TIMEOUT,
// UNAUTHENTICATED or FORBIDDEN; then res.Body is as long as before. Whether the
// answer is JSON to its end is for the caller to find while parsing it.
func (c *httpCall) Fetch(ctx context.Context, req *Request, res *Response) error {
	o := &c.source.options
	deadline := time.Now().Add(o.Timeout)
	if !req.Deadline.IsZero() && req.Deadline.Before(deadline) {
		deadline = req.Deadline
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()

	// The body is not reused: the transport may read it after it has returned.
	body := c.body.appendTo(make([]byte, 0, c.body.size(req)), req)
	response, err := o.Transport.RoundTrip(c.request(ctx, req, body))
	if err != nil {
		return c.source.transportFault(ctx, err)
	}
	defer response.Body.Close()
	return c.source.readAnswer(ctx, response, res)
}

func (c *httpCall) request(ctx context.Context, req *Request, body []byte) *http.Request {
	o := &c.source.options
	header := make(http.Header, 8+len(req.Header)+len(o.Header))
	for _, h := range req.Header {
		header[http.CanonicalHeaderKey(h.Name)] = append(header[http.CanonicalHeaderKey(h.Name)], h.Value)
	}
	for _, h := range o.Header {
		header[http.CanonicalHeaderKey(h.Name)] = []string{h.Value}
	}
	header["Content-Type"] = jsonType
	header["Accept"] = acceptTypes
	header["Accept-Encoding"] = identity
	if o.Gzip {
		header["Accept-Encoding"] = gzipOnly
	}
	header["User-Agent"] = userAgent
	if c.safe {
		// An entry without values is not sent; it tells the transport that it may
		// repeat the request when a kept connection turns out to be closed.
		header["Idempotency-Key"] = nil
	}
	r := &http.Request{
		Method: http.MethodPost, URL: c.source.url, Host: c.source.url.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: bodyReader(body), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return bodyReader(body), nil },
	}
	return r.WithContext(ctx)
}

// The fixed header values, shared by all requests and never written to.
var (
	jsonType    = []string{"application/json"}
	acceptTypes = []string{"application/graphql-response+json, application/json;q=0.9"}
	identity    = []string{"identity"}
	gzipOnly    = []string{"gzip"}
	userAgent   = []string{"weft"}
)

// bodyReader returns a reader the transport knows to be in memory: it then
// sends head and body in one write.
func bodyReader(body []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }

// transportFault says why no answer came, without the address: the cause has
// it, for the log.
func (s *HTTPSource) transportFault(ctx context.Context, err error) *fault.Error {
	f := &fault.Error{Code: fault.SubrequestHTTPError, Subgraph: s.options.Name, Cause: err}
	var network net.Error
	var dns *net.DNSError
	var dial *net.OpError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		f.Code = fault.GatewayTimeout
		f.Message = "the subgraph did not answer in time"
	case errors.Is(ctx.Err(), context.Canceled):
		f.Message = "the subgraph request was cancelled"
	case errors.As(err, &dns):
		f.Message = "the subgraph's host name was not found"
	case errors.As(err, &dial) && dial.Op == "dial":
		f.Message = "the subgraph refused the connection or is unreachable"
	case errors.As(err, &network) && network.Timeout():
		f.Code = fault.GatewayTimeout
		f.Message = "the subgraph did not answer in time"
	default:
		f.Message = "the connection to the subgraph broke"
	}
	return f
}
