package restapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// read appends an answer to out. What its body becomes:
//
//	empty                                null
//	*/json, *+json, no content type      itself, as mapping.CheckJSON returns it
//	text/plain                           a string, decoded by its charset
//	anything else                        null if nobody looks at it
//
// A failed answer whose body cannot be used has null: its status says more. An
// error is a *fault.Error or what reading gave.
func (b *backend) read(response *http.Response, out *connectors.Answer) error {
	out.Status = response.StatusCode
	out.Failed = response.StatusCode < 200 || response.StatusCode > 299
	out.Headers = appendHeaders(out.Headers, response.Header)
	start := len(out.Body)
	kind, charset := mediaKind(response.Header)
	if response.StatusCode == http.StatusNoContent || response.StatusCode == http.StatusSwitchingProtocols {
		out.Body = append(out.Body, null...)
		return nil
	}
	if kind == otherMedia {
		out.Body = append(out.Body, null...)
		return b.ignore(response, out.Failed)
	}
	err := b.readBody(response, out)
	var body []byte
	if err == nil {
		body, err = b.value(out.Body[start:], kind, charset)
	}
	if out.Failed && (fault.CodeOf(err) == fault.ConnectorResponseInvalid || garbled(err)) {
		body, err = null, nil
	}
	if err != nil {
		return err
	}
	out.Body = append(out.Body[:start], body...)
	return nil
}

// ignore passes over a body that is no JSON and no text: a fault if it is there,
// was not called a failure, and somebody wants to look at it.
func (b *backend) ignore(response *http.Response, failed bool) error {
	if failed || !b.reads {
		return nil
	}
	var first [1]byte
	switch n, err := io.ReadFull(response.Body, first[:]); {
	case n > 0:
		return b.invalid("the backend answered with "+typeName(response.Header.Get("Content-Type"))+" instead of JSON", nil)
	case err != io.EOF:
		return err
	}
	return nil
}

// typeName is a content type fit for a message: short and printable.
func typeName(contentType string) string {
	const limit = 80
	if len(contentType) > limit {
		contentType = contentType[:limit]
	}
	return strconv.Quote(contentType)
}

// value returns the JSON a body stands for.
func (b *backend) value(body []byte, kind media, charset string) ([]byte, error) {
	body, err := decoded(body, charset)
	if err != nil {
		return nil, b.invalid("the backend's answer is not in the charset its header says", err)
	}
	switch {
	case len(body) == 0, kind == jsonMedia && len(bytes.TrimSpace(body)) == 0:
		return null, nil
	case kind == textMedia:
		return fault.AppendString(nil, string(body)), nil
	case !utf8.Valid(body):
		return nil, b.invalid("the backend's answer is not JSON: it is not UTF-8", nil)
	}
	text, err := mapping.CheckJSON(body)
	if err != nil {
		return nil, b.invalid("the backend's answer is not JSON", err)
	}
	return text, nil
}

func appendHeaders(dst []subgraphs.Header, from http.Header) []subgraphs.Header {
	for _, name := range sortedNames(from) {
		for _, value := range from[name] {
			dst = append(dst, subgraphs.Header{Name: strings.ToLower(name), Value: value})
		}
	}
	return dst
}

type media uint8

const (
	otherMedia media = iota
	jsonMedia
	textMedia
)

// mediaKind reads the content type; the usual spellings are compared first.
func mediaKind(from http.Header) (kind media, charset string) {
	contentType := from.Get("Content-Type")
	switch contentType {
	case "", "application/json", "application/json; charset=utf-8":
		return jsonMedia, ""
	}
	essence, parameters, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return otherMedia, ""
	}
	switch {
	case strings.HasSuffix(essence, "/json"), strings.HasSuffix(essence, "+json"):
		return jsonMedia, parameters["charset"]
	case essence == "text/plain":
		return textMedia, parameters["charset"]
	}
	return otherMedia, ""
}

// decoded returns a body in UTF-8, without a byte order mark. An unknown
// charset counts as UTF-8.
func decoded(body []byte, charset string) ([]byte, error) {
	if charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		if known, err := htmlindex.Get(charset); err == nil && known != encoding.Replacement {
			var err error
			if body, err = known.NewDecoder().Bytes(body); err != nil {
				return nil, err
			}
		}
	}
	return bytes.TrimPrefix(body, []byte("\uFEFF")), nil
}

// maxOverhead is how much longer than its content a gzip stream may be.
const maxOverhead = 64 << 10

// readBody appends the body, inflated, up to the limit.
func (b *backend) readBody(response *http.Response, out *connectors.Answer) error {
	var body io.Reader = response.Body
	limit, size := b.source.settings.MaxResponseBytes, response.ContentLength
	switch encoded := strings.TrimSpace(strings.ToLower(strings.Join(response.Header["Content-Encoding"], ","))); encoded {
	case "", "identity":
	case "gzip", "x-gzip": // also if nobody asked for it
		// What is read is bounded too: gzip can go on without yielding a byte.
		inflate, err := gzip.NewReader(io.LimitReader(body, limit+maxOverhead))
		if errors.Is(err, io.EOF) {
			return nil // no bytes are an empty body
		}
		if err != nil {
			return err
		}
		body, size = inflate, -1
	default:
		return b.invalid("the backend compressed its answer in a way it was not asked for", nil)
	}
	var err error
	if out.Body, err = subgraphs.AppendBody(out.Body, body, size, limit); errors.Is(err, subgraphs.ErrBodyTooLarge) {
		return b.tooLarge()
	}
	return err
}

func (b *backend) tooLarge() *fault.Error {
	return b.invalid("the backend's answer is larger than "+strconv.FormatInt(b.source.settings.MaxResponseBytes, 10)+" bytes", nil)
}

func (b *backend) invalid(message string, cause error) *fault.Error {
	return b.fault(fault.ConnectorResponseInvalid, message, cause)
}
