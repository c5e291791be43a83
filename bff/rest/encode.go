package rest

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"

	"github.com/weftql/weft/fault"
)

// The media types of answers.
const (
	jsonMedia    = "application/json"
	graphqlMedia = "application/graphql-response+json"
	problemMedia = "application/problem+json"
)

// encode writes the answer: the data or a part of it, or a problem if there is
// any error. Data beside errors is not shown, because nobody reading a status
// of success looks for them; who wants it prefers GraphQL.
func (r *route) encode(w http.ResponseWriter, req *http.Request, res *Result) error {
	body := res.Body
	if res.Large != nil {
		var whole bytes.Buffer
		if _, err := res.Large.WriteTo(&whole); err != nil {
			return err
		}
		body = whole.Bytes()
	}
	header := w.Header()
	addMissing(header, res.Header)
	header.Add("Vary", "Prefer")
	for _, name := range r.options.Vary {
		header.Add("Vary", name)
	}
	r.life.announce(header)
	if prefersGraphQL(req.Header["Prefer"]) {
		header.Set("Preference-Applied", "return=graphql")
		return r.graphql(w, req, res, body)
	}
	if len(res.Errors) > 0 {
		return r.problem(w, req, res)
	}
	data := dataOf(body)
	if data == nil {
		return r.problem(w, req, &Result{Errors: fault.List{{Code: fault.InternalServerError, Message: "Internal error"}}})
	}
	if r.unwrap == nil {
		return r.success(w, req, jsonMedia, data)
	}
	if data = part(data, r.unwrap); data == nil {
		return r.problem(w, req, &Result{Errors: fault.List{{Code: fault.NotFound, Message: "There is nothing here."}}})
	}
	return r.success(w, req, jsonMedia, data)
}

// graphql writes {"errors":…,"data":…}, whatever became of the operation.
func (r *route) graphql(w http.ResponseWriter, req *http.Request, res *Result, body []byte) error {
	if len(res.Errors) == 0 && len(res.Extensions) == 0 {
		return r.success(w, req, graphqlMedia, body)
	}
	status := http.StatusOK
	if body == nil {
		status = r.statusOf(res)
	}
	whole := []byte{'{'}
	if len(res.Errors) > 0 {
		whole = fault.List(res.Errors).AppendJSON([]byte(`{"errors":`))
	}
	if len(body) > 1 {
		if len(whole) > 1 {
			whole = append(whole, ',')
		}
		whole = append(whole, body[1:len(body)-1]...)
	}
	if len(res.Extensions) > 0 {
		whole = append(append(append(whole, `,"extensions":{`...), res.Extensions...), '}')
	}
	whole = append(whole, '}')
	return fail(w, req, graphqlMedia, status, whole)
}

// success writes an answer without errors. One to GET has an ETag, so that who
// holds it already is told so.
func (r *route) success(w http.ResponseWriter, req *http.Request, media string, body []byte) error {
	header := w.Header()
	status := r.face.Status
	if status == 0 {
		status = http.StatusOK
	}
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		setDefault(header, "Cache-Control", "no-store")
	} else {
		setDefault(header, "Cache-Control", r.op.Cache.header())
		if r.op.Cache != nil && !r.op.Cache.Public {
			for _, name := range r.options.Credentials {
				header.Add("Vary", name)
			}
		}
		tag := etag(body)
		header.Set("ETag", tag)
		if matches(req.Header["If-None-Match"], tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	if status == http.StatusNoContent || status == http.StatusResetContent {
		w.WriteHeader(status)
		return nil
	}
	return write(w, req, media, status, body)
}

// fail writes what no cache may keep.
func fail(w http.ResponseWriter, req *http.Request, media string, status int, body []byte) error {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		setDefault(header, "Retry-After", "1")
	}
	return write(w, req, media, status, body)
}

func write(w http.ResponseWriter, req *http.Request, media string, status int, body []byte) error {
	header := w.Header()
	header.Set("Content-Type", media)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if req.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}

// addMissing adds headers that were not written by whoever calls.
func addMissing(h, more http.Header) {
	for name, values := range more {
		if _, ok := h[name]; !ok {
			h[name] = slices.Clip(values) // which others may share
		}
	}
}

func setDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}
