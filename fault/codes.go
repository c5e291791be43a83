package fault

// The codes a running gateway answers with. Composition's codes are listed
// beside its rules in schema/compose and never reach a client.
const (
	GraphQLParseFailed         Code = "GRAPHQL_PARSE_FAILED"
	GraphQLValidationFailed    Code = "GRAPHQL_VALIDATION_FAILED"
	OperationResolutionFailure Code = "OPERATION_RESOLUTION_FAILURE"
	BadUserInput               Code = "BAD_USER_INPUT"
	BadRequest                 Code = "BAD_REQUEST"
	MethodNotAllowed           Code = "METHOD_NOT_ALLOWED"
	UnsupportedMediaType       Code = "UNSUPPORTED_MEDIA_TYPE"
	NotAcceptable              Code = "NOT_ACCEPTABLE"
	RequestTooLarge            Code = "REQUEST_TOO_LARGE"
	CSRFPreventionFailed       Code = "CSRF_PREVENTION_FAILED"
	BatchingNotEnabled         Code = "BATCHING_NOT_ENABLED"
	BatchLimitExceeded         Code = "BATCH_LIMIT_EXCEEDED"
	PersistedQueryNotSupported Code = "PERSISTED_QUERY_NOT_SUPPORTED"
	IntrospectionDisabled      Code = "INTROSPECTION_DISABLED"
	TooManyTokens              Code = "TOO_MANY_TOKENS"
	LimitExceeded              Code = "OPERATION_LIMIT_EXCEEDED"
	PlanLimitExceeded          Code = "PLAN_LIMIT_EXCEEDED"
	MaxDepthLimit              Code = "MAX_DEPTH_LIMIT"
	MaxHeightLimit             Code = "MAX_HEIGHT_LIMIT"
	MaxAliasesLimit            Code = "MAX_ALIASES_LIMIT"
	MaxRootFieldsLimit         Code = "MAX_ROOT_FIELDS_LIMIT"
	MaxDirectivesLimit         Code = "MAX_DIRECTIVES_LIMIT"
	MaxFragmentsLimit          Code = "MAX_FRAGMENTS_LIMIT"
	VariablesLimit             Code = "VARIABLES_LIMIT"
	CostTooExpensive           Code = "COST_ESTIMATED_TOO_EXPENSIVE"
	SubgraphCostTooExpensive   Code = "SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE"
	RateLimited                Code = "RATE_LIMITED"
	Overloaded                 Code = "OVERLOADED"
	Unauthenticated            Code = "UNAUTHENTICATED"
	Forbidden                  Code = "FORBIDDEN"
	AuthenticationUnavailable  Code = "AUTHENTICATION_UNAVAILABLE"
	GatewayTimeout             Code = "GATEWAY_TIMEOUT"
	SubrequestHTTPError        Code = "SUBREQUEST_HTTP_ERROR"
	SubrequestMalformed        Code = "SUBREQUEST_MALFORMED_RESPONSE"
	ResponseValidationFailed   Code = "RESPONSE_VALIDATION_FAILED"
	ExpressionFailed           Code = "EXPRESSION_FAILED"
	DownstreamServiceError     Code = "DOWNSTREAM_SERVICE_ERROR"
	SubscriptionBackpressure   Code = "SUBSCRIPTION_BACKPRESSURE"
	ServerShutdown             Code = "SERVER_SHUTDOWN"
	TooManyOperations          Code = "TOO_MANY_OPERATIONS"
	TokenExpired               Code = "TOKEN_EXPIRED"
	SubscriptionSchemaReload   Code = "SUBSCRIPTION_SCHEMA_RELOAD"
	ConnectorRequest           Code = "CONNECTOR_REQUEST"
	ConnectorFetch             Code = "CONNECTOR_FETCH"
	ConnectorResponseInvalid   Code = "CONNECTOR_RESPONSE_INVALID"
	HTTPClientError            Code = "HTTP_CLIENT_ERROR"
	RequestRateLimited         Code = "REQUEST_RATE_LIMITED"
	RequestLimitExceeded       Code = "REQUEST_LIMIT_EXCEEDED"
	Sunset                     Code = "SUNSET"
	ProfileUnknown             Code = "PROFILE_UNKNOWN"
	BFFUnavailable             Code = "BFF_UNAVAILABLE"
	QueryNotInSafelist         Code = "QUERY_NOT_IN_SAFELIST"
	PersistedDocumentRequired  Code = "PERSISTED_DOCUMENT_ID_REQUIRED"
	PersistedQueryNotFound     Code = "PERSISTED_QUERY_NOT_FOUND"
	InternalServerError        Code = "INTERNAL_SERVER_ERROR"
)

// The codes of gRPC that have no closer relative above: what a connector's
// backend said, by its name.
const (
	Cancelled          Code = "CANCELLED"
	Unknown            Code = "UNKNOWN"
	NotFound           Code = "NOT_FOUND"
	AlreadyExists      Code = "ALREADY_EXISTS"
	ResourceExhausted  Code = "RESOURCE_EXHAUSTED"
	FailedPrecondition Code = "FAILED_PRECONDITION"
	Aborted            Code = "ABORTED"
	OutOfRange         Code = "OUT_OF_RANGE"
	Unimplemented      Code = "UNIMPLEMENTED"
	Unavailable        Code = "UNAVAILABLE"
	DataLoss           Code = "DATA_LOSS"
)

// The codes an operator meets at start, at reload and on the command line.
// They never reach a client.
const (
	ConfigInvalid     Code = "CONFIG_INVALID"
	SchemaUnavailable Code = "SCHEMA_UNAVAILABLE"
)
