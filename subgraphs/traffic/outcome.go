package traffic

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// outcome is what an attempt tells about the subgraph.
type outcome uint8

const (
	neither outcome = iota // nothing: it was given up, or was not the subgraph's fault
	success
	failure
)

// judge says what an attempt tells. Whatever a client caused is no failure:
// that it left, a status of the four hundreds, an answer beyond a limit.
func (t *Traffic) judge(res *subgraphs.Response, err error) outcome {
	if t.breaker == nil {
		return neither
	}
	status := res.Status
	switch {
	case status >= 500:
		if t.breaker.options.statuses[status%100] {
			return failure
		}
		return success
	case err == nil || status >= 400:
		return success
	case errors.Is(err, context.Canceled) || errors.Is(err, subgraphs.ErrBodyTooLarge):
		return neither
	}
	switch fault.CodeOf(err) {
	case fault.SubrequestHTTPError, fault.SubrequestMalformed, fault.GatewayTimeout, fault.HTTPClientError, fault.ConnectorResponseInvalid, fault.Unavailable:
		return failure
	default:
		return neither
	}
}

// unconnected reports whether no connection was made, so that nobody has seen
// the request.
func unconnected(err error) bool {
	var operation *net.OpError
	var name *net.DNSError
	return errors.As(err, &operation) && operation.Op == "dial" || errors.As(err, &name)
}

// broken reports whether a connection ended before an answer began; the
// response's status tells that none had.
func broken(err error) bool {
	for _, sign := range []error{io.EOF, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}
