// Package spec reads the connectors of a subgraph: what @source and @connect
// (REST) and @grpcSource and @grpc say, checked against the subgraph's schema,
// and as the rows by which the planner knows them.
//
// The same directives are read twice: from the subgraph's SDL while composing,
// where every mistake has a line and a column, and from the supergraph, which
// carries them as @join__directive, when a gateway is built.
package spec

import (
	"time"

	"github.com/weftql/weft/connectors/mapping"
)

// Subgraph is one subgraph whose fields are answered by connectors. Immutable.
type Subgraph struct {
	Name       string
	Index      int // of the registered subgraph in Supergraph.Subgraphs
	Version    mapping.Version
	Sources    []*Source
	Connectors []*Connector
}

// Source is one @source or @grpcSource: what its connectors have in common.
// Exactly one of HTTP and GRPC is set.
type Source struct {
	Name   string
	HTTP   *HTTPSource
	GRPC   *GRPCSource
	Errors Errors
	// IsSuccess decides whether an answer is one; nil is the transport's own
	// rule.
	IsSuccess *mapping.Mapping
}

// HTTPSource is the http argument of @source.
type HTTPSource struct {
	BaseURL     *mapping.Template
	Headers     []Header
	Path        *mapping.Mapping // list of segments; nil without
	QueryParams *mapping.Mapping // object; nil without
}

// GRPCSource is what @grpcSource says beside its name.
type GRPCSource struct {
	Target      string
	Plaintext   bool
	Descriptors Descriptors
	Timeout     time.Duration // 0: the default
	Metadata    []Header
}

// Descriptors say where the message types come from; exactly one is given.
// Paths are relative to the file of the subgraph's schema.
type Descriptors struct {
	Reflection          bool
	Set                 string
	Protos, ImportPaths []string
}

// Header is one header or metadata entry: copied from the client's header From,
// or Value.
type Header struct {
	Name  string
	From  string
	Value *mapping.Template // nil with From
}

// Errors are the mappings that make an error of an answer; nil ones are not
// given.
type Errors struct {
	Message, Extensions *mapping.Mapping
}

// Place is where a connector stands, which decides what it is asked with.
type Place uint8

const (
	// Root is a field of Query, Mutation or Subscription: asked with $args.
	Root Place = iota
	// Entity is a Query field with entity: true seen as a look-up: asked with
	// $args, taken from the key.
	Entity
	// Field is a field of another type: asked with $this and $args.
	Field
	// Type is an object type asked with $this, one object a request.
	Type
	// Batch is an object type asked with $batch, many objects a request.
	Batch
)

// Connector is one @connect or @grpc at one place; a Query field with entity:
// true gives two, a Root and an Entity. Exactly one of HTTP and GRPC is set.
type Connector struct {
	// ID names the connector in plans: subgraph:coordinate, followed by [n] for
	// the n-th of several at one coordinate and by @entity for an Entity.
	ID string
	// Coordinate is Type.field or Type, for errors and logs.
	Coordinate string
	// Line and Column are the directive's place in the text that was read, the
	// subgraph's SDL or the supergraph's. Both count from 1.
	Line, Column int
	Place        Place
	// Type is the type the connector stands on or whose field it stands on: for
	// an Entity the type it enters. Field is "" for Type and Batch; for an
	// Entity it is the Query field.
	Type, Field string
	// List says that the field's type is a list; false for a type.
	List      bool
	Source    *Source // nil: HTTP with an absolute URL
	HTTP      *HTTP
	GRPC      *GRPC
	Selection *mapping.Mapping
	Errors    Errors
	IsSuccess *mapping.Mapping
	// BatchSize is how many keys go in one request of a Batch; 0 the default.
	BatchSize int
	// Key is the selection (GraphQL syntax, without braces) of the fields that
	// identify an object to this connector: of $this, of $batch, or the key an
	// Entity's arguments match. "" for a Root.
	Key string
	// Arguments are, for an Entity, the key's fields by argument name.
	Arguments map[string]string
	// Select is what the answer holds in GraphQL terms (GraphQL syntax, without
	// braces) of the object the connector returns or enters; "" when the field
	// is a leaf. Of a Field it is below that field.
	Select string
}

// HTTP is the http argument of @connect.
type HTTP struct {
	Method      string // GET, POST, PUT, PATCH or DELETE
	URL         *mapping.Template
	Headers     []Header
	Body        *mapping.Mapping // nil without
	Path        *mapping.Mapping
	QueryParams *mapping.Mapping
}

// GRPC is what @grpc says beside what it shares with @connect.
type GRPC struct {
	Method    string           // pkg.Service/Method
	Request   *mapping.Mapping // nil: an empty message
	Metadata  []Header
	FieldMask string // request field that takes the selected paths; "" none
	Timeout   time.Duration
}
