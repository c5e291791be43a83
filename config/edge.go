package config

// Edge is checked before a request is read.
type Edge struct {
	RequestID RequestID    `yaml:"request_id" jsonschema_description:"The name of each request, in logs and at subgraphs."`
	CORS      []CORSPolicy `yaml:"cors" jsonschema_description:"Which pages of other origins may use the gateway; of several policies that have an origin the first counts. Default none."`
	CSRF      CSRF         `yaml:"csrf" jsonschema_description:"Cross-site request forgery."`
	Forwarded string       `yaml:"forwarded" jsonschema:"enum=auto,enum=x_forwarded_for,enum=forwarded,enum=x_real_ip" jsonschema_description:"The header in which trusted proxies write a client's address; auto looks at all three; a client about whom they contradict each other has the address 0.0.0.0. Default auto."`
}

// RequestID says how requests get their name.
type RequestID struct {
	Header string `yaml:"header" check:"header" jsonschema_description:"Header it comes in, goes back and is sent to subgraphs in; default x-request-id."`
	Trust  string `yaml:"trust" jsonschema:"enum=trusted_proxies,enum=all,enum=none" jsonschema_description:"Whose names are kept: trusted_proxies, all or none; all other requests get a new UUID. Default trusted_proxies."`
}

// CORSPolicy says what pages of some origins may do.
type CORSPolicy struct {
	Origins        []string `yaml:"origins" check:"origin" jsonschema_description:"scheme://host or scheme://host:port, or null, or * for every page."`
	Matching       []string `yaml:"matching" check:"regexp" jsonschema_description:"Regular expressions (RE2) that match a whole origin."`
	Methods        []string `yaml:"methods" check:"method" jsonschema_description:"Default GET, HEAD, POST, PUT, PATCH, DELETE."`
	AllowHeaders   []string `yaml:"allow_headers" check:"header" jsonschema_description:"Headers pages may send beside content-type; default every header."`
	ExposeHeaders  []string `yaml:"expose_headers" check:"header" jsonschema_description:"Headers of answers that pages may read; default none."`
	Credentials    bool     `yaml:"credentials" jsonschema_description:"Let pages send cookies; default false. Not with * and null."`
	MaxAge         Duration `yaml:"max_age" jsonschema_description:"For how long a browser need not ask again; default: as the browser likes."`
	PrivateNetwork bool     `yaml:"private_network" jsonschema_description:"Let public pages reach a gateway in a private network; default false."`
}

// CSRF prevention.
type CSRF struct {
	Enabled *bool    `yaml:"enabled" jsonschema_description:"Refuse what a browser sends to other origins without asking; default true."`
	Headers []string `yaml:"headers" check:"header" jsonschema_description:"Headers that prove a preflight; default x-weft-csrf, apollo-require-preflight, graphql-require-preflight, x-apollo-operation-name."`
}
