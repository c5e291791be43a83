package rest

import (
	"net/http"
	"strconv"

	"github.com/weftql/weft/fault"
)

// ownStatus are the codes whose status as an answer of this gateway would be
// that of a failed backend. A client of a path means the thing itself by them,
// as long as they are about all of the answer.
var ownStatus = map[fault.Code]int{
	fault.NotFound: http.StatusNotFound, fault.AlreadyExists: http.StatusConflict, fault.Aborted: http.StatusConflict,
	fault.FailedPrecondition: http.StatusBadRequest, fault.OutOfRange: http.StatusBadRequest,
	fault.ResourceExhausted: http.StatusTooManyRequests, fault.Unimplemented: http.StatusNotImplemented,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// statusOf returns the status of a failure: that of its first error, unless
// whoever refused it knows better.
func (r *route) statusOf(res *Result) int {
	first := res.Errors[0]
	own, ok := ownStatus[first.Code]
	switch {
	case res.Status >= http.StatusBadRequest:
		return res.Status
	case ok && len(first.Path) <= max(1, len(r.unwrap)):
		return own
	}
	return statusOf(first)
}

func statusOf(e *fault.Error) int {
	info, _ := e.Code.Info()
	if info.HTTP < http.StatusBadRequest {
		return http.StatusForbidden // a part was left out, which is no failure to GraphQL
	}
	return info.HTTP
}

// problem answers with a problem document.
func (r *route) problem(w http.ResponseWriter, req *http.Request, res *Result) error {
	status := r.statusOf(res)
	return fail(w, req, problemMedia, status, appendProblem(nil, req.URL.EscapedPath(), status, res))
}

// appendProblem appends a problem document of RFC 9457. Its type is about:blank:
// the code says what it is about.
func appendProblem(dst []byte, instance string, status int, res *Result) []byte {
	errors := res.Errors
	detail := errors[0].Message
	if more := len(errors) - 1; more == 1 {
		detail += " (and 1 more error)"
	} else if more > 1 {
		detail += " (and " + strconv.Itoa(more) + " more errors)"
	}
	dst = fault.AppendString(append(dst, `{"type":"about:blank","title":`...), http.StatusText(status))
	dst = strconv.AppendInt(append(dst, `,"status":`...), int64(status), 10)
	dst = fault.AppendString(append(dst, `,"detail":`...), detail)
	dst = fault.AppendString(append(dst, `,"instance":`...), instance)
	dst = fault.AppendString(append(dst, `,"code":`...), code(errors[0]))
	if res.RequestID != "" {
		dst = fault.AppendString(append(dst, `,"requestId":`...), res.RequestID)
	}
	dst = append(dst, `,"errors":[`...)
	for i, e := range errors {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendError(dst, e)
	}
	return append(dst, "]}"...)
}

func code(e *fault.Error) string {
	if e.Code == "" {
		return string(fault.DownstreamServiceError)
	}
	return string(e.Code)
}

// appendError appends one element of errors. What a request is refused for says
// where it is wrong by members of its own; an error of a field has its path.
func appendError(dst []byte, e *fault.Error) []byte {
	dst = fault.AppendString(append(dst, `{"detail":`...), e.Message)
	dst = fault.AppendString(append(dst, `,"code":`...), code(e))
	if e.Path == nil {
		if len(e.Extensions) > 0 {
			dst = append(append(dst, ','), e.Extensions...)
		}
		return append(dst, '}')
	}
	dst = append(dst, `,"path":[`...)
	for i, s := range e.Path {
		if i > 0 {
			dst = append(dst, ',')
		}
		if s.Key == "" {
			dst = strconv.AppendInt(dst, int64(s.Index), 10)
		} else {
			dst = fault.AppendString(dst, s.Key)
		}
	}
	dst = append(dst, ']')
	if len(e.Extensions) > 0 {
		dst = append(append(append(dst, `,"extensions":{`...), e.Extensions...), '}')
	}
	return append(dst, '}')
}

// Refuse writes faults as a problem document: for those who answer a request
// below a profile's prefix that reaches no endpoint of New.
func Refuse(w http.ResponseWriter, req *http.Request, res *Result) error {
	addMissing(w.Header(), res.Header)
	status := res.Status
	if status < http.StatusBadRequest {
		status = statusOf(res.Errors[0])
	}
	return fail(w, req, problemMedia, status, appendProblem(nil, req.URL.EscapedPath(), status, res))
}
