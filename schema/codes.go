package schema

import "github.com/weftql/weft/fault"

// The codes of reading a supergraph and of cutting its API schema. They are
// Apollo's, so that what users search for finds the same explanation.
const (
	InvalidGraphQL           fault.Code = "INVALID_GRAPHQL"
	InvalidSupergraph        fault.Code = "INVALID_FEDERATION_SUPERGRAPH"
	UnsupportedLinkedFeature fault.Code = "UNSUPPORTED_LINKED_FEATURE"

	ReferencedInaccessible       fault.Code = "REFERENCED_INACCESSIBLE"
	QueryRootTypeInaccessible    fault.Code = "QUERY_ROOT_TYPE_INACCESSIBLE"
	OnlyInaccessibleChildren     fault.Code = "ONLY_INACCESSIBLE_CHILDREN"
	ImplementedByInaccessible    fault.Code = "IMPLEMENTED_BY_INACCESSIBLE"
	RequiredInaccessible         fault.Code = "REQUIRED_INACCESSIBLE"
	DefaultValueUsesInaccessible fault.Code = "DEFAULT_VALUE_USES_INACCESSIBLE"
	DisallowedInaccessible       fault.Code = "DISALLOWED_INACCESSIBLE"

	// ContractUnknownCoordinate: a contract hides what the API schema does not
	// have. Ours: Apollo's contracts know tags only.
	ContractUnknownCoordinate fault.Code = "CONTRACT_UNKNOWN_COORDINATE"
)
