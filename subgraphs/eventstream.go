package subgraphs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/weftql/weft/fault"
)

// openEvents subscribes with a POST whose answer is an event stream. The error
// is marked absent if the subgraph answers with something else that names no
// GraphQL errors.
func (h *hub) openEvents(ctx context.Context, o *order, u *upstream) (stop func(), err error) {
	s := h.source
	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(s.options.Timeout, func() { cancel(context.DeadlineExceeded) })
	response, err := h.events.RoundTrip(h.eventRequest(ctx, o))
	if err == nil {
		if err = s.acceptsEvents(response); err != nil {
			_ = response.Body.Close() // read as far as wanted
		}
	}
	if !late.Stop() && err == nil {
		_ = response.Body.Close() // it came too late
		err = context.DeadlineExceeded
	}
	if err != nil {
		cause := context.Cause(ctx)
		cancel(nil)
		switch judged := fault.CodeOf(err) != ""; {
		case judged && response != nil && passes(response.StatusCode):
			return nil, passing{err}
		case judged:
			return nil, err
		case cause != nil:
			err = cause
		}
		return nil, passing{s.broken(err)}
	}
	r := &eventReader{upstream: u, body: response.Body}
	if h.options.Silence > 0 {
		r.silence = time.AfterFunc(h.options.Silence, func() { cancel(errSilence) })
	}
	go func() { // ends with the response, which cancelling ends too
		err := r.run(ctx)
		cancel(nil)
		u.end(err)
	}()
	return func() { cancel(nil) }, nil
}

func (h *hub) eventRequest(ctx context.Context, o *order) *http.Request {
	header := o.header.Clone()
	header["Content-Type"] = jsonType
	header["Accept"] = []string{"text/event-stream"}
	header["Accept-Encoding"] = identity // compressors hold small events back
	r := &http.Request{
		Method: http.MethodPost, URL: h.source.url, Host: hostOf(h.source.url),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: bodyOf(o.body), ContentLength: int64(len(o.body)),
		GetBody: func() (io.ReadCloser, error) { return bodyOf(o.body), nil },
	}
	return r.WithContext(ctx)
}

// acceptsEvents returns nil if the answer is an event stream, else the
// subgraph's errors or a fault of its own.
func (s *HTTPSource) acceptsEvents(response *http.Response) error {
	kind, parameters, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	charset := parameters["charset"]
	if kind == "text/event-stream" && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		switch strings.ToLower(response.Header.Get("Content-Encoding")) {
		case "", "identity", "none": // the last is graphql-yoga's
		default:
			return s.malformed("the subgraph compressed its event stream although it was not asked to", nil)
		}
		if response.StatusCode != http.StatusOK {
			return s.refusingStream(response)
		}
		return nil
	}
	var res Response
	err := s.readAnswer(&reply{status: response.StatusCode, contentType: response.Header.Get("Content-Type"),
		encoding: response.Header.Get("Content-Encoding"), length: response.ContentLength, body: response.Body}, &res)
	var answer struct {
		Errors json.RawMessage `json:"errors"`
	}
	switch {
	case err != nil:
		if status := fault.CodeOf(err); status == fault.SubrequestHTTPError && response.StatusCode < 500 || status == fault.SubrequestMalformed {
			return absent{err}
		}
		return err
	case json.Unmarshal(res.Body, &answer) == nil && len(answer.Errors) > 0 && string(answer.Errors) != "null":
		return s.refusal(answer.Errors)
	}
	return absent{s.malformed("the subgraph answered a subscription with "+typeName(response.Header.Get("Content-Type"))+" instead of an event stream", nil)}
}

// refusingStream returns the errors in the first event of a stream whose status
// says that it failed, or a fault of the status.
func (s *HTTPSource) refusingStream(response *http.Response) error {
	var first []byte
	p := eventParser{limit: s.options.MaxResponseBytes, emit: func(_ string, data []byte) error {
		first = data
		return io.EOF
	}}
	buf := make([]byte, 4<<10)
	for {
		n, err := response.Body.Read(buf)
		if p.feed(buf[:n]) != nil || err != nil {
			break // whatever ended it: what is known by now counts
		}
	}
	var answer struct {
		Errors json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(first, &answer) == nil && len(answer.Errors) > 0 {
		return s.refusal(answer.Errors)
	}
	return s.statusFault(response.StatusCode)
}

var errSilence = errors.New("the event stream fell silent")

// eventReader turns an event stream into events of an upstream.
type eventReader struct {
	upstream *upstream
	body     io.ReadCloser
	silence  *time.Timer // nil for none
}

// run reads to the end and returns it: io.EOF if the subgraph completed the
// subscription.
func (r *eventReader) run(ctx context.Context) (end error) {
	defer func() {
		if cause := recover(); cause != nil { // a bug in weft must end this stream only
			end = r.upstream.hub.source.closed(fmt.Errorf("%w: %v", errBug, cause))
		}
	}()
	defer func() { _ = r.body.Close() }() // ends the request if the body has not
	defer r.pause()
	s := r.upstream.hub.source
	p := eventParser{limit: s.options.MaxResponseBytes, emit: r.handle}
	buf := make([]byte, 4<<10)
	for {
		n, err := r.body.Read(buf)
		r.alive()
		if stop := p.feed(buf[:n]); stop != nil {
			return s.streamEnd(stop)
		}
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) {
			if stop := p.finish(); stop != nil {
				return s.streamEnd(stop)
			}
			return passing{s.lost("the subgraph ended the event stream without completing it", nil)}
		}
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return s.streamEnd(err)
	}
}

// alive renews the time for the next byte. The consumer's slowness, during
// which nothing is read, does not count against the subgraph.
func (r *eventReader) alive() {
	if r.silence != nil {
		r.silence.Reset(r.upstream.hub.options.Silence)
	}
}

func (r *eventReader) pause() {
	if r.silence != nil {
		r.silence.Stop()
	}
}

// errCompleted is the subgraph's complete.
var errCompleted = errors.New("completed")

// handle takes in one event, whose data is a copy.
func (r *eventReader) handle(name string, data []byte) error {
	switch name {
	case "complete":
		return errCompleted
	case "next", "message", "": // some servers leave the name out
		if len(data) == 0 {
			return nil
		}
		if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
			return errNoResult
		}
		r.pause()
		r.upstream.event(data, alone{})
		r.alive()
	}
	return nil // an event of another protocol
}

var errNoResult = errors.New("an event is not a JSON object")

// alone is the carrier of an event stream: nobody else's.
type alone struct{}

func (alone) hold() bool { return true }

// streamEnd makes what a subscriber learns of why reading stopped.
func (s *HTTPSource) streamEnd(err error) error {
	switch {
	case errors.Is(err, errCompleted):
		return io.EOF
	case errors.Is(err, errEventSize):
		return s.tooLarge()
	case errors.Is(err, errNoResult):
		return s.malformed("the subgraph sent an event that is not a JSON object", err)
	case errors.Is(err, errSilence), timedOut(err):
		return passing{&fault.Error{Code: fault.GatewayTimeout, Subgraph: s.options.Name, Cause: err, Message: "the subgraph's event stream fell silent"}}
	}
	return passing{s.lost("the subgraph's event stream broke", err)}
}

// newStreamTransport is the transport of event streams: small buffers, because
// each stream keeps its connection for itself, and HTTP/1.1, because the streams
// of an HTTP/2 connection share one window.
func newStreamTransport(o TransportOptions) *http.Transport {
	t := NewTransport(o)
	t.ForceAttemptHTTP2 = false
	t.TLSClientConfig = streamTLS(&o)
	t.ReadBufferSize, t.WriteBufferSize = 4<<10, 4<<10
	return t
}
