package restapi

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"

	"github.com/weftql/weft/fault"
)

func (b *backend) fault(code fault.Code, message string, cause error) *fault.Error {
	return &fault.Error{Code: code, Subgraph: b.subgraph, Message: message, Cause: cause}
}

// judge says why no answer came, without the address: the cause has it, for
// the log.
func (b *backend) judge(ctx context.Context, err error) *fault.Error {
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	queued := errors.Is(err, errQueue)
	if ended := ctx.Err(); ended != nil {
		err = errors.Join(ended, err)
	}
	late := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
	var operation *net.OpError
	dialing := errors.As(err, &operation) && operation.Op == "dial"
	switch {
	case errors.Is(err, context.Canceled):
		return b.fault(fault.HTTPClientError, "the backend request was cancelled", err)
	case queued:
		return b.fault(fault.RequestRateLimited, "the backend has as many requests under way as it may have", err)
	case errors.Is(err, errPrivate):
		return b.fault(fault.ConnectorRequest, "the connector's request cannot be made: its host is a private address", err)
	case late && dialing:
		return b.fault(fault.GatewayTimeout, "the backend did not accept a connection in time", err)
	case late, timeout(err):
		return b.fault(fault.GatewayTimeout, "the backend did not answer in time", err)
	case garbled(err):
		return b.invalid("the backend's answer is not gzip although its header says so", err)
	}
	return b.fault(fault.HTTPClientError, brokenBecause(err), err)
}

// timeout reports timeouts that are not made of a deadline: of a TLS handshake,
// which net/http has its own error for.
func timeout(err error) bool {
	var timed net.Error
	return errors.As(err, &timed) && timed.Timeout()
}

// garbled reports whether a gzip stream is wrong, as opposed to cut off.
func garbled(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt)
}

func brokenBecause(err error) string {
	var dns *net.DNSError
	var operation *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &dns):
		return "the backend's host name was not found"
	case errors.As(err, &operation) && operation.Op == "dial":
		return "the backend refused the connection or is unreachable"
	case errors.As(err, &certificate):
		return "the backend's certificate is not trusted"
	case errors.As(err, &record):
		return "the backend does not speak TLS, although its URL says https"
	case errors.As(err, &operation) && operation.Op == "remote error":
		return "the backend refused the TLS handshake"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the backend's answer was cut off"
	}
	return "the connection to the backend broke"
}
