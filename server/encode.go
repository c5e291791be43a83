package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/weftql/weft/fault"
)

// write sends the answer: one Write with Content-Length, unless it is Large.
func (x *exchange) write(a *Answer) {
	x.errors = a.Errors
	header := x.w.Header()
	for name, values := range a.Header {
		header[name] = append(header[name], values...)
	}
	status := x.statusOf(a)
	switch {
	case a.Feed != nil && x.streams:
		x.follow(a.Feed)
	case x.streamOnly && (a.Body != nil || a.Large != nil || !staysHTTP(status)):
		x.streamOne(a)
	case a.Feed != nil:
		a.Feed.Close()
		x.refuse(&fault.Error{Code: fault.NotAcceptable, Message: "the operation needs a streaming response type"})
	case a.Large != nil:
		x.writeLarge(status, a)
	case len(a.Errors) == 0:
		x.send(status, a.Body)
	default:
		buf, _ := x.h.writes.Get().(*[]byte)
		if buf == nil {
			buf = new([]byte)
		}
		*buf = appendAnswer((*buf)[:0], a)
		x.send(status, *buf)
		if cap(*buf) <= maxKeptBuffer {
			x.h.writes.Put(buf)
		}
	}
}

// writeAnswer writes an answer as one JSON object. The body, which an event of
// a subscription shares with other clients, is not copied.
func writeAnswer(w io.Writer, a *Answer, d *Delivery) error {
	var head []byte
	body := a.Body
	if len(a.Errors) > 0 {
		head = fault.List(a.Errors).AppendJSON([]byte(`{"errors":`))
		switch {
		case a.Large != nil:
			w, head = &behead{w: w, instead: append(head, ',')}, nil
		case body != nil:
			head, body = append(head, ','), body[1:]
		default:
			body = closeBrace
		}
	}
	if a.Large != nil {
		_, err := a.Large.WriteTo(w)
		return err
	}
	tail := appendDelivery(nil, d)
	if tail != nil {
		body = body[:len(body)-1]
	}
	for _, part := range [...][]byte{head, body, tail} {
		if len(part) == 0 {
			continue
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// appendDelivery closes an answer with what happened before it, if anything
// did.
func appendDelivery(dst []byte, d *Delivery) []byte {
	if d == nil || d.Dropped == 0 && !d.Gap {
		return dst
	}
	dst = append(dst, `,"extensions":{`...)
	if d.Dropped > 0 {
		dst = strconv.AppendInt(append(dst, `"dropped":`...), int64(d.Dropped), 10)
	}
	if d.Gap {
		if d.Dropped > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `"gap":true`...)
	}
	return append(dst, "}}"...)
}

// appendAnswer writes errors before data: readers and cut-off logs see them
// first.
func appendAnswer(dst []byte, a *Answer) []byte {
	if len(a.Errors) == 0 {
		return append(dst, a.Body...)
	}
	dst = fault.List(a.Errors).AppendJSON(append(dst, `{"errors":`...))
	if a.Body == nil {
		return append(dst, '}')
	}
	return append(append(dst, ','), a.Body[1:]...)
}

// send writes a complete JSON body.
func (x *exchange) send(status int, body []byte) {
	x.status = status
	header := x.w.Header()
	header["Content-Type"] = x.media.header()
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	header["Vary"] = varyAccept
	if x.r.Method == http.MethodGet {
		header["Cache-Control"] = noStore // nothing says yet how long an answer stays true
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		header["Retry-After"] = retryAfter
	}
	x.w.WriteHeader(status)
	// A client that went away is nobody's failure.
	_, _ = x.w.Write(body)
}

var (
	varyAccept = []string{"Accept"}
	retryAfter = []string{"1"}
	noStore    = []string{"no-store"}
)

// writeLarge streams an answer whose length is not known.
func (x *exchange) writeLarge(status int, a *Answer) {
	x.status = status
	header := x.w.Header()
	header["Content-Type"] = x.media.header()
	header["Vary"] = varyAccept
	if x.r.Method == http.MethodGet {
		header["Cache-Control"] = noStore
	}
	x.w.WriteHeader(status)
	_ = writeAnswer(x.w, a, nil) // a client that went away is nobody's failure
}

// behead writes something instead of the first byte, the opening brace.
type behead struct {
	w       io.Writer
	instead []byte
	done    bool
}

func (b *behead) Write(p []byte) (int, error) {
	if b.done || len(p) == 0 {
		return b.w.Write(p)
	}
	b.done = true
	if _, err := b.w.Write(b.instead); err != nil {
		return 0, err
	}
	n, err := b.w.Write(p[1:])
	return n + 1, err
}

// statusError is a fault whose status is not its code's; draft is the one under
// that policy, 0 the same.
type statusError struct {
	fault         fault.Error
	status, draft int
}

func (e *statusError) Error() string { return e.fault.Error() }
func (e *statusError) Unwrap() error { return &e.fault }

// refuse answers a request that reached no engine.
func (x *exchange) refuse(err error) {
	a := &Answer{Errors: fault.Of(err)}
	x.errors = a.Errors
	status := x.statusOf(a)
	var special *statusError
	if errors.As(err, &special) {
		status = special.status
		if special.draft != 0 && x.h.options.StatusPolicy == Draft {
			status = special.draft
		}
	}
	if x.streamOnly && x.status == 0 && !staysHTTP(status) {
		x.streamOne(a)
		return
	}
	x.send(status, appendAnswer(nil, a))
}

// statusOf returns the HTTP status of an answer.
func (x *exchange) statusOf(a *Answer) int {
	policy := x.h.options.StatusPolicy
	if a.Body != nil || a.Large != nil || a.Feed != nil {
		if policy == Draft && len(a.Errors) > 0 && x.media == graphqlJSON {
			return statusPartial
		}
		return http.StatusOK
	}
	if len(a.Errors) == 0 {
		return http.StatusInternalServerError
	}
	info, _ := a.Errors[0].Code.Info()
	switch {
	case a.Errors[0].Code == fault.MethodNotAllowed && x.r.Method == http.MethodGet:
		x.w.Header()["Allow"] = allowPost
	case policy == Draft && info.Draft != 0:
		return info.Draft
	case policy == Compatible && info.Document && x.media == legacyJSON:
		return http.StatusOK
	}
	return info.HTTP
}

// statusPartial is the draft's status for data with errors.
const statusPartial = 294

// incident reports a panic: the client gets an id, the log the rest.
func (x *exchange) incident(cause any) {
	name := x.h.logPanic(x.r.Context(), cause)
	if x.status != 0 {
		return // too late: the response is under way
	}
	x.refuse(&fault.Error{Code: fault.InternalServerError, Message: "Internal error",
		Extensions: []byte(`"errorId":"` + name + `"`)})
}

// logPanic logs a panic being recovered from and returns its id.
func (h *Handler) logPanic(ctx context.Context, cause any) string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	name := hex.EncodeToString(id[:])
	h.options.Logger.LogAttrs(ctx, slog.LevelError, "panic in a request",
		slog.String("errorId", name), slog.String("cause", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	return name
}
