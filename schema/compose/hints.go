package compose

import "github.com/weftql/weft/fault"

// The codes of hints: what composition changed or noticed without failing.
const (
	HintDefaultValuePresence          fault.Code = "INCONSISTENT_DEFAULT_VALUE_PRESENCE"
	HintArgumentPresence              fault.Code = "INCONSISTENT_ARGUMENT_PRESENCE"
	HintInputObjectField              fault.Code = "INCONSISTENT_INPUT_OBJECT_FIELD"
	HintEnumValueForInput             fault.Code = "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM"
	HintExecutableDirectivePresence   fault.Code = "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE"
	HintExecutableDirectiveLocations  fault.Code = "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS"
	HintExecutableDirectiveRepeatable fault.Code = "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE"
	HintNoExecutableDirective         fault.Code = "NO_EXECUTABLE_DIRECTIVE_INTERSECTION"
	HintDescription                   fault.Code = "INCONSISTENT_DESCRIPTION"
	HintNonRepeatableArguments        fault.Code = "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"
	HintRuntimeTypes                  fault.Code = "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN"
	HintFromSubgraphDoesNotExist      fault.Code = "FROM_SUBGRAPH_DOES_NOT_EXIST"
	HintDirectiveCompositionWarn      fault.Code = "DIRECTIVE_COMPOSITION_WARN"
	HintOverriddenFieldCanBeRemoved   fault.Code = "OVERRIDDEN_FIELD_CAN_BE_REMOVED"
	HintOverrideCanBeRemoved          fault.Code = "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED"
	HintOverrideMigration             fault.Code = "OVERRIDE_MIGRATION_IN_PROGRESS"
	HintFieldType                     fault.Code = "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE"
	HintArgumentType                  fault.Code = "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE"
	HintEntity                        fault.Code = "INCONSISTENT_ENTITY"
	HintMergedArguments               fault.Code = "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"
	HintDirectiveCompositionInfo      fault.Code = "DIRECTIVE_COMPOSITION_INFO"
	HintImplicitlyUpgraded            fault.Code = "IMPLICITLY_UPGRADED_FEDERATION_VERSION"
	HintContextualArgument            fault.Code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
	HintObjectField                   fault.Code = "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD"
	HintInterfaceField                fault.Code = "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD"
	HintUnionMember                   fault.Code = "INCONSISTENT_UNION_MEMBER"
	HintEnumValueForOutput            fault.Code = "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"
	HintUnusedEnum                    fault.Code = "UNUSED_ENUM_TYPE"
)

// hintSeverity says how loud each hint is: warn where something vanished from
// the API or is likely a mistake, debug where a tool should hide it by default.
var hintSeverity = map[fault.Code]Severity{
	HintDefaultValuePresence:          SeverityWarn,
	HintArgumentPresence:              SeverityWarn,
	HintInputObjectField:              SeverityWarn,
	HintEnumValueForInput:             SeverityWarn,
	HintExecutableDirectivePresence:   SeverityWarn,
	HintExecutableDirectiveLocations:  SeverityWarn,
	HintExecutableDirectiveRepeatable: SeverityWarn,
	HintNoExecutableDirective:         SeverityWarn,
	HintDescription:                   SeverityWarn,
	HintNonRepeatableArguments:        SeverityWarn,
	HintRuntimeTypes:                  SeverityWarn,
	HintFromSubgraphDoesNotExist:      SeverityWarn,
	HintDirectiveCompositionWarn:      SeverityWarn,
	HintOverriddenFieldCanBeRemoved:   SeverityInfo,
	HintOverrideCanBeRemoved:          SeverityInfo,
	HintOverrideMigration:             SeverityInfo,
	HintFieldType:                     SeverityInfo,
	HintArgumentType:                  SeverityInfo,
	HintEntity:                        SeverityInfo,
	HintMergedArguments:               SeverityInfo,
	HintDirectiveCompositionInfo:      SeverityInfo,
	HintImplicitlyUpgraded:            SeverityInfo,
	HintContextualArgument:            SeverityInfo,
	HintObjectField:                   SeverityDebug,
	HintInterfaceField:                SeverityDebug,
	HintUnionMember:                   SeverityDebug,
	HintEnumValueForOutput:            SeverityDebug,
	HintUnusedEnum:                    SeverityDebug,
}
