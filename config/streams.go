package config

// WebSocket is how clients may run operations over a WebSocket.
type WebSocket struct {
	Protocols               []string `yaml:"protocols" check:"client_protocol" jsonschema_description:"Sub-protocols to speak: transport_ws (graphql-transport-ws). Default all; an empty list is no WebSocket."`
	Path                    string   `yaml:"path" check:"path" jsonschema_description:"Path of the upgrade; default the endpoint's."`
	InitTimeout             Duration `yaml:"init_timeout" jsonschema_description:"Time for a client's connection_init; default 10s."`
	Ping                    Duration `yaml:"ping" jsonschema_description:"How often a client is asked whether it is there; after 20s more without a frame it is given up. Default 15s."`
	MaxConnections          int      `yaml:"max_connections" check:"positive" jsonschema_description:"WebSockets and event streams at once; default 20000."`
	MaxConnectionsPerClient int      `yaml:"max_connections_per_client" check:"positive" jsonschema_description:"The same from one address; default 100, and none for loopback addresses."`
	MaxOperations           int      `yaml:"max_operations" check:"positive" jsonschema_description:"Operations at once on one connection; default 100."`
	OnExpiry                string   `yaml:"on_expiry" jsonschema:"enum=close,enum=ignore" jsonschema_description:"When the token a connection came with expires: close it with 4403, or ignore that. Default close."`
}

// Subscriptions is how events get to clients.
type Subscriptions struct {
	Buffer      int    `yaml:"buffer" check:"positive" jsonschema_description:"Events that may wait for a slow client; default 64."`
	BufferBytes Bytes  `yaml:"buffer_bytes" jsonschema_description:"Their size; default 1MiB. One event always may."`
	OnOverflow  string `yaml:"on_overflow" jsonschema:"enum=close,enum=drop_oldest,enum=latest" jsonschema_description:"When more would wait: close ends the subscription with SUBSCRIPTION_BACKPRESSURE, drop_oldest drops the oldest event, latest all but the newest; the next event tells how many in extensions.dropped. Default close."`
	Dedupe      *bool  `yaml:"dedupe" jsonschema_description:"Clients that subscribe to the same with the same headers share one subscription; default true."`
}
