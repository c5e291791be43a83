package spec

import "github.com/weftql/weft/fault"

// The codes of mistakes in connectors. Names and values are the reference
// implementation's, so that tools and searches match; clients never see them.
//
//nolint:revive // The names are the reference's.
const (
	DuplicateSourceName                      fault.Code = "DUPLICATE_SOURCE_NAME"
	DuplicateIdName                          fault.Code = "DUPLICATE_ID_NAME"
	InvalidSourceName                        fault.Code = "INVALID_SOURCE_NAME"
	EmptySourceName                          fault.Code = "EMPTY_SOURCE_NAME"
	InvalidConnectorIdName                   fault.Code = "INVALID_CONNECTOR_ID_NAME"
	InvalidUrl                               fault.Code = "INVALID_URL"
	InvalidUrlScheme                         fault.Code = "INVALID_URL_SCHEME"
	InvalidUrlProperty                       fault.Code = "INVALID_URL_PROPERTY"
	SourceNameMismatch                       fault.Code = "SOURCE_NAME_MISMATCH"
	NoSourcesDefined                         fault.Code = "NO_SOURCES_DEFINED"
	NoSourceImport                           fault.Code = "NO_SOURCE_IMPORT"
	SubscriptionInConnectors                 fault.Code = "SUBSCRIPTION_IN_CONNECTORS"
	AbsoluteConnectUrlWithSource             fault.Code = "ABSOLUTE_CONNECT_URL_WITH_SOURCE"
	RelativeConnectUrlWithoutSource          fault.Code = "RELATIVE_CONNECT_URL_WITHOUT_SOURCE"
	MultipleHttpMethods                      fault.Code = "MULTIPLE_HTTP_METHODS"
	MissingHttpMethod                        fault.Code = "MISSING_HTTP_METHOD"
	EntityNotOnRootQuery                     fault.Code = "ENTITY_NOT_ON_ROOT_QUERY"
	EntityResolverArgumentMismatch           fault.Code = "ENTITY_RESOLVER_ARGUMENT_MISMATCH"
	EntityTypeInvalid                        fault.Code = "ENTITY_TYPE_INVALID"
	MissingEntityConnector                   fault.Code = "MISSING_ENTITY_CONNECTOR"
	InvalidSelection                         fault.Code = "INVALID_SELECTION"
	InvalidBody                              fault.Code = "INVALID_BODY"
	InvalidErrorsMessage                     fault.Code = "INVALID_ERRORS_MESSAGE"
	InvalidIsSuccess                         fault.Code = "INVALID_IS_SUCCESS"
	CircularReference                        fault.Code = "CIRCULAR_REFERENCE"
	SelectedFieldNotFound                    fault.Code = "SELECTED_FIELD_NOT_FOUND"
	GroupSelectionIsNotObject                fault.Code = "GROUP_SELECTION_IS_NOT_OBJECT"
	GroupSelectionRequiredForObject          fault.Code = "GROUP_SELECTION_REQUIRED_FOR_OBJECT"
	HttpHeaderNameCollision                  fault.Code = "HTTP_HEADER_NAME_COLLISION"
	InvalidHeader                            fault.Code = "INVALID_HEADER"
	ConnectorsUnsupportedFederationDirective fault.Code = "CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE"
	ConnectorsUnsupportedAbstractType        fault.Code = "CONNECTORS_UNSUPPORTED_ABSTRACT_TYPE"
	ConnectorsUnresolvedField                fault.Code = "CONNECTORS_UNRESOLVED_FIELD"
	ConnectorsFieldWithArguments             fault.Code = "CONNECTORS_FIELD_WITH_ARGUMENTS"
	ConnectorsBatchKeyNotInSelection         fault.Code = "CONNECTORS_BATCH_KEY_NOT_IN_SELECTION"
	ConnectorsNonRootBatchKey                fault.Code = "CONNECTORS_NON_ROOT_BATCH_KEY"
	ConnectorsCannotResolveKey               fault.Code = "CONNECTORS_CANNOT_RESOLVE_KEY"
	UndefinedArgument                        fault.Code = "UNDEFINED_ARGUMENT"
	UndefinedField                           fault.Code = "UNDEFINED_FIELD"
	UnsupportedVariableType                  fault.Code = "UNSUPPORTED_VARIABLE_TYPE"
	UnknownConnectorsVersion                 fault.Code = "UNKNOWN_CONNECTORS_VERSION"
	ConnectOnTypeMustBeEntity                fault.Code = "CONNECT_ON_TYPE_MUST_BE_ENTITY"
	ConnectOnRoot                            fault.Code = "CONNECT_ON_ROOT"
	ConnectBatchAndThis                      fault.Code = "CONNECT_BATCH_AND_THIS"
	MissingSchemaType                        fault.Code = "MISSING_SCHEMA_TYPE"
)

// The codes of weft's own rules.
const (
	// UnboundedFanOut: a list whose elements are looked up one request each.
	UnboundedFanOut fault.Code = "UNBOUNDED_FAN_OUT"
	// ShapeMismatch: what a mapping yields never fits the field's type.
	ShapeMismatch fault.Code = "SHAPE_MISMATCH"
	// BatchKeyTypeRisk: a key of type ID is mapped to a number.
	BatchKeyTypeRisk fault.Code = "BATCH_KEY_TYPE_RISK"
	// InvalidGrpcMethod, InvalidGrpcTarget, InvalidGrpcDescriptors,
	// InvalidTimeout and InvalidBatchSize: an argument that says something
	// impossible.
	InvalidGrpcMethod      fault.Code = "INVALID_GRPC_METHOD"
	InvalidGrpcTarget      fault.Code = "INVALID_GRPC_TARGET"
	InvalidGrpcDescriptors fault.Code = "INVALID_GRPC_DESCRIPTORS"
	InvalidTimeout         fault.Code = "INVALID_TIMEOUT"
	InvalidBatchSize       fault.Code = "INVALID_BATCH_SIZE"
)
