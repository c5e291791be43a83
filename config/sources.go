package config

// ConnectorSource is what operating a backend needs beside its @source or
// @grpcSource in the schema.
type ConnectorSource struct {
	OverrideURL      string            `yaml:"override_url" jsonschema_description:"Instead of the schema's baseURL: scheme, host and base path; instead of a gRPC target: the target."`
	Config           map[string]string `yaml:"config" jsonschema_description:"What $config holds in mappings."`
	Env              []string          `yaml:"env" jsonschema_description:"Environment variables that mappings may read as $env; default none."`
	Timeout          Duration          `yaml:"timeout" jsonschema_description:"Time for one request; default 5s, or what the schema says."`
	ConnectTimeout   Duration          `yaml:"connect_timeout" jsonschema_description:"Time to connect; default 1s."`
	MaxResponseBytes Bytes             `yaml:"max_response_bytes" jsonschema_description:"Size of an answer, inflated; default 8MiB for REST, 4MiB for gRPC."`
	MaxRequests      int               `yaml:"max_requests" check:"positive" jsonschema_description:"Requests of one operation; default 500."`
	Concurrency      int               `yaml:"concurrency" check:"positive" jsonschema_description:"Requests at once; further ones wait. Default 64."`
	Retry            SourceRetry       `yaml:"retry" jsonschema_description:"Sending a query's request again. Never a mutation's."`
	Redirects        string            `yaml:"redirects" jsonschema:"enum=none,enum=same_origin" jsonschema_description:"REST: whether GET and HEAD follow redirects to the same origin; default none."`
	AllowHosts       []string          `yaml:"allow_hosts" jsonschema_description:"REST: the hosts requests may go to, *.suffix for all below one; default every host."`
	AllowPrivate     bool              `yaml:"allow_private" jsonschema_description:"REST: let a host that a mapping makes be a private or loopback address; default false."`
	LenientStrings   bool              `yaml:"lenient_strings" jsonschema_description:"Whether a String takes a number or boolean of an answer as its text; default false."`
	BatchMatch       string            `yaml:"batch_match" jsonschema:"enum=key,enum=position" jsonschema_description:"How a batch's results find their keys; default key."`
	ExposeDetails    bool              `yaml:"expose_details" jsonschema_description:"gRPC: put a status's details into extensions.grpc.details; default false."`
	Redact           bool              `yaml:"redact" jsonschema_description:"gRPC: hide a status's message from clients; default false."`
	NotFoundIsNull   bool              `yaml:"not_found_is_null" jsonschema_description:"gRPC: NOT_FOUND of a query is null without an error; default false."`
	Channels         int               `yaml:"channels" check:"positive" jsonschema_description:"gRPC: connections to each address; default 1."`
	MaxItems         int               `yaml:"max_items" check:"positive" jsonschema_description:"gRPC: messages of a server stream that make a list; more are an error. Default 1000."`
	StreamIdle       Duration          `yaml:"stream_idle" jsonschema_description:"gRPC: end a subscription whose server sends nothing for so long; default never."`
	Keepalive        Duration          `yaml:"keepalive" jsonschema_description:"gRPC: ping a connection with open calls after so long without traffic; default 5m30s. Servers end connections that ping more often than they allow, usually every 5m."`
	AllowPlaintext   bool              `yaml:"allow_plaintext" jsonschema_description:"gRPC: speak without TLS to hosts other than loopback where the schema asks for it; default false."`
	TLS              TLS               `yaml:"tls" jsonschema_description:"Default: the system's authorities, no client certificate."`
	Coalesce         Coalesce          `yaml:"coalesce" jsonschema_description:"Batches across operations; default off."`
}

// SourceRetry says how often and when.
type SourceRetry struct {
	Attempts int      `yaml:"attempts" check:"positive" jsonschema_description:"Further attempts; default 0."`
	Backoff  Duration `yaml:"backoff" jsonschema_description:"Longest pause before the first of them, doubled for each further one; default 25ms."`
	Methods  []string `yaml:"methods" jsonschema_description:"REST: methods that may be repeated; default GET. List POST for backends that are queried with it."`
}

// TLS towards a backend.
type TLS struct {
	CA         string `yaml:"ca" check:"file" jsonschema_description:"File with the authorities to trust."`
	Cert       string `yaml:"cert" check:"file" jsonschema_description:"Client certificate file; with key."`
	Key        string `yaml:"key" check:"file" jsonschema_description:"Its private key."`
	ServerName string `yaml:"server_name" jsonschema_description:"Name to expect in the certificate; default the host."`
}

// Coalesce puts look-ups of different operations into one batch. Operations
// whose outgoing headers or principal differ never share one.
type Coalesce struct {
	Window    Duration `yaml:"window" jsonschema_description:"How long a look-up waits for others, 1ms or 2ms; default 0, off."`
	Threshold int      `yaml:"threshold" check:"positive" jsonschema_description:"Only while there are more look-ups a second than this; default 200."`
}
