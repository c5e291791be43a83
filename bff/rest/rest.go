// Package rest is the REST face of a client profile: its operations as paths,
// with an OpenAPI description.
//
// [New] compiles operations that have @rest into endpoints: which variable
// comes from the path, the query and the body, and how its text becomes JSON.
// An [Endpoint] makes an operation request of an HTTP request (decode.go) and
// an HTTP response of the answer (encode.go); failures are problem documents of
// RFC 9457 (problem.go). [OpenAPI] describes the same endpoints.
//
// The data of an answer is not decoded: its bytes, or those of one part of it,
// are the body. Endpoints are immutable and safe for concurrent use. There are
// no subscriptions here.
package rest

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// Options describe the face of one profile. Profile, View and Operations are
// required.
type Options struct {
	// Profile is the profile's name.
	Profile string
	// Host, if set, is the only host the paths are served at; Prefix is what they
	// begin with, such as /ios/v1, or "".
	Host, Prefix string
	// View is what the operations were validated against.
	View *schema.View
	// Operations of the profile; those without REST are left out.
	Operations []*Operation
	// DropNulls says that the profile leaves members out that are null.
	DropNulls bool
	// Lifecycle of the whole profile, where an operation has none of its own.
	Lifecycle Lifecycle
	// MaxBodyBytes bounds a request body; default 2 MiB. MaxURLBytes bounds path
	// and query; default 8 KiB.
	MaxBodyBytes int64
	MaxURLBytes  int
	// OtherQuery names query parameters that others read, such as one that carries
	// a credential: they are no mistake.
	OtherQuery []string
	// Vary names the request headers that answers depend on, such as
	// Accept-Language of an overlay that writes numbers for a locale.
	Vary []string
	// Credentials names the request headers that say who asks. A client's own cache
	// must not show the answer for one user to the next.
	Credentials []string
	// Title, Version and Description head the OpenAPI document; default the
	// profile's name, "1" and nothing. Owner is its contact.
	Title, Version, Description, Owner string
	// Security are the ways to authenticate, for the OpenAPI document; Anonymous
	// says that there is also none.
	Security  []Security
	Anonymous bool
	// NoOpenAPI leaves out the endpoint that serves the document.
	NoOpenAPI bool
	// Now is the clock, for sunsets; nil is time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.Prefix = strings.TrimRight(o.Prefix, "/")
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = 2 << 20
	}
	if o.MaxURLBytes == 0 {
		o.MaxURLBytes = 8 << 10
	}
	if o.Title == "" {
		o.Title = o.Profile
	}
	if o.Version == "" {
		o.Version = "1"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Endpoint is one thing to serve. Either Handler is set, or Decode and Encode.
type Endpoint struct {
	// Method and Pattern are as in http.ServeMux; an empty Method is any. GET
	// serves HEAD too.
	Method, Pattern string
	// Operation that is run; nil with Handler.
	Operation *Operation
	// Decode makes the operation's request. What it cannot read is a fault to be
	// written by Encode.
	Decode func(*http.Request) (*operation.Request, error)
	// Encode writes the answer to the request it was decoded from.
	Encode func(http.ResponseWriter, *http.Request, *Result) error
	// Handler answers without an operation.
	Handler http.Handler
}

// Result is the outcome of an operation, or of Decode's failure.
type Result struct {
	// Body is {"data":…}; nil when nothing ran. Large writes it instead when it is
	// too big for one buffer.
	Body  []byte
	Large io.WriterTo
	// Errors are as the client may see them.
	Errors []*fault.Error
	// Extensions are raw JSON members for the raw form alone.
	Extensions []byte
	// Header is added to the response where it has no such header yet; nil is
	// none.
	Header http.Header
	// Status replaces the status of a failure; 0 leaves it.
	Status int
	// RequestID is the request's name, for problem documents; "" is none.
	RequestID string
}

// New returns the endpoints of a profile: one per operation, the OpenAPI
// document at PREFIX/openapi.json, and, below a prefix, an answer for every
// path and method there is nothing at.
//
// A variable named in the path comes from there. GET and DELETE take the others
// from the query. POST, PUT and PATCH take them from a JSON body: an object
// with a member per variable or, if there is one variable left and it is an
// input object, that object itself; with Face.Body the body is that variable
// and the others come from the query.
//
// The error is a [fault.List] of all that is wrong with the operations, each
// with file, line and column.
func New(o Options) ([]Endpoint, error) {
	o = o.withDefaults()
	routes, err := compile(o)
	if err != nil {
		return nil, err
	}
	var endpoints []Endpoint
	for _, r := range routes {
		endpoints = append(endpoints, Endpoint{
			Method: r.face.Method, Pattern: o.Host + o.Prefix + r.path.pattern(), Operation: r.op,
			Decode: r.decode, Encode: r.encode,
		})
	}
	if !o.NoOpenAPI {
		document, err := describe(o, routes)
		if err != nil {
			return nil, err
		}
		endpoints = append(endpoints, Endpoint{
			Method: http.MethodGet, Pattern: o.Host + o.Prefix + openAPIPath, Handler: documentHandler(document),
		})
	}
	if o.Prefix != "" {
		endpoints = append(endpoints, Endpoint{Pattern: o.Host + o.Prefix + "/", Handler: missing(o, routes)})
	}
	return endpoints, nil
}

// openAPIPath is where the description is served, below the prefix.
const openAPIPath = "/openapi.json"
