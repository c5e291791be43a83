package server

import (
	"bytes"
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
	x.addHeaders(a)
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
	case len(a.Errors) == 0 && len(a.Extensions) == 0:
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

// addHeaders writes what the engine has to say beside the body. A refusal for
// want of credentials always says which would do, RFC 9110 section 15.5.2.
func (x *exchange) addHeaders(a *Answer) {
	header := x.w.Header()
	for name, values := range a.Header {
		header[name] = append(header[name], values...)
	}
	if len(a.Errors) > 0 && a.Errors[0].Code == fault.Unauthenticated && !a.ran() && header["Www-Authenticate"] == nil {
		header["Www-Authenticate"] = bearer
	}
}

// vary adds Accept to what the response depends on.
func vary(header http.Header) {
	if header["Vary"] == nil {
		header["Vary"] = varyAccept
	} else {
		header["Vary"] = append(header["Vary"], "Accept")
	}
}

// writeAnswer writes an answer as one JSON object: errors before data, so that
// readers and cut-off logs see them first, and extensions last. The body, which
// an event of a subscription shares with other clients, is not copied.
func writeAnswer(w io.Writer, a *Answer, d *Delivery) error {
	var head []byte
	body, tail := a.Body, appendExtensions(nil, a, d)
	if len(a.Errors) > 0 {
		head = fault.List(a.Errors).AppendJSON([]byte(`{"errors":`))
	}
	if a.Large != nil {
		frame := &reframe{w: w, head: head, tail: tail}
		if _, err := a.Large.WriteTo(frame); err != nil {
			return err
		}
		return frame.end()
	}
	switch {
	case head != nil && body != nil:
		head, body = append(head, ','), body[1:]
	case head != nil:
		body = closeBrace
	}
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

// appendAnswer is writeAnswer for an answer that is not Large.
func appendAnswer(dst []byte, a *Answer) []byte {
	w := appender{dst}
	_ = writeAnswer(&w, a, nil) // an appender takes everything
	return w.buf
}

type appender struct{ buf []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.buf = append(a.buf, p...)
	return len(p), nil
}

// appendExtensions closes an answer with what it says beside data and errors,
// and what happened before it; nothing if there is neither.
func appendExtensions(dst []byte, a *Answer, d *Delivery) []byte {
	told := d != nil && (d.Dropped > 0 || d.Gap)
	if len(a.Extensions) == 0 && !told {
		return dst
	}
	dst = append(dst, `,"extensions":{`...)
	dst = append(dst, a.Extensions...)
	if told {
		if len(a.Extensions) > 0 {
			dst = append(dst, ',')
		}
		dst = appendDelivery(dst, d)
	}
	return append(dst, "}}"...)
}

func appendDelivery(dst []byte, d *Delivery) []byte {
	if d.Dropped > 0 {
		dst = strconv.AppendInt(append(dst, `"dropped":`...), int64(d.Dropped), 10)
	}
	if d.Gap {
		if d.Dropped > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `"gap":true`...)
	}
	return dst
}

// send writes a complete JSON body.
func (x *exchange) send(status int, body []byte) {
	x.status = status
	header := x.w.Header()
	header["Content-Type"] = x.media.header()
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	vary(header)
	if x.r.Method == http.MethodGet && header["Cache-Control"] == nil {
		header["Cache-Control"] = noStore // nothing says yet how long an answer stays true
	}
	if (status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests) && header["Retry-After"] == nil {
		header["Retry-After"] = retryAfter
	}
	x.w.WriteHeader(status)
	// A client that went away is nobody's failure.
	n, _ := x.w.Write(body)
	x.outcome.Bytes += int64(n)
}

var (
	varyAccept = []string{"Accept"}
	retryAfter = []string{"1"}
	noStore    = []string{"no-store"}
	bearer     = []string{"Bearer"}
)

// writeLarge streams an answer whose length is not known.
func (x *exchange) writeLarge(status int, a *Answer) {
	x.status = status
	header := x.w.Header()
	header["Content-Type"] = x.media.header()
	vary(header)
	if x.r.Method == http.MethodGet && header["Cache-Control"] == nil {
		header["Cache-Control"] = noStore
	}
	x.w.WriteHeader(status)
	_ = writeAnswer(counting{x.w, &x.outcome.Bytes}, a, nil) // a client that went away is nobody's failure
}

// reframe passes a JSON object on with other members in front and behind.
type reframe struct {
	w          io.Writer
	head, tail []byte // `{"errors":[…]` and `,"extensions":{…}}`, nil as it is
	begun      bool
	held       bool // the closing brace was held back
}

func (f *reframe) Write(p []byte) (int, error) {
	n := len(p)
	if n == 0 {
		return 0, nil
	}
	if !f.begun && f.head != nil {
		if _, err := f.w.Write(append(f.head, ',')); err != nil {
			return 0, err
		}
		p = p[1:]
	}
	f.begun = true
	if f.tail == nil {
		_, err := f.w.Write(p)
		return n, err
	}
	if f.held && len(p) > 0 { // it was not the last one
		if _, err := f.w.Write(closeBrace); err != nil {
			return 0, err
		}
		f.held = false
	}
	if rest, ends := bytes.CutSuffix(p, closeBrace); ends {
		p, f.held = rest, true
	}
	_, err := f.w.Write(p)
	return n, err
}

func (f *reframe) end() error {
	if f.tail == nil {
		return nil
	}
	_, err := f.w.Write(f.tail)
	return err
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
	x.addHeaders(a)
	status := x.statusOf(a)
	var special *statusError
	if errors.As(err, &special) {
		status = special.status
		if special.draft != 0 && x.s.StatusPolicy == Draft {
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
	policy := x.s.StatusPolicy
	if a.Status != 0 {
		return a.Status
	}
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
	f := &fault.Error{Code: fault.InternalServerError, Message: "Internal error", Extensions: []byte(`"errorId":"` + name + `"`)}
	if x.route == nil {
		x.refuse(f)
		return
	}
	defer func() {
		if again := recover(); again != nil { // the route cannot even say so
			x.h.logPanic(x.r.Context(), again)
			x.problem(http.StatusInternalServerError)
		}
	}()
	x.encode(&Answer{Errors: fault.List{f}})
}

// logPanic logs a panic being recovered from and returns its id.
func (h *Handler) logPanic(ctx context.Context, cause any) string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	name := hex.EncodeToString(id[:])
	h.settings.Load().Logger.LogAttrs(ctx, slog.LevelError, "panic in a request",
		slog.String("errorId", name), slog.String("cause", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	return name
}
