// Package config is the configuration file: its types, their defaults and how
// it is read. It is plain data and starts nothing.
//
// [Load] reads YAML (and so JSON), expands ${env:NAME}, ${env:NAME:-default}
// and ${file:PATH} inside values, and reports everything that is wrong at once,
// each mistake with file, line and column. A key nobody knows is a mistake.
package config

import "github.com/weftql/weft/fault"

// Config is the file. Every key may be left out.
type Config struct {
	Version   int       `yaml:"version" jsonschema:"enum=1" jsonschema_description:"Version of this format; 1."`
	Listeners Listeners `yaml:"listeners" jsonschema_description:"Where weft listens."`
	Graphs    []Graph   `yaml:"graphs" jsonschema_description:"The graph to serve; at most one. Without it one is served at /graphql, composed from the subgraphs."`
	Subgraphs Subgraphs `yaml:"subgraphs" jsonschema_description:"The backends."`
	Auth      Auth      `yaml:"auth" jsonschema_description:"Who clients are, and what they may see."`
	Stores    Stores    `yaml:"stores" jsonschema_description:"What several instances share."`
	Limits    Limits    `yaml:"limits" jsonschema_description:"What clients may ask for."`
	Edge      Edge      `yaml:"edge" jsonschema_description:"What is checked before a request is read."`
	BFFs      []BFF     `yaml:"bffs" jsonschema_description:"Client profiles, each with its own view, operations and limits; the first that matches is a client's. Without any, every client sees the whole graph."`
	Telemetry Telemetry `yaml:"telemetry" jsonschema_description:"Logs, metrics and traces."`
	Runtime   Runtime   `yaml:"runtime" jsonschema_description:"Reload and shutdown."`

	// Dir is the folder of the file; relative paths in it are below Dir. Load
	// has resolved them already.
	Dir string `yaml:"-"`
	// File is the file's name; "" for settings a program made.
	File string `yaml:"-" json:"-"`

	places map[string]fault.Position
}

// Listeners are the sockets.
type Listeners struct {
	Public Listener `yaml:"public" jsonschema_description:"The clients' listener."`
	Admin  Admin    `yaml:"admin" jsonschema_description:"Health and metrics; keep it away from clients."`
}

// Listener is the public one.
type Listener struct {
	Address string `yaml:"address" check:"address" jsonschema_description:"host:port; default 127.0.0.1:4000."`
	HTTP    HTTP   `yaml:"http" jsonschema_description:"Limits of the HTTP server."`

	TrustedProxies []string `yaml:"trusted_proxies" check:"cidr" jsonschema_description:"Networks or addresses of the proxies in front, whose word counts on whom a request comes from; default none."`
}

// Admin is the listener of /livez, /readyz and /metrics.
type Admin struct {
	Address string `yaml:"address" check:"address" jsonschema_description:"host:port, or - for none; default 127.0.0.1:9090."`
}

// HTTP bounds what a client's connection may do.
type HTTP struct {
	MaxHeaderBytes    Bytes    `yaml:"max_header_bytes" jsonschema_description:"Size of a request's head; default 64KiB."`
	ReadHeaderTimeout Duration `yaml:"read_header_timeout" jsonschema_description:"Time to send the head; default 10s."`
	RequestTimeout    Duration `yaml:"request_timeout" jsonschema_description:"Time to send a request, and to take its answer; default 60s."`
	IdleTimeout       Duration `yaml:"idle_timeout" jsonschema_description:"An unused connection is closed after it; default 75s."`
}

// Graph is one graph of the gateway.
type Graph struct {
	Name          string     `yaml:"name" jsonschema_description:"For logs; default default."`
	Path          string     `yaml:"path" check:"path" jsonschema_description:"Path of the GraphQL endpoint; default /graphql."`
	Supergraph    Supergraph `yaml:"supergraph" jsonschema_description:"Where the supergraph comes from; default compose."`
	Introspection string     `yaml:"introspection" jsonschema:"enum=on,enum=off,enum=authenticated,enum=by_bff" jsonschema_description:"Who may ask for the schema: on is everybody, off nobody, authenticated who has proved to be somebody, by_bff whom the client's profile lets; default off, with --dev on."`
	Timeout       Duration   `yaml:"timeout" jsonschema_description:"Time for one operation; default 30s."`
	HTTP          GraphHTTP  `yaml:"http" jsonschema_description:"GraphQL over HTTP."`
	Overrides     Overrides  `yaml:"overrides" jsonschema_description:"Progressive @override."`

	WebSocket     WebSocket     `yaml:"websocket" jsonschema_description:"Operations over WebSockets."`
	Subscriptions Subscriptions `yaml:"subscriptions" jsonschema_description:"Events to clients, over WebSockets and server-sent events."`
}

// Supergraph is composed, or comes from a file or URL.
type Supergraph struct {
	Compose bool     `yaml:"compose" jsonschema_description:"Compose it from the subgraphs."`
	File    string   `yaml:"file" check:"file" jsonschema_description:"Read a composed supergraph from a file."`
	URL     string   `yaml:"url" check:"url" jsonschema_description:"Read a composed supergraph with GET."`
	Poll    Duration `yaml:"poll" jsonschema_description:"Read the URL again after it; default never."`
}

// GraphHTTP chooses between generations of the protocol.
type GraphHTTP struct {
	StatusPolicy string `yaml:"status_policy" jsonschema:"enum=compatible,enum=draft" jsonschema_description:"compatible answers 200 under application/json for mistakes in the document; draft follows the specification's draft. Default compatible."`
}

// Overrides switch labels of @override on.
type Overrides struct {
	Labels map[string]float64 `yaml:"labels" check:"percent" jsonschema_description:"Label to share of requests in per cent; percent(N) labels need no entry."`
}

// Subgraphs are the backends and what they have in common.
type Subgraphs struct {
	Defaults SubgraphDefaults `yaml:"defaults" jsonschema_description:"Hold for every entry of list that does not say otherwise."`
	List     []Subgraph       `yaml:"list" jsonschema_description:"One entry per subgraph."`
}

// SubgraphDefaults are the settings an entry inherits.
type SubgraphDefaults struct {
	Timeout          Duration `yaml:"timeout" jsonschema_description:"Time for one request; default 10s."`
	ConnectTimeout   Duration `yaml:"connect_timeout" jsonschema_description:"Time to connect; default 1s."`
	MaxResponseBytes Bytes    `yaml:"max_response_bytes" jsonschema_description:"Size of an answer, inflated; default 64MiB."`
	Gzip             bool     `yaml:"gzip" jsonschema_description:"Ask for compressed answers; default off."`
	HTTP2            bool     `yaml:"http2" jsonschema_description:"Speak HTTP/2 where TLS offers it; default off: HTTP/1.1 costs less."`

	Headers []HeaderRule `yaml:"headers" jsonschema_description:"What is sent on of a client's headers, in order, before the rules of an entry; default nothing."`
	Errors  Errors       `yaml:"errors" jsonschema_description:"What clients learn of the subgraph's errors."`
	Retry   Retry        `yaml:"retry" jsonschema_description:"Sending a request again that failed."`
	Breaker Breaker      `yaml:"breaker" jsonschema_description:"Not asking a subgraph that fails."`

	Subscriptions UpstreamSubscriptions `yaml:"subscriptions" jsonschema_description:"How events come from the subgraph."`
}

// Errors say what clients learn.
type Errors struct {
	Mask       *bool    `yaml:"mask" jsonschema_description:"Replace messages; default true, with --dev false. Set in defaults only."`
	AllowCodes []string `yaml:"allow_codes" jsonschema_description:"Codes whose messages are shown all the same; default BAD_USER_INPUT, NOT_FOUND, UNAUTHENTICATED, FORBIDDEN, CONFLICT, RATE_LIMITED, CONNECTOR_REQUEST. Set in defaults only."`
}

// HeaderRule is one of propagate, matching, insert and remove.
type HeaderRule struct {
	Propagate string `yaml:"propagate" check:"header" jsonschema_description:"Send this header of the client on."`
	Matching  string `yaml:"matching" check:"regexp" jsonschema_description:"Send all headers on whose lower-case name this regular expression (RE2) matches."`
	Rename    string `yaml:"rename" check:"header" jsonschema_description:"With propagate: the name to send it under."`
	Default   string `yaml:"default" check:"value" jsonschema_description:"With propagate: the value to send if the client gave none."`
	Insert    string `yaml:"insert" check:"header" jsonschema_description:"Send this header with value."`
	Value     string `yaml:"value" check:"value" jsonschema_description:"With insert."`
	Remove    string `yaml:"remove" check:"header" jsonschema_description:"Drop what earlier rules collected under this name."`
}

// Subgraph is one backend.
type Subgraph struct {
	Name             string    `yaml:"name" check:"required" jsonschema_description:"Unique name, as in the supergraph."`
	URL              string    `yaml:"url" check:"url" jsonschema_description:"GraphQL endpoint; overrides the one in a supergraph file. A schema with connectors has none."`
	Schema           SchemaRef `yaml:"schema" jsonschema_description:"Where its SDL comes from; default: the subgraph itself is asked."`
	Timeout          Duration  `yaml:"timeout" jsonschema_description:"See defaults."`
	ConnectTimeout   Duration  `yaml:"connect_timeout" jsonschema_description:"See defaults."`
	MaxResponseBytes Bytes     `yaml:"max_response_bytes" jsonschema_description:"See defaults."`
	Gzip             bool      `yaml:"gzip" jsonschema_description:"See defaults."`
	HTTP2            bool      `yaml:"http2" jsonschema_description:"See defaults."`

	Headers []HeaderRule `yaml:"headers" jsonschema_description:"Further rules, behind those of defaults."`
	Retry   Retry        `yaml:"retry" jsonschema_description:"See defaults; each key may be set apart."`
	Breaker Breaker      `yaml:"breaker" jsonschema_description:"See defaults; each key may be set apart."`

	Subscriptions UpstreamSubscriptions `yaml:"subscriptions" jsonschema_description:"See defaults."`

	Coalesce Coalesce                   `yaml:"coalesce" jsonschema_description:"Batches of entity look-ups across operations; default off."`
	Sources  map[string]ConnectorSource `yaml:"sources" jsonschema_description:"Of a schema with connectors: settings by @source or @grpcSource name; the name _ stands for connectors without a source."`
}

// SchemaRef is a file, or a mapping with file or url; poll alone asks the
// subgraph itself again and again.
type SchemaRef struct {
	File string   `yaml:"file" check:"file" jsonschema_description:"SDL file."`
	URL  string   `yaml:"url" check:"url" jsonschema_description:"A published SDL file, or a GraphQL endpoint that answers {_service{sdl}}."`
	Poll Duration `yaml:"poll" jsonschema_description:"Read it again after it; default never."`

	// Text is the SDL itself, for programs that make their configuration.
	Text string `yaml:"-"`
}

// short is the file.
func (r *SchemaRef) short() (key string, text *string) { return "file", &r.File }

// Runtime is reload and shutdown.
type Runtime struct {
	Watch    *bool    `yaml:"watch" jsonschema_description:"Reload when a schema file changes; default true."`
	PreDrain Duration `yaml:"predrain" jsonschema_description:"After SIGTERM, time to go on serving while not ready; default 0s."`
	Drain    Duration `yaml:"drain" jsonschema_description:"Time for requests under way to finish; default 30s."`
}
