package grpcapi

import (
	"context"
	"log/slog"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/fault"
)

// faultCodes are extensions.code by gRPC code. A code there is not counts as
// UNKNOWN.
var faultCodes = [...]fault.Code{
	codes.Canceled:           fault.Cancelled,
	codes.Unknown:            fault.Unknown,
	codes.InvalidArgument:    fault.BadUserInput,
	codes.DeadlineExceeded:   fault.GatewayTimeout,
	codes.NotFound:           fault.NotFound,
	codes.AlreadyExists:      fault.AlreadyExists,
	codes.PermissionDenied:   fault.Forbidden,
	codes.ResourceExhausted:  fault.ResourceExhausted,
	codes.FailedPrecondition: fault.FailedPrecondition,
	codes.Aborted:            fault.Aborted,
	codes.OutOfRange:         fault.OutOfRange,
	codes.Unimplemented:      fault.Unimplemented,
	codes.Internal:           fault.InternalServerError,
	codes.Unavailable:        fault.Unavailable,
	codes.DataLoss:           fault.DataLoss,
	codes.Unauthenticated:    fault.Unauthenticated,
}

func faultCode(c codes.Code) fault.Code {
	if int(c) < len(faultCodes) && faultCodes[c] != "" {
		return faultCodes[c]
	}
	return faultCodes[codes.Unknown]
}

// plain returns a status without what grpc-go says of a connection that failed,
// which names addresses, or quotes of a page that is no gRPC: both are for logs.
// Such a status comes with no metadata, as no server sent it, or in the middle of
// an answer with one of grpc-go's phrases.
func (b *backend) plain(st *status.Status, got *received) *status.Status {
	local := len(got.header) == 0 && len(got.trailer) == 0 || strings.Contains(st.Message(), "connection error: desc = ") ||
		strings.Contains(st.Message(), "error reading from server: ")
	page, isPage := strings.CutPrefix(st.Message(), "unexpected HTTP status code received from server: ")
	what := ""
	switch {
	case isPage:
		page, _, _ = strings.Cut(page, ";") // the type and the beginning of the page follow
		what = " did not answer with gRPC but with HTTP " + page
	case local && st.Code() == codes.Unavailable:
		what = " could not be reached, or the connection broke"
	case local && st.Code() == codes.DeadlineExceeded:
		what = " did not answer in time"
	default:
		return st
	}
	b.subgraph.transport.options.Logger.LogAttrs(context.Background(), slog.LevelDebug, "grpc call failed",
		slog.String("subgraph", b.subgraph.name), slog.String("connector", b.connector.ID), slog.String("cause", st.Message()))
	return status.New(st.Code(), b.source.spec.Name+what)
}

// fail fills out with a call that ended with a status other than OK. Error
// mappings see {"code", "message", "details"} and all of it; what clients see
// without them is up to the settings.
func (b *backend) fail(out *connectors.Answer, st *status.Status, cause error, w *walker) {
	out.Status, out.Failed = int(st.Code()), true
	out.Body = strconv.AppendInt(append(out.Body, `{"code":`...), int64(st.Code()), 10)
	out.Body, _ = appendText(append(out.Body, `,"message":`...), []byte(st.Message()))
	out.Body = append(out.Body, `,"details":`...)
	at := len(out.Body)
	out.Body = appendDetails(out.Body, st, w)
	details := out.Body[at:]
	f := &fault.Error{Code: faultCode(st.Code()), Message: st.Message(), Cause: cause}
	if s := b.source.settings; s.Redact || f.Message == "" {
		f.Message = "the call of " + b.source.spec.Name + " ended with " + string(f.Code)
	}
	f.Extensions = strconv.AppendInt([]byte(`"grpc":{"code":`), int64(st.Code()), 10)
	if b.source.settings.ExposeDetails && len(details) > len("[]") {
		f.Extensions = append(append(f.Extensions, `,"details":`...), details...)
	}
	f.Extensions = append(f.Extensions, '}')
	out.Fault = f
	out.Body = append(out.Body, '}')
}

// appendDetails writes a status's details: those of google.rpc, and of types the
// descriptors know, as JSON with their @type, others in base64.
func appendDetails(dst []byte, st *status.Status, w *walker) []byte {
	dst = append(dst, '[')
	for i, d := range st.Proto().GetDetails() {
		if i > 0 {
			dst = append(dst, ',')
		}
		at := len(dst)
		var err error
		if dst, err = w.detail(dst, d.GetTypeUrl(), d.GetValue()); err != nil {
			w.reset()
			dst, _ = appendText(append(dst[:at], `{"@type":`...), []byte(d.GetTypeUrl()))
			dst = append(appendBase64(append(dst, `,"value":`...), d.GetValue()), '}')
		}
	}
	return append(dst, ']')
}

// detail writes an Any that is in memory already.
func (w *walker) detail(dst []byte, url string, value []byte) ([]byte, error) {
	b := append([]byte(url), value...)
	w.end = len(dst) + w.room
	return w.any(dst, b, slot{start: 0, end: len(url)}, slot{start: len(url), end: len(b)}, 0)
}

// errorDetails finds the messages of google.rpc.
func errorDetails(name protoreflect.FullName) protoreflect.MessageDescriptor {
	if name.Parent() != "google.rpc" {
		return nil
	}
	return errdetails.File_google_rpc_error_details_proto.Messages().ByName(name.Name())
}
