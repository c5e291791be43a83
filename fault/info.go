package fault

import (
	"net/http"
	"slices"
)

// Info is what every layer needs to know about a Code.
type Info struct {
	HTTP     int    // status when no part of the operation ran
	Draft    int    // the same while status_policy is draft; 0 means HTTP
	Document bool   // 200 under application/json while status_policy is compatible
	Public   bool   // Message may be sent to clients verbatim
	Retry    bool   // the same request may succeed later
	Summary  string // one line for docs/errors.md
}

// infos says what each code means. It is read-only; a test holds it against
// the constants and against docs/errors.md.
var infos = map[Code]Info{
	GraphQLParseFailed: {HTTP: http.StatusBadRequest, Document: true, Public: true,
		Summary: "The document is not GraphQL."},
	GraphQLValidationFailed: {HTTP: http.StatusBadRequest, Draft: http.StatusUnprocessableEntity, Document: true, Public: true,
		Summary: "The document is GraphQL but does not fit the schema."},
	OperationResolutionFailure: {HTTP: http.StatusBadRequest, Draft: http.StatusUnprocessableEntity, Document: true, Public: true,
		Summary: "The document has no operation of the requested name, or several and no name was given."},
	BadUserInput: {HTTP: http.StatusBadRequest, Draft: http.StatusUnprocessableEntity, Document: true, Public: true,
		Summary: "A variable is missing or does not fit its type."},
	BadRequest: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The request is not a well-formed GraphQL over HTTP request."},
	MethodNotAllowed: {HTTP: http.StatusMethodNotAllowed, Public: true,
		Summary: "The HTTP method is not allowed here, or a mutation was sent with GET."},
	UnsupportedMediaType: {HTTP: http.StatusUnsupportedMediaType, Public: true,
		Summary: "The body's content type, charset or content encoding is not supported."},
	NotAcceptable: {HTTP: http.StatusNotAcceptable, Public: true,
		Summary: "No media type of the Accept header can carry the answer."},
	RequestTooLarge: {HTTP: http.StatusRequestEntityTooLarge, Public: true,
		Summary: "The request body is larger than the limit."},
	CSRFPreventionFailed: {HTTP: http.StatusForbidden, Public: true,
		Summary: "A browser could have sent the request without asking first: send a JSON content type or a preflight header."},
	BatchingNotEnabled: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The body is a list of requests and batching is off."},
	BatchLimitExceeded: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The body is a list of more requests than allowed."},
	PersistedQueryNotSupported: {HTTP: http.StatusBadRequest, Document: true, Public: true,
		Summary: "The request names a persisted document and the gateway stores none."},
	PersistedQueryNotFound: {HTTP: http.StatusBadRequest, Document: true, Public: true,
		Summary: "The request names a persisted document that the client profile does not have."},
	PersistedDocumentRequired: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The client profile takes operations by their id only."},
	QueryNotInSafelist: {HTTP: http.StatusForbidden, Public: true,
		Summary: "The client profile takes only operations it knows, and this is none of them."},
	ProfileUnknown: {HTTP: http.StatusNotFound, Public: true,
		Summary: "The request fits no client profile, and there is none for everybody else."},
	BFFUnavailable: {HTTP: http.StatusServiceUnavailable, Public: true, Retry: true,
		Summary: "The client's profile is broken and no earlier version of it is known; others are served."},
	IntrospectionDisabled: {HTTP: http.StatusBadRequest, Draft: http.StatusUnprocessableEntity, Document: true, Public: true,
		Summary: "The operation selects __schema or __type and introspection is off."},
	TooManyTokens: {HTTP: http.StatusBadRequest, Draft: http.StatusUnprocessableEntity, Document: true, Public: true,
		Summary: "The document has more bytes, tokens or levels of nesting than allowed."},
	LimitExceeded: {HTTP: http.StatusBadRequest, Draft: http.StatusUnprocessableEntity, Document: true, Public: true,
		Summary: "The operation is larger or more repetitive than allowed."},
	PlanLimitExceeded: {HTTP: http.StatusBadRequest, Draft: http.StatusUnprocessableEntity, Document: true, Public: true,
		Summary: "Planning the operation took more work than allowed."},
	MaxDepthLimit: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The operation has more levels of fields than allowed."},
	MaxHeightLimit: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The operation has more fields than allowed."},
	MaxAliasesLimit: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The operation has more aliases than allowed."},
	MaxRootFieldsLimit: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The operation has more root fields than allowed."},
	MaxDirectivesLimit: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The operation has more uses of directives than allowed."},
	MaxFragmentsLimit: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The document has more fragments than allowed."},
	VariablesLimit: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "A variable nests deeper, or holds a longer list or string, than allowed."},
	CostTooExpensive: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "The operation is estimated to cost more than allowed."},
	SubgraphCostTooExpensive: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "What the operation asks of one subgraph is estimated to cost more than allowed."},
	RateLimited: {HTTP: http.StatusTooManyRequests, Public: true, Retry: true,
		Summary: "The client did too much in too short a time; extensions.limit names the limit and extensions.retryAfter is in seconds."},
	Overloaded: {HTTP: http.StatusServiceUnavailable, Public: true, Retry: true,
		Summary: "The gateway is too busy to take the request."},
	Unauthenticated: {HTTP: http.StatusUnauthorized, Public: true,
		Summary: "The request needs credentials, or a subgraph refused those it was given."},
	Forbidden: {HTTP: http.StatusForbidden, Public: true,
		Summary: "The caller may not do this."},
	UnauthorizedFieldOrType: {HTTP: http.StatusForbidden, Public: true,
		Summary: "The caller may not see a field, or a type, that the operation selects at path: null stands in its place, or the operation is refused."},
	AuthenticationUnavailable: {HTTP: http.StatusServiceUnavailable, Public: true, Retry: true,
		Summary: "The request's credentials cannot be checked: the keys of their issuer have not been read yet."},
	GatewayTimeout: {HTTP: http.StatusGatewayTimeout, Public: true, Retry: true,
		Summary: "A deadline passed: of the whole operation, or of one subgraph request."},
	SubrequestHTTPError: {HTTP: http.StatusBadGateway, Retry: true,
		Summary: "A subgraph could not be reached or answered with an HTTP error."},
	SubrequestMalformed: {HTTP: http.StatusBadGateway,
		Summary: "A subgraph's answer is not a GraphQL response."},
	SubgraphCircuitOpen: {HTTP: http.StatusServiceUnavailable, Public: true, Retry: true,
		Summary: "A subgraph has failed so often that it is not asked for a while."},
	ResponseValidationFailed: {HTTP: http.StatusBadGateway, Public: true,
		Summary: "A value in a subgraph's answer does not fit the schema."},
	ExpressionFailed: {HTTP: http.StatusBadGateway, Public: true,
		Summary: "The expression of a client profile's field could not be evaluated for an object."},
	DownstreamServiceError: {HTTP: http.StatusBadGateway,
		Summary: "A subgraph reported an error without a code of its own."},
	SubscriptionBackpressure: {HTTP: http.StatusServiceUnavailable, Public: true, Retry: true,
		Summary: "Events of a subscription came faster than they were taken, so it was ended."},
	ServerShutdown: {HTTP: http.StatusServiceUnavailable, Public: true, Retry: true,
		Summary: "The gateway is shutting down."},
	TooManyOperations: {HTTP: http.StatusTooManyRequests, Public: true, Retry: true,
		Summary: "The connection has as many operations under way as it may have."},
	TokenExpired: {HTTP: http.StatusUnauthorized, Public: true,
		Summary: "The credentials that a subscription was opened with have expired."},
	SubscriptionSchemaReload: {HTTP: http.StatusServiceUnavailable, Public: true, Retry: true,
		Summary: "The graph changed under a subscription; subscribe again."},
	ConnectorRequest: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "A connector's request could not be made, because a value may not stand in its address, headers or body."},
	ConnectorFetch: {HTTP: http.StatusBadGateway,
		Summary: "A connector's backend answered with a failure."},
	ConnectorResponseInvalid: {HTTP: http.StatusBadGateway,
		Summary: "A connector's backend answered with something that cannot be read."},
	HTTPClientError: {HTTP: http.StatusBadGateway, Retry: true,
		Summary: "A connector's backend could not be reached, or the connection to it broke."},
	RequestRateLimited: {HTTP: http.StatusServiceUnavailable, Public: true, Retry: true,
		Summary: "A connector's request waited too long for its turn: its source has as many under way as it may have."},
	RequestLimitExceeded: {HTTP: http.StatusBadRequest, Public: true,
		Summary: "An operation needs more requests to one of the connectors' sources than one operation may cause."},
	Cancelled: {HTTP: http.StatusBadGateway,
		Summary: "A gRPC backend answered CANCELLED: the call was given up."},
	Unknown: {HTTP: http.StatusBadGateway,
		Summary: "A gRPC backend answered UNKNOWN, or with a code there is not."},
	NotFound: {HTTP: http.StatusBadGateway,
		Summary: "A REST path, or what it leads to, does not exist; or a gRPC backend answered NOT_FOUND."},
	AlreadyExists: {HTTP: http.StatusBadGateway,
		Summary: "A gRPC backend answered ALREADY_EXISTS: what was to be made is there."},
	ResourceExhausted: {HTTP: http.StatusBadGateway, Retry: true,
		Summary: "A gRPC backend answered RESOURCE_EXHAUSTED: a quota is used up, or a message is larger than allowed."},
	FailedPrecondition: {HTTP: http.StatusBadGateway,
		Summary: "A gRPC backend answered FAILED_PRECONDITION: the state of things does not allow it."},
	Aborted: {HTTP: http.StatusBadGateway, Retry: true,
		Summary: "A gRPC backend answered ABORTED: it met with another change."},
	OutOfRange: {HTTP: http.StatusBadGateway,
		Summary: "A gRPC backend answered OUT_OF_RANGE: beyond what there is."},
	Unimplemented: {HTTP: http.StatusBadGateway,
		Summary: "A gRPC backend answered UNIMPLEMENTED: it does not have the method."},
	Unavailable: {HTTP: http.StatusBadGateway, Retry: true,
		Summary: "A gRPC backend answered UNAVAILABLE, or could not be reached."},
	DataLoss: {HTTP: http.StatusBadGateway,
		Summary: "A gRPC backend answered DATA_LOSS: data is lost or damaged."},
	Sunset: {HTTP: http.StatusGone, Public: true,
		Summary: "A path, an operation or a version of a client profile that was announced to end has ended."},
	InternalServerError: {HTTP: http.StatusInternalServerError,
		Summary: "A bug in the gateway; the incident id finds it in the log."},
	ConfigInvalid: {HTTP: http.StatusInternalServerError,
		Summary: "The configuration file is wrong; never sent to clients."},
	SchemaUnavailable: {HTTP: http.StatusInternalServerError, Retry: true,
		Summary: "A schema could not be read from its file or URL; never sent to clients."},
}

// Info returns what the code means. A code the table does not know, which is
// one a subgraph made up, counts as DOWNSTREAM_SERVICE_ERROR; the second result
// tells the two apart.
func (c Code) Info() (Info, bool) {
	info, ok := infos[c]
	if !ok {
		return infos[DownstreamServiceError], false
	}
	return info, true
}

// Codes returns every code of the table, sorted.
func Codes() []Code {
	codes := make([]Code, 0, len(infos))
	for c := range infos {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	return codes
}
