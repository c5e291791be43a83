package compose

// The specs composition knows, as SDL. Types without "__" that are not built in
// are the spec's own: in a schema they are called by the names its @link gives
// them. A later version replaces or adds to what earlier ones define.

const specsHost = "https://specs.apollo.dev/"

const (
	federationIdentity   = specsHost + "federation"
	linkIdentity         = specsHost + "link"
	coreIdentity         = specsHost + "core"
	joinIdentity         = specsHost + "join"
	tagIdentity          = specsHost + "tag"
	inaccessibleIdentity = specsHost + "inaccessible"
	connectIdentity      = specsHost + "connect"
	cacheTagIdentity     = specsHost + "cacheTag"
	// grpcIdentity stands for every link whose last segments are grpc/vX.Y,
	// whatever its host.
	grpcIdentity = "grpc"
)

// source is what one version of a spec adds.
type source struct {
	version version
	// federation is the oldest federation version that goes with it; zero means
	// any.
	federation version
	sdl        string
}

// specSources lists the specs by identity, versions ascending.
var specSources = []struct {
	identity string
	versions []source
}{
	{federationIdentity, federationSources},
	{linkIdentity, []source{{version: version{1, 0}, sdl: `
		directive @link(url: String, as: String, for: Purpose, import: [Import]) repeatable on SCHEMA
		scalar Import
		enum Purpose { SECURITY EXECUTION }`}}},
	{coreIdentity, []source{
		{version: version{0, 1}, sdl: `directive @core(feature: String!, as: String) repeatable on SCHEMA`},
		{version: version{0, 2}, sdl: `
			directive @core(feature: String!, as: String, for: Purpose) repeatable on SCHEMA
			enum Purpose { SECURITY EXECUTION }`},
	}},
	{tagIdentity, []source{
		{version: version{0, 1}, sdl: `directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION`},
		{version: version{0, 2}, sdl: tagV2},
		{version: version{0, 3}, federation: version{2, 0}, sdl: tagV3},
	}},
	{inaccessibleIdentity, []source{
		{version: version{0, 1}, sdl: `directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION`},
		{version: version{0, 2}, federation: version{2, 0}, sdl: inaccessibleV2},
	}},
	{specsHost + "authenticated", []source{{version{0, 1}, version{2, 5}, authenticatedV1}}},
	// Federation has these two since 2.5 and 2.6, but a link to the feature
	// itself asks for no federation version.
	{specsHost + "requiresScopes", []source{{version: version{0, 1}, sdl: requiresScopesV1}}},
	{specsHost + "policy", []source{{version: version{0, 1}, sdl: policyV1}}},
	{specsHost + "context", []source{{version{0, 1}, version{2, 8}, contextV1}}},
	{specsHost + "cost", []source{{version{0, 1}, version{2, 9}, costV1}}},
	{cacheTagIdentity, []source{{version{0, 1}, version{2, 12}, cacheTagV1}}},
	{connectIdentity, []source{
		{version{0, 1}, version{2, 10}, connectV1},
		{version{0, 2}, version{2, 11}, ``},
		{version{0, 3}, version{2, 12}, ``},
		{version{0, 4}, version{2, 13}, ``},
	}},
	// The oldest federation whose supergraphs have @join__directive.
	{grpcIdentity, []source{{version{0, 1}, version{2, 7}, grpcV1}}},
}

var federationSources = []source{
	{version: version{2, 0}, sdl: federation1 + inaccessibleV2 + `
		directive @shareable on OBJECT | FIELD_DEFINITION
		directive @override(from: String!) on FIELD_DEFINITION`},
	{version: version{2, 1}, sdl: `directive @composeDirective(name: String) repeatable on SCHEMA`},
	{version: version{2, 2}, sdl: `directive @shareable repeatable on OBJECT | FIELD_DEFINITION`},
	{version: version{2, 3}, sdl: `directive @interfaceObject on OBJECT` + tagV3},
	{version: version{2, 4}},
	{version: version{2, 5}, sdl: authenticatedV1 + requiresScopesV1},
	{version: version{2, 6}, sdl: policyV1},
	{version: version{2, 7}, sdl: `directive @override(from: String!, label: String) on FIELD_DEFINITION`},
	{version: version{2, 8}, sdl: contextV1},
	{version: version{2, 9}, sdl: costV1},
	{version: version{2, 10}},
	{version: version{2, 11}},
	{version: version{2, 12}, sdl: cacheTagV1},
	{version: version{2, 13}},
	{version: version{2, 14}},
}

// federation1 is what a schema has without any @link.
const federation1 = `
	scalar FieldSet
	directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
	directive @requires(fields: FieldSet!) on FIELD_DEFINITION
	directive @provides(fields: FieldSet!) on FIELD_DEFINITION
	directive @external(reason: String) on OBJECT | FIELD_DEFINITION
	directive @extends on OBJECT | INTERFACE` + tagV2

const (
	tagV2 = `
		directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION
			| SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION`
	tagV3          = tagV2 + ` | SCHEMA`
	inaccessibleV2 = `
		directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION
			| SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION`
	authenticatedV1  = ` directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM`
	requiresScopesV1 = `
		scalar Scope
		directive @requiresScopes(scopes: [[Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM`
	policyV1 = `
		scalar Policy
		directive @policy(policies: [[Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM`
	contextV1 = `
		scalar ContextFieldValue
		directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
		directive @fromContext(field: ContextFieldValue) on ARGUMENT_DEFINITION`
	costV1 = `
		directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
		directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],
			requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION`
	cacheTagV1 = ` directive @cacheTag(format: String!) repeatable on OBJECT | FIELD_DEFINITION`
)

// connectV1 serves all versions: composition only carries connectors.
const connectV1 = `
	scalar URLPathTemplate
	scalar JSONSelection
	input ConnectorErrors { message: JSONSelection extensions: JSONSelection }
	input HTTPHeaderMapping { name: String! from: String value: String }
	input ConnectBatch { maxSize: Int }
	input SourceHTTP { baseURL: String! headers: [HTTPHeaderMapping!] path: JSONSelection queryParams: JSONSelection }
	input ConnectHTTP {
		GET: URLPathTemplate POST: URLPathTemplate PUT: URLPathTemplate PATCH: URLPathTemplate DELETE: URLPathTemplate
		body: JSONSelection headers: [HTTPHeaderMapping!] path: JSONSelection queryParams: JSONSelection
	}
	directive @connect(source: String, id: String, http: ConnectHTTP, batch: ConnectBatch, errors: ConnectorErrors,
		selection: JSONSelection!, entity: Boolean = false, isSuccess: JSONSelection) repeatable on FIELD_DEFINITION | OBJECT
	directive @source(name: String!, http: SourceHTTP!, errors: ConnectorErrors, isSuccess: JSONSelection) repeatable on SCHEMA`

// grpcV1 are weft's connectors to gRPC services. Composition only carries them.
const grpcV1 = `
	scalar JSONSelection
	input ConnectorErrors { message: JSONSelection extensions: JSONSelection }
	input HTTPHeaderMapping { name: String! from: String value: String }
	input ConnectBatch { maxSize: Int }
	input GrpcDescriptors { reflection: Boolean set: String protos: [String!] importPaths: [String!] }
	directive @grpcSource(name: String!, target: String!, plaintext: Boolean = false, descriptors: GrpcDescriptors!, timeout: String,
		metadata: [HTTPHeaderMapping!], errors: ConnectorErrors, isSuccess: JSONSelection) repeatable on SCHEMA
	directive @grpc(source: String!, method: String!, request: JSONSelection, selection: JSONSelection!, batch: ConnectBatch, entity: Boolean = false,
		metadata: [HTTPHeaderMapping!], errors: ConnectorErrors, isSuccess: JSONSelection, fieldMask: String, timeout: String)
		repeatable on FIELD_DEFINITION | OBJECT`

// builtinSDL holds the directives and scalars every schema has.
const builtinSDL = `
	directive @deprecated(reason: String = "No longer supported") on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
	directive @specifiedBy(url: String!) on SCALAR
	directive @oneOf on INPUT_OBJECT
	directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
	directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
	scalar Int
	scalar Float
	scalar String
	scalar Boolean
	scalar ID`
