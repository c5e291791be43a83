package fault

// The codes a running gateway answers with. Composition's codes are listed
// beside its rules in schema/compose and never reach a client.
const (
	GraphQLParseFailed         Code = "GRAPHQL_PARSE_FAILED"
	GraphQLValidationFailed    Code = "GRAPHQL_VALIDATION_FAILED"
	OperationResolutionFailure Code = "OPERATION_RESOLUTION_FAILURE"
	BadUserInput               Code = "BAD_USER_INPUT"
	BadRequest                 Code = "BAD_REQUEST"
	CSRFPreventionFailed       Code = "CSRF_PREVENTION_FAILED"
	BatchingNotEnabled         Code = "BATCHING_NOT_ENABLED"
	BatchLimitExceeded         Code = "BATCH_LIMIT_EXCEEDED"
	LimitExceeded              Code = "OPERATION_LIMIT_EXCEEDED"
	PlanLimitExceeded          Code = "PLAN_LIMIT_EXCEEDED"
	Overloaded                 Code = "OVERLOADED"
	GatewayTimeout             Code = "GATEWAY_TIMEOUT"
	SubrequestHTTPError        Code = "SUBREQUEST_HTTP_ERROR"
	SubrequestMalformed        Code = "SUBREQUEST_MALFORMED_RESPONSE"
	ResponseValidationFailed   Code = "RESPONSE_VALIDATION_FAILED"
	DownstreamServiceError     Code = "DOWNSTREAM_SERVICE_ERROR"
	ServerShutdown             Code = "SERVER_SHUTDOWN"
	InternalServerError        Code = "INTERNAL_SERVER_ERROR"
)

// Info is what every layer needs to know about a Code.
type Info struct {
	HTTP     int    // status when no part of the operation ran
	Document bool   // 200 under application/json while status_policy is compatible
	Public   bool   // Message may be sent to clients verbatim
	Retry    bool   // the same request may succeed later
	Summary  string // one line for docs/errors.md
}
