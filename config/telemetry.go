package config

// Telemetry says what is told about the process.
type Telemetry struct {
	Logs Logs `yaml:"logs" jsonschema_description:"The log on standard error."`
}

// Logs are written to standard error.
type Logs struct {
	Format string `yaml:"format" jsonschema:"enum=text,enum=json" jsonschema_description:"text or json; default text."`
	Level  string `yaml:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error" jsonschema_description:"debug, info, warn or error; default info."`
}
