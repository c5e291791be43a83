package config

// Edge is checked before a request is read.
type Edge struct {
	CSRF CSRF `yaml:"csrf" jsonschema_description:"Cross-site request forgery."`
}

// CSRF prevention.
type CSRF struct {
	Enabled *bool    `yaml:"enabled" jsonschema_description:"Refuse what a browser sends to other origins without asking; default true."`
	Headers []string `yaml:"headers" jsonschema_description:"Headers that prove a preflight; default apollo-require-preflight, graphql-require-preflight, x-apollo-operation-name."`
}
