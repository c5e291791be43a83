package grpcapi

import "github.com/weftql/weft/fault"

// The codes of connectors that cannot work, found when a gateway is built or,
// with reflection, at the first call. They are for operators.
const (
	// ConnectorInvalid: the connector is no gRPC connector or lacks its source.
	ConnectorInvalid fault.Code = "GRPC_CONNECTOR_INVALID"
	// DescriptorsInvalid: the descriptor set or the .proto files cannot be used.
	DescriptorsInvalid fault.Code = "GRPC_DESCRIPTORS_INVALID"
	// UnknownService and UnknownMethod: the descriptors lack what method names.
	UnknownService fault.Code = "GRPC_UNKNOWN_SERVICE"
	UnknownMethod  fault.Code = "GRPC_UNKNOWN_METHOD"
	// UnknownField: request, selection or fieldMask name a field there is not.
	UnknownField fault.Code = "GRPC_UNKNOWN_FIELD"
	// StreamingKind: the method streams where a single answer is wanted, or the
	// other way round.
	StreamingKind fault.Code = "GRPC_STREAMING_KIND"
	// TargetInvalid: the target, its TLS files, or the lack of TLS.
	TargetInvalid fault.Code = "GRPC_TARGET_INVALID"
	// MetadataInvalid: a metadata name that is reserved or no name.
	MetadataInvalid fault.Code = "GRPC_METADATA_INVALID"
)
