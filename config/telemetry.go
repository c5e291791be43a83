package config

import "io"

// Telemetry says what is told about the process.
type Telemetry struct {
	Service string `yaml:"service" jsonschema_description:"Name of the service in traces; default weft."`
	Logs    Logs   `yaml:"logs" jsonschema_description:"The log on standard error, and the access log."`
	Traces  Traces `yaml:"traces" jsonschema_description:"Traces of operations; off without otlp."`
}

// Logs are written to standard error.
type Logs struct {
	Format string   `yaml:"format" jsonschema:"enum=text,enum=json" jsonschema_description:"text or json, of the access log too; default text."`
	Level  string   `yaml:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error" jsonschema_description:"debug, info, warn or error; default info. The access log has no level."`
	Access Access   `yaml:"access" jsonschema_description:"One line per operation, when it is over."`
	Redact []string `yaml:"redact" jsonschema_description:"Keys of the access log whose values are not told: request_id, client, client_version, operation, principal, ip, path, or a name of access.fields."`
}

// Access is the access log.
type Access struct {
	Enabled   *bool             `yaml:"enabled" jsonschema_description:"Whether there is one; default true."`
	File      string            `yaml:"file" check:"file" jsonschema_description:"File to append to; default standard error."`
	Fields    map[string]string `yaml:"fields" jsonschema_description:"Further keys: name to expression, such as tenant: claims.tenant.id."`
	Sample2xx *float64          `yaml:"sample_2xx" check:"share" jsonschema_description:"Share of the operations without errors that get a line, 0 to 1; default 1. Errors always do."`
	// Output is where it goes without a File; nil is nowhere. It is for the program
	// that runs the gateway.
	Output io.Writer `yaml:"-" json:"-"`

	IP string `yaml:"ip" jsonschema:"enum=plain,enum=redact,enum=hash" jsonschema_description:"How the client's address is told, in traces too: plain, redact, or hash (keyed anew at every start). Default plain."`
}

// Traces go to a collector.
type Traces struct {
	OTLP        string            `yaml:"otlp" check:"url" jsonschema_description:"Collector that takes OTLP over HTTP, such as http://otel:4318; without a path, /v1/traces is added."`
	Headers     map[string]string `yaml:"headers" jsonschema_description:"Headers to send to it, such as an API key."`
	Propagators []string          `yaml:"propagators" check:"propagator" jsonschema_description:"How a trace is continued from clients, and to subgraphs: w3c, b3, b3multi, datadog; all are read, the first that is there counts, and all are sent. Default w3c."`
	Sampling    Sampling          `yaml:"sampling" jsonschema_description:"Which operations are traced."`
}

// Sampling chooses operations, some when they are over.
type Sampling struct {
	Parent    *bool    `yaml:"parent" jsonschema_description:"Do as a client that began the trace says; default true. Set false where clients are not trusted: they could have everything traced."`
	Default   *float64 `yaml:"default" check:"share" jsonschema_description:"Share of all others, 0 to 1; default 0.05."`
	Errors    *float64 `yaml:"errors" check:"share" jsonschema_description:"Share of the operations that failed by no mistake of the client's, 0 to 1; default 1."`
	Slow      *float64 `yaml:"slow" check:"share" jsonschema_description:"Share of the operations that took longer than slow_after, 0 to 1; default 1."`
	SlowAfter Duration `yaml:"slow_after" jsonschema_description:"Default 2s."`
}
