package config

// Stores are what several instances share.
type Stores struct {
	Redis Redis `yaml:"redis" jsonschema_description:"For limits that several instances keep together."`
}

// Redis is a server that speaks the Redis protocol.
type Redis struct {
	URL     string   `yaml:"url" check:"redis" jsonschema_description:"redis://[USER:PASSWORD@]HOST:PORT[/DB], rediss:// for TLS."`
	Timeout Duration `yaml:"timeout" jsonschema_description:"Time for one call; default 25ms."`
	Prefix  string   `yaml:"prefix" jsonschema_description:"What keys begin with; gateways that share limits have the same. Default weft."`
}
