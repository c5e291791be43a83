package subgraphs

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/weftql/weft/fault"
)

// reply is a response whose body was not read yet. length is -1 if it was not
// stated.
type reply struct {
	status                int
	contentType, encoding string
	length                int64
	body                  io.Reader
}

// readAnswer judges an HTTP response as GraphQL over HTTP does and appends its
// body to res.Body. The rules, in order:
//
//	GraphQL's own media type        the body counts, whatever the status
//	application/json, 2xx           the body counts
//	application/json, not 2xx       the body counts if it has data or errors
//	anything else                   a fault that names the type found
//
// On an error, which is a *fault.Error or what reading the body gave, res.Body
// is as long as before.
func (s *HTTPSource) readAnswer(r *reply, res *Response) error {
	res.Status = r.status
	kind := mediaKind(r.contentType)
	success := r.status >= 200 && r.status < 300
	if kind == otherMedia {
		if !success {
			return s.statusFault(r.status)
		}
		return s.malformed("the subgraph answered with "+typeName(r.contentType)+" instead of JSON", nil)
	}
	start := len(res.Body)
	if err := s.readBody(r, res); err != nil {
		res.Body = res.Body[:start]
		return err
	}
	body := bytes.TrimLeft(res.Body[start:], " \t\r\n")
	if len(body) == 0 || body[0] != '{' {
		res.Body = res.Body[:start]
		if !success {
			return s.statusFault(r.status)
		}
		if len(body) == 0 {
			return s.malformed("the subgraph's answer is empty", nil)
		}
		return s.malformed("the subgraph's answer is not a JSON object", nil)
	}
	if success || kind == graphqlMedia {
		return nil
	}
	answer, ok := withStatusError(body, r.status)
	if !ok {
		res.Body = res.Body[:start]
		return s.statusFault(r.status)
	}
	res.Body = append(res.Body[:start], answer...)
	return nil
}

type media uint8

const (
	otherMedia media = iota
	jsonMedia
	graphqlMedia
)

// mediaKind reads a content type; the usual spellings are compared first.
func mediaKind(contentType string) media {
	switch contentType {
	case "application/json", "application/json; charset=utf-8", "application/json;charset=utf-8":
		return jsonMedia
	case "application/graphql-response+json", "application/graphql-response+json; charset=utf-8":
		return graphqlMedia
	}
	essence, parameters, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return otherMedia
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return otherMedia
	}
	switch essence {
	case "application/json":
		return jsonMedia
	case "application/graphql-response+json", "application/graphql+json":
		return graphqlMedia
	}
	return otherMedia
}

// typeName is a content type fit for a message: short and printable.
func typeName(contentType string) string {
	const limit = 80
	if contentType == "" {
		return "no content type"
	}
	if len(contentType) > limit {
		contentType = contentType[:limit]
	}
	return strconv.Quote(contentType)
}

// readBody appends the body to res.Body, up to the limit.
func (s *HTTPSource) readBody(r *reply, res *Response) error {
	limit := s.options.MaxResponseBytes
	if r.length > limit {
		return s.tooLarge()
	}
	body, size := r.body, r.length
	switch {
	case r.encoding == "" || strings.EqualFold(r.encoding, "identity"):
	case s.options.Gzip && strings.EqualFold(r.encoding, "gzip"):
		inflate, err := gzip.NewReader(body)
		if errors.Is(err, gzip.ErrHeader) {
			return s.malformed("the subgraph's answer is not gzip although its header says so", err)
		}
		if err != nil {
			return err
		}
		body, size = inflate, -1
	default:
		return s.malformed("the subgraph compressed its answer although it was not asked to", nil)
	}
	var err error
	if res.Body, err = AppendBody(res.Body, body, size, limit); errors.Is(err, ErrBodyTooLarge) {
		return s.tooLarge()
	}
	return err
}

// withStatusError returns the body of a failed response if it is a GraphQL
// one: as it is when it tells errors, else with an error that tells the
// status. It is off the hot path, so encoding/json may do the work.
func withStatusError(body []byte, status int) ([]byte, bool) {
	var answer struct {
		Data   json.RawMessage   `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil, false
	}
	if len(answer.Errors) > 0 {
		return body, true
	}
	if answer.Data == nil {
		return nil, false
	}
	out := append([]byte(`{"data":`), answer.Data...)
	out = append(out, `,"errors":[{"message":`...)
	out = fault.AppendString(out, statusText(status))
	out = append(out, `,"extensions":{"code":"`+string(fault.SubrequestHTTPError)+`",`...)
	return append(append(out, statusExtension(status)...), `}}]}`...), true
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + ": " + text
	}
	return strconv.Itoa(status)
}

func statusExtension(status int) []byte {
	return append(strconv.AppendInt([]byte(`"http":{"status":`), int64(status), 10), '}')
}

// statusFault is the fault of an HTTP error whose body says nothing usable.
func (s *HTTPSource) statusFault(status int) *fault.Error {
	f := &fault.Error{Code: fault.SubrequestHTTPError, Subgraph: s.options.Name, Message: statusText(status),
		Extensions: statusExtension(status)}
	switch status {
	case http.StatusUnauthorized:
		f.Code = fault.Unauthenticated
	case http.StatusForbidden:
		f.Code = fault.Forbidden
	}
	return f
}

func (s *HTTPSource) malformed(message string, cause error) *fault.Error {
	return &fault.Error{Code: fault.SubrequestMalformed, Subgraph: s.options.Name, Message: message, Cause: cause}
}

func (s *HTTPSource) tooLarge() *fault.Error {
	return s.malformed("the subgraph's answer is larger than "+strconv.FormatInt(s.options.MaxResponseBytes, 10)+" bytes", ErrBodyTooLarge)
}
