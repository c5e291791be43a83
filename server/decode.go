package server

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// decode makes the operation request of a GET or POST.
func (x *exchange) decode() error {
	if x.r.Method == http.MethodGet {
		return x.decodeQuery()
	}
	if err := checkContentType(x.r.Header["Content-Type"]); err != nil {
		return err
	}
	body, err := x.readBody()
	if err != nil {
		return err
	}
	if !utf8.Valid(body) {
		return badRequest("the body is not UTF-8")
	}
	var e envelope
	if err := e.scan(body); err != nil {
		return err
	}
	return e.fill(&x.request)
}

// fill checks that the envelope can be run and makes the request: of a text, or
// of the name of a text that the engine knows, or does not.
func (e *envelope) fill(r *operation.Request) error {
	if !e.hasQuery {
		if e.documentID == "" {
			e.documentID = e.persisted()
		}
		if e.documentID == "" {
			return illShaped(`the request has no "query"`)
		}
	}
	r.Document, r.Escaped = e.query, e.escaped
	r.DocumentID, r.Name = e.documentID, e.name
	r.Variables, r.Extensions = e.variables, e.extensions
	return nil
}

// checkContentType accepts JSON in UTF-8.
func checkContentType(lines []string) error {
	if len(lines) == 1 && lines[0] == "application/json" {
		return nil
	}
	if len(lines) == 0 {
		return &fault.Error{Code: fault.UnsupportedMediaType, Message: "the request has no Content-Type; send application/json"}
	}
	essence, parameters, err := mime.ParseMediaType(strings.Join(lines, ", "))
	if err != nil || essence != "application/json" {
		return &fault.Error{Code: fault.UnsupportedMediaType, Message: "the Content-Type must be application/json"}
	}
	if charset, ok := parameters["charset"]; ok && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return &fault.Error{Code: fault.UnsupportedMediaType, Message: "the body's charset must be utf-8"}
	}
	return nil
}

// readBody reads the body into a pooled buffer, up to the limit, which counts
// inflated bytes.
func (x *exchange) readBody() ([]byte, error) {
	limit := x.s.MaxBodyBytes
	if x.r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	var source io.Reader = x.r.Body
	switch encoding := strings.ToLower(strings.Join(x.r.Header["Content-Encoding"], ", ")); encoding {
	case "", "identity":
	case "gzip":
		inflate, err := gzip.NewReader(source)
		if err != nil {
			return nil, badRequest("the body is not gzip although its header says so")
		}
		source = inflate
	default:
		return nil, &fault.Error{Code: fault.UnsupportedMediaType, Message: "the Content-Encoding must be gzip or identity"}
	}
	x.body, _ = x.h.buffers.Get().(*[]byte)
	if x.body == nil {
		x.body = new([]byte)
	}
	// A stated length is believed up to a point: the bytes must come first.
	buf := slices.Grow((*x.body)[:0], int(min(max(512, x.r.ContentLength+1), 64<<10)))
	defer func() { *x.body = buf }()
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, len(buf))
		}
		n, err := source.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return nil, tooLarge(limit)
		}
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, &statusError{status: http.StatusRequestTimeout, fault: *badRequest("the body did not come in time")}
		}
		if err != nil {
			return nil, &fault.Error{Code: fault.BadRequest, Message: "the body could not be read to its end", Cause: err}
		}
	}
}

// decodeQuery reads the parameters of a GET. An empty parameter is an absent
// one.
func (x *exchange) decodeQuery() error {
	if len(x.r.URL.Path)+len(x.r.URL.RawQuery) > x.s.MaxURLBytes {
		return &statusError{status: http.StatusRequestURITooLong,
			fault: fault.Error{Code: fault.RequestTooLarge, Message: "the URL is longer than " + strconv.Itoa(x.s.MaxURLBytes) + " bytes"}}
	}
	values, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return badRequest("the URL's query cannot be parsed")
	}
	var e envelope
	for _, name := range topLevel {
		given := values[name]
		if len(given) > 1 {
			return badRequest("the parameter " + name + " is given more than once")
		}
		if len(given) == 0 || given[0] == "" {
			continue
		}
		if !utf8.ValidString(given[0]) {
			return badRequest("the parameter " + name + " is not UTF-8")
		}
		if err := e.parameter(name, given[0]); err != nil {
			return err
		}
	}
	return e.fill(&x.request)
}

func badRequest(message string) *fault.Error {
	return &fault.Error{Code: fault.BadRequest, Message: message}
}

// illShaped refuses JSON that is not a GraphQL request.
func illShaped(message string) *statusError {
	return &statusError{fault: *badRequest(message), status: http.StatusBadRequest, draft: http.StatusUnprocessableEntity}
}

func tooLarge(limit int64) *fault.Error {
	return &fault.Error{Code: fault.RequestTooLarge, Message: "the body is larger than " + strconv.FormatInt(limit, 10) + " bytes"}
}
