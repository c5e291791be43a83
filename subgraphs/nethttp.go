package subgraphs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/weftql/weft/fault"
)

// transportCall sends with a net/http transport: for HTTP/2 and whatever else a
// RoundTripper can do.
type transportCall struct{ prepared }

var _ Call = (*transportCall)(nil)

// Fetch is as of clientCall.
func (c *transportCall) Fetch(ctx context.Context, req *Request, res *Response) error {
	ctx, cancel := context.WithDeadline(ctx, c.deadline(req))
	defer cancel()
	// The body is not reused: the transport may read it after it has returned.
	body := c.body.appendTo(make([]byte, 0, c.body.length(req)), req)
	response, err := c.source.options.Transport.RoundTrip(c.request(ctx, req, body))
	if err == nil {
		defer func() { _ = response.Body.Close() }() // read as far as wanted
		err = c.source.readAnswer(&reply{status: response.StatusCode, contentType: response.Header.Get("Content-Type"),
			encoding: response.Header.Get("Content-Encoding"), length: response.ContentLength, body: response.Body}, res)
	}
	if err == nil {
		return nil
	}
	var judged *fault.Error
	if errors.As(err, &judged) {
		return judged
	}
	if cause := ctx.Err(); cause != nil {
		err = cause
	}
	return c.source.broken(err)
}

func (c *transportCall) request(ctx context.Context, req *Request, body []byte) *http.Request {
	o := &c.source.options
	header := make(http.Header, 8+len(req.Header)+len(req.Trace)+len(o.Header))
	for _, list := range [][]Header{req.Outgoing(), o.Header} {
		for i := range list {
			if h := &list[i]; sendable(h, c.source.url.User != nil) {
				header.Add(h.Name, h.Value)
			}
		}
	}
	if id := c.source.requestID(req); id.Value != "" && sendable(&id, false) {
		header.Set(id.Name, id.Value)
	}
	header["Content-Type"] = jsonType
	header["Accept"] = acceptTypes
	header["Accept-Encoding"] = identity
	if o.Gzip {
		header["Accept-Encoding"] = gzipOnly
	}
	header["User-Agent"] = userAgent
	if own := basicAuthorization(c.source.url); own != "" {
		header["Authorization"] = []string{own} // a RoundTripper leaves that to its caller
	}
	if c.safe {
		// An entry without values is not sent; it tells the transport that it may
		// repeat the request when a kept connection turns out to be closed.
		header["Idempotency-Key"] = nil
	}
	r := &http.Request{
		Method: http.MethodPost, URL: c.source.url, Host: c.source.url.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: bodyOf(body), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return bodyOf(body), nil },
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

// acceptLines are the same for a prepared head.
func acceptLines(compressed bool) string {
	encoding := identity
	if compressed {
		encoding = gzipOnly
	}
	return "Accept: " + acceptTypes[0] + "\r\nAccept-Encoding: " + encoding[0] + "\r\n"
}

// bodyOf returns a reader the transport knows to be in memory: it then sends
// head and body in one write.
func bodyOf(body []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }
