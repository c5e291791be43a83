package config

// Auth is who clients are, and what they may see.
type Auth struct {
	Require        bool            `yaml:"require" jsonschema_description:"Refuse clients without credentials; default false."`
	Authenticators []Authenticator `yaml:"authenticators" jsonschema_description:"How clients prove who they are, asked in order: the first that finds credentials of its kind decides. Default none, then everybody is anonymous."`
	Propagate      Propagate       `yaml:"propagate" jsonschema_description:"What subgraphs learn of the client."`

	Directives Directives `yaml:"directives" jsonschema_description:"@authenticated, @requiresScopes and @policy."`
	Policies   Policies   `yaml:"policies" jsonschema_description:"What the names in @policy stand for."`
}

// Authenticator is one of jwt, api_key and anonymous.
type Authenticator struct {
	Name      string     `yaml:"name" jsonschema_description:"Unique name, for bffs[].auth.authenticators and metrics; default the kind."`
	OnFailure string     `yaml:"on_failure" jsonschema:"enum=reject,enum=next" jsonschema_description:"When credentials are found but not valid: reject the client, or ask the next authenticator and reject if that finds none. Default reject."`
	JWT       *JWT       `yaml:"jwt" jsonschema_description:"Signed tokens of identity providers."`
	APIKey    *APIKey    `yaml:"api_key" jsonschema_description:"Keys made with weft key new."`
	Anonymous *Anonymous `yaml:"anonymous" jsonschema_description:"What clients without credentials have; the last of the list. Without it they have nothing."`
}

// JWT are signed tokens.
type JWT struct {
	Issuers       []Issuer      `yaml:"issuers" jsonschema_description:"Whose tokens are taken. The iss claim picks one of them; only its keys are tried."`
	Sources       []TokenSource `yaml:"sources" jsonschema_description:"Where to look for a token, in order. Default the header authorization with the prefix Bearer, then the key Authorization of a WebSocket's connection_init payload."`
	MaxTokenBytes Bytes         `yaml:"max_token_bytes" check:"positive" jsonschema_description:"Longer tokens are refused unseen; default 8KiB."`
	CacheTokens   int           `yaml:"cache_tokens" check:"positive" jsonschema_description:"How many tokens are remembered as verified, each until it expires or its issuer's keys change; default 10000."`
}

// Issuer is an identity provider.
type Issuer struct {
	Name            string    `yaml:"name" jsonschema_description:"For logs and metrics; default iss."`
	Iss             string    `yaml:"iss" check:"required" jsonschema_description:"The iss claim, exactly."`
	JWKS            JWKS      `yaml:"jwks" jsonschema_description:"Its keys."`
	Aud             []string  `yaml:"aud" jsonschema_description:"The aud claim must hold one of these; default it may hold anything."`
	Algs            []string  `yaml:"algs" jsonschema_description:"Signature algorithms to take: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA. Default RS256 and ES256."`
	Typ             []string  `yaml:"typ" jsonschema_description:"The typ header must be one of these, for example at+jwt; default it may be anything."`
	Leeway          *Duration `yaml:"leeway" jsonschema_description:"How far clocks may be apart when exp, nbf and iat are checked; default 60s."`
	AllowMissingExp bool      `yaml:"allow_missing_exp" jsonschema_description:"Take tokens that never expire; default false."`
	ScopesClaim     string    `yaml:"scopes_claim" jsonschema_description:"The claim that holds scopes: a text with spaces between them, or a list. a.b is b in a. Default scope."`
	RolesClaim      string    `yaml:"roles_claim" jsonschema_description:"The claim that holds roles, in the same way; default roles."`
	TenantClaim     string    `yaml:"tenant_claim" jsonschema_description:"The claim that names the tenant; default none."`
}

// JWKS is where an issuer's keys come from: url, file or inline.
type JWKS struct {
	URL      string   `yaml:"url" check:"url" jsonschema_description:"Read the key set with GET."`
	File     string   `yaml:"file" check:"file" jsonschema_description:"Read it from a file, again whenever that changes."`
	Inline   string   `yaml:"inline" jsonschema_description:"The key set itself, as JSON text."`
	Poll     Duration `yaml:"poll" jsonschema_description:"Read a URL again after it, unless the answer says max-age, 10s to 1h; default 60s."`
	Timeout  Duration `yaml:"timeout" jsonschema_description:"Time to read a URL; default 5s."`
	MaxWait  Duration `yaml:"max_wait" jsonschema_description:"How long a request with a key that is not known waits for the key set to be read again; default 500ms. That is done at most twice at once, then every 30s."`
	Required bool     `yaml:"required" jsonschema_description:"Do not start without the keys. By default weft starts, and answers 503 to the issuer's tokens until it has them."`
}

// short is the URL.
func (j *JWKS) short() (key string, text *string) { return "url", &j.URL }

// TokenSource is one place to look for a token.
type TokenSource struct {
	Header        string `yaml:"header" check:"header" jsonschema_description:"A header."`
	Prefix        string `yaml:"prefix" jsonschema_description:"With header: the word before the token, in any case; a value that does not start with it is somebody else's credentials. Default none."`
	Cookie        string `yaml:"cookie" jsonschema_description:"A cookie. Keep edge.csrf on: browsers send cookies by themselves."`
	Query         string `yaml:"query" jsonschema_description:"A parameter of the URL. The last resort: URLs are written to many logs."`
	WSInit        string `yaml:"ws_init" jsonschema_description:"A key of a WebSocket's connection_init payload, in any case; a word Bearer before the token is left out."`
	WSSubprotocol string `yaml:"ws_subprotocol" jsonschema_description:"weft.bearer: of an offered WebSocket sub-protocol weft.bearer.TOKEN, the token in base64url."`
}

// APIKey are keys of weft's own making.
type APIKey struct {
	Header string `yaml:"header" check:"header" jsonschema_description:"The header with the key; default x-api-key if no other place is given."`
	Prefix string `yaml:"prefix" jsonschema_description:"With header: the word before the key; default none."`
	Cookie string `yaml:"cookie" jsonschema_description:"A cookie with the key."`
	Query  string `yaml:"query" jsonschema_description:"A parameter of the URL with the key. The last resort: URLs are written to many logs."`
	WSInit string `yaml:"ws_init" jsonschema_description:"A key of a WebSocket's connection_init payload that holds it."`
	Store  string `yaml:"store" check:"file" jsonschema_description:"The file with the hashes of keys, as weft key new writes it: a bbolt database if its name ends in .db or .bbolt, JSON lines for .jsonl, else YAML. Read again whenever it changes."`
	Pepper Secret `yaml:"pepper" jsonschema_description:"A secret that is hashed with each key, so that the store alone is of no use; the same that weft key new was given in WEFT_KEY_PEPPER. Default none."`
}

// Anonymous is what a client without credentials has.
type Anonymous struct {
	Scopes []string `yaml:"scopes" jsonschema_description:"Scopes; default none."`
	Roles  []string `yaml:"roles" jsonschema_description:"Roles; default none."`
}

// Propagate is what subgraphs learn of the client.
type Propagate struct {
	Claims []ClaimHeader `yaml:"claims" jsonschema_description:"Claims to send as headers. These headers are never taken from clients."`
}

// ClaimHeader sends a claim as a header.
type ClaimHeader struct {
	Claim   string `yaml:"claim" check:"required" jsonschema_description:"The claim; a.b is b in a. sub is there for API keys too."`
	Header  string `yaml:"header" check:"header" jsonschema_description:"The header to send it in."`
	Default string `yaml:"default" check:"value" jsonschema_description:"What to send for a client that has no such claim; default nothing."`
}
