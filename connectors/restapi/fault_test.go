package restapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/weftql/weft/fault"
)

// What clients are told has a code and no address; the cause keeps all.
func TestJudge(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 9, 8, 7), Port: 1}, Err: err}
	}
	for _, c := range []struct {
		err       error
		code      fault.Code
		words     string
		unreached bool
	}{
		{dial(syscall.ECONNREFUSED), fault.HTTPClientError, "refused the connection", true},
		{dial(&net.DNSError{Name: "secret.test", IsNotFound: true}), fault.HTTPClientError, "host name was not found", true},
		{dial(os.ErrDeadlineExceeded), fault.GatewayTimeout, "accept a connection in time", true},
		{dial(errPrivate), fault.ConnectorRequest, "private address", false},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, fault.HTTPClientError, "connection to the backend broke", true},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}, fault.HTTPClientError, "TLS handshake", false},
		{fmt.Errorf("10.9.8.7: %w", io.ErrUnexpectedEOF), fault.HTTPClientError, "cut off", true},
		{errors.Join(errQueue, context.DeadlineExceeded), fault.RequestRateLimited, "under way", false},
		{errors.Join(errQueue, context.Canceled), fault.HTTPClientError, "cancelled", false},
		{&fault.Error{Code: fault.ConnectorResponseInvalid, Message: "as it is"}, fault.ConnectorResponseInvalid, "as it is", false},
	} {
		f := (&backend{subgraph: "a"}).judge(t.Context(), c.err)
		if f.Code != c.code || !strings.Contains(f.Message, c.words) {
			t.Errorf("%v: %v", c.err, f)
		}
		if strings.Contains(f.Message, "10.9") || strings.Contains(f.Message, "secret") {
			t.Errorf("%v tells an address", f)
		}
		if unreached(c.err) != c.unreached {
			t.Errorf("%v: unreached %v", c.err, unreached(c.err))
		}
	}
}
