package subgraphs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/weftql/weft/fault"
)

// FetchSDL asks a running subgraph for its schema with {_service{sdl}}. It
// returns SCHEMA_UNAVAILABLE with a message for the operator, which names the
// subgraph and its address. o.Timeout bounds it.
func FetchSDL(ctx context.Context, o HTTPOptions) (string, error) {
	source, err := NewHTTPSource(o)
	if err != nil {
		return "", err
	}
	defer source.Close()
	call, err := source.Prepare(&Spec{Subgraph: o.Name, Operation: "{_service{sdl}}"})
	if err != nil {
		return "", err
	}
	var res Response
	if err := call.Fetch(ctx, &Request{}, &res); err != nil {
		return "", unavailable(o, "cannot be asked for its schema", err)
	}
	var answer struct {
		Data struct {
			Service *struct {
				SDL *string `json:"sdl"`
			} `json:"_service"`
		} `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(res.Body, &answer); err != nil {
		return "", unavailable(o, "answered {_service{sdl}} with broken JSON", err)
	}
	switch service := answer.Data.Service; {
	case service != nil && service.SDL != nil && strings.TrimSpace(*service.SDL) != "":
		return *service.SDL, nil
	case len(answer.Errors) > 0:
		return "", unavailable(o, "does not tell its schema, so it is not a federation subgraph or hides _service: "+answer.Errors[0].Message, nil)
	case service != nil:
		return "", unavailable(o, "answered {_service{sdl}} with an empty schema", nil)
	}
	return "", unavailable(o, "does not tell its schema: its answer has no _service", nil)
}

// FetchText reads a schema document by GET: a supergraph, or the SDL of a
// subgraph that is published as a file. It returns SCHEMA_UNAVAILABLE.
func FetchText(ctx context.Context, o HTTPOptions) (string, error) {
	source, err := NewHTTPSource(o)
	if err != nil {
		return "", err
	}
	o = source.options
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.URL, nil)
	if err != nil {
		return "", unavailable(o, "cannot be read", err)
	}
	request.Header["User-Agent"] = userAgent
	if own := basicAuthorization(request.URL); own != "" {
		request.Header["Authorization"] = []string{own}
	}
	if o.Transport == nil {
		transport := NewTransport(o.Connections)
		defer transport.CloseIdleConnections()
		o.Transport = transport
	}
	response, err := o.Transport.RoundTrip(request)
	if err != nil {
		return "", unavailable(o, "cannot be read", source.broken(err))
	}
	defer func() { _ = response.Body.Close() }() // read as far as wanted
	if response.StatusCode != http.StatusOK {
		return "", unavailable(o, "answered "+statusText(response.StatusCode), nil)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, o.MaxResponseBytes+1))
	if err != nil {
		return "", unavailable(o, "broke off", source.broken(err))
	}
	if int64(len(text)) > o.MaxResponseBytes {
		return "", unavailable(o, "is too large", source.tooLarge())
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return "", unavailable(o, "answered with an empty schema", nil)
	}
	if strings.HasPrefix(strings.TrimSpace(string(text)), "<") {
		return "", unavailable(o, "answered with HTML instead of a schema", nil)
	}
	return string(text), nil
}

// IsDocumentURL reports whether a URL names a published SDL file rather than a
// GraphQL endpoint: its path ends in .graphql, .graphqls, .gql or .sdl.
func IsDocumentURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch path.Ext(u.Path) {
	case ".graphql", ".graphqls", ".gql", ".sdl":
		return true
	}
	return false
}

// Redacted returns an address as it may be shown: without its password. It need
// not be a valid one.
func Redacted(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Redacted()
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	scheme, _, ok := strings.Cut(address[:at], "://")
	if !ok {
		return "xxxxx" + address[at:]
	}
	return scheme + "://xxxxx" + address[at:]
}

// unavailable is for operators: it shows the address, without its password.
func unavailable(o HTTPOptions, what string, cause error) *fault.Error {
	who := Redacted(o.URL)
	if o.Name != "" {
		who = "subgraph " + o.Name + " at " + who
	}
	message := who + " " + what
	var f *fault.Error
	if errors.As(cause, &f) {
		message += ": " + f.Message
	}
	return &fault.Error{Code: fault.SchemaUnavailable, Subgraph: o.Name, Message: message, Cause: cause}
}
