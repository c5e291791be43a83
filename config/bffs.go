package config

// BFF is one client profile: what its clients see, which operations they may
// send, over which faces and within which limits. It stands in the file, or in
// a folder of its own.
type BFF struct {
	Dir     string `yaml:"dir" check:"file" jsonschema_description:"A folder that holds the whole BFF: all keys below in its bff.yaml, the overlay in schema.graphql and the operations in operations/ if there are such. Nothing else stands beside dir then."`
	Name    string `yaml:"name" jsonschema_description:"Unique name of letters, digits, - and _, in metrics and logs too; of a folder its name is the default."`
	Owner   string `yaml:"owner" jsonschema_description:"The team that owns it."`
	Default bool   `yaml:"default" jsonschema_description:"Clients that match no BFF get this one; without any they get 404."`

	Match  []Match  `yaml:"match" jsonschema_description:"Whose BFF it is: one entry must hold. Of several BFFs the first in the list is taken."`
	Verify []string `yaml:"verify" check:"verify" jsonschema_description:"api_key, claim: whoever matched otherwise must match by one of these too. Without it, what a mere header, client name, host or path leads to must not show more than the default BFF."`

	Contract      Contract      `yaml:"contract" jsonschema_description:"Which part of the graph it shows; default all of it."`
	Schema        string        `yaml:"schema" check:"file" jsonschema_description:"SDL file with the client's own names and shapes over that part."`
	Operations    BFFOperations `yaml:"operations" jsonschema_description:"The operations its clients send."`
	REST          BFFRest       `yaml:"rest" jsonschema_description:"Operations as paths."`
	Auth          BFFAuth       `yaml:"auth" jsonschema_description:"Who may use it, beside what auth asks for; only tighter."`
	Limits        Limits        `yaml:"limits" jsonschema_description:"Limits of its clients, beside those of limits; only tighter."`
	Introspection string        `yaml:"introspection" jsonschema:"enum=on,enum=off,enum=authenticated" jsonschema_description:"Whether clients may ask for its schema: on, off, or authenticated for clients with credentials; default as the graph."`
	Versions      []BFFVersion  `yaml:"versions" jsonschema_description:"Faces that are on their way out."`
	Shape         BFFShape      `yaml:"shape" jsonschema_description:"How answers look."`

	// At is where its keys stand, in the file or in the folder's bff.yaml.
	At Places `yaml:"-"`
	// Err is what is wrong with the folder's bff.yaml: other BFFs are served all
	// the same. It is a fault.List.
	Err error `yaml:"-"`
}

// Match is one way to tell a BFF's clients. All that is given must hold.
type Match struct {
	Host       string      `yaml:"host" jsonschema_description:"Host of the URL without port; * stands for any text."`
	Path       string      `yaml:"path" check:"path" jsonschema_description:"Path of the URL, and what lies below it. GraphQL is served there too."`
	Header     MatchHeader `yaml:"header" jsonschema_description:"A header of the request."`
	ClientName string      `yaml:"client_name" jsonschema_description:"Name the client gives itself; * stands for any text."`
	APIKey     string      `yaml:"api_key" jsonschema_description:"Id of the API key it authenticated with; * stands for any text."`
	Claim      MatchClaim  `yaml:"claim" jsonschema_description:"A claim of the token it authenticated with."`
}

// MatchHeader is a header and its value.
type MatchHeader struct {
	Name    string `yaml:"name" check:"header" jsonschema_description:"Name of the header."`
	Value   string `yaml:"value" jsonschema_description:"The whole value."`
	Pattern string `yaml:"pattern" check:"regexp" jsonschema_description:"Regular expression (RE2) for the whole value, instead of value."`
}

// MatchClaim is a claim and its value.
type MatchClaim struct {
	Name  string `yaml:"name" jsonschema_description:"Name of the claim; a.b is b in a."`
	Value string `yaml:"value" jsonschema_description:"Its value, or one of the items of a list."`
}

// Contract is a part of the graph.
type Contract struct {
	IncludeTags []string `yaml:"include_tags" jsonschema_description:"Only fields with one of these @tag names, their own or their type's."`
	ExcludeTags []string `yaml:"exclude_tags" jsonschema_description:"Nothing with one of these @tag names; wins over include_tags."`
	Allow       []string `yaml:"allow" check:"coordinate" jsonschema_description:"Only these fields: Type.field, or Type.* for all of a type. Fields of an interface stand for those of its types too."`
	Deny        []string `yaml:"deny" check:"coordinate" jsonschema_description:"Nothing of this: Type, Type.field, Type.field(argument:), Enum.VALUE; wins over allow."`
}

// BFFOperations is the folder of operations.
type BFFOperations struct {
	Dir      string `yaml:"dir" check:"file" jsonschema_description:"Folder of .graphql files, one operation each, at any depth; those without an operation hold fragments for the others."`
	Shared   string `yaml:"shared" check:"file" jsonschema_description:"Folder of .graphql files with fragments that several BFFs use."`
	Manifest string `yaml:"manifest" check:"file" jsonschema_description:"Further operations: a manifest as Apollo's tools write it, or a JSON object from id to text as Relay's do."`
	Mode     string `yaml:"mode" jsonschema:"enum=open,enum=audit,enum=trusted,enum=off,enum=allow_text,enum=id_only" jsonschema_description:"open (or off) takes every operation, audit too but records those it does not know, trusted (or allow_text) takes only those it knows, by text or by id, and id_only only by id. Default open."`
}

// BFFRest is the REST face.
type BFFRest struct {
	Prefix  string `yaml:"prefix" check:"path" jsonschema_description:"What the paths of @rest stand below; default /NAME."`
	OpenAPI bool   `yaml:"openapi" jsonschema_description:"Serve an OpenAPI description at PREFIX/openapi.json; default false."`
}

// BFFAuth tightens auth.
type BFFAuth struct {
	Require        *bool    `yaml:"require" jsonschema_description:"Refuse clients without credentials; default as auth."`
	Authenticators []string `yaml:"authenticators" jsonschema_description:"Only these of auth's authenticators, by name; default all."`
	Scopes         []string `yaml:"scopes" jsonschema_description:"Scopes a client must have."`
}

// BFFVersion is a face with its end in sight: Deprecation, Sunset and Link
// headers tell clients.
type BFFVersion struct {
	Name       string `yaml:"name" check:"required" jsonschema_description:"For messages."`
	Path       string `yaml:"path" check:"path" jsonschema_description:"Only requests at this path and below; default all of the BFF."`
	Deprecated string `yaml:"deprecated" check:"date" jsonschema_description:"Since when it should not be used any more: 2026-11-20, or with a time as 2026-11-20T12:00:00Z."`
	Sunset     string `yaml:"sunset" check:"date" jsonschema_description:"From when on it answers 410."`
	Link       string `yaml:"link" check:"url" jsonschema_description:"What to use instead."`
}

// BFFShape is how answers look.
type BFFShape struct {
	DropNulls bool `yaml:"drop_nulls" jsonschema_description:"Leave members out whose value is null; default false."`
}
