package config

// Limits are what clients may ask for.
type Limits struct {
	Document DocumentLimits `yaml:"document" jsonschema_description:"Of one request."`
}

// DocumentLimits bound one request.
type DocumentLimits struct {
	MaxBody Bytes `yaml:"max_body" jsonschema_description:"Size of a body, inflated; default 2MiB."`
	MaxURL  Bytes `yaml:"max_url" jsonschema_description:"Size of a GET's URL; default 8KiB."`

	MaxDocument   Bytes `yaml:"max_document" jsonschema_description:"Size of the GraphQL text; default 1MiB."`
	MaxTokens     int   `yaml:"max_tokens" check:"positive" jsonschema_description:"Tokens of the text, comments included; default 15000."`
	MaxRecursion  int   `yaml:"max_recursion" check:"positive" jsonschema_description:"Levels of braces and brackets, of fields after fragments were inlined, and of variables; default 200, at most 1000."`
	MaxSelections int   `yaml:"max_selections" check:"positive" jsonschema_description:"Fields and fragments after inlining; default 20000."`
}
