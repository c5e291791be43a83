package config

// UpstreamSubscriptions say how weft subscribes at a subgraph.
type UpstreamSubscriptions struct {
	Protocol           string   `yaml:"protocol" jsonschema:"enum=auto,enum=transport_ws,enum=sse" jsonschema_description:"transport_ws is graphql-transport-ws, sse is an event stream; auto takes the first unless the subgraph refuses to upgrade, with path always. Default auto."`
	Path               string   `yaml:"path" check:"path" jsonschema_description:"Path of the WebSocket endpoint; default that of url."`
	AckTimeout         Duration `yaml:"ack_timeout" jsonschema_description:"Time for the subgraph to acknowledge a WebSocket; default 10s."`
	Ping               Duration `yaml:"ping" jsonschema_description:"Pause between two pings on a WebSocket; default 15s."`
	Pong               Duration `yaml:"pong" jsonschema_description:"A WebSocket silent for so long is lost; default 30s."`
	IdleTimeout        Duration `yaml:"idle_timeout" jsonschema_description:"A WebSocket without subscriptions is closed after it; default 10s."`
	Silence            Duration `yaml:"silence" jsonschema_description:"An event stream without a byte, heartbeats included, for so long is lost; default never."`
	MaxPerConnection   int      `yaml:"max_per_connection" check:"positive" jsonschema_description:"Subscriptions on one WebSocket; default 100."`
	ForwardInitPayload *bool    `yaml:"forward_init_payload" jsonschema_description:"Send a client's connection_init payload on, as it is; default false."`
	Share              *bool    `yaml:"share" jsonschema_description:"Clients that ask for the same events with the same headers share one subscription at the subgraph; default true."`
	QueueEvents        int      `yaml:"queue_events" check:"positive" jsonschema_description:"Events that may wait for weft to work on them before a shared subscription is ended, or one of its own slowed down; default 1024."`
	QueueBytes         Bytes    `yaml:"queue_bytes" jsonschema_description:"The same in bytes; default 4MiB."`

	Reconnect Reconnect `yaml:"reconnect" jsonschema_description:"What to do when the subgraph breaks a subscription off."`
}

// Reconnect says how long a lost subscription is tried to be opened again.
type Reconnect struct {
	MaxDuration Duration `yaml:"max_duration" jsonschema_description:"Subscribe again, with growing pauses, for so long before the client's subscription fails; default 0s: it fails at once."`
}
