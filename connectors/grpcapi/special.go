package grpcapi

import "google.golang.org/protobuf/reflect/protoreflect"

// special marks message types whose JSON is not an object of their fields.
type special uint8

const (
	ordinary special = iota
	// empty has no fields; it reads as true.
	empty
	timestamp
	duration
	// wrapper is one of the nine messages around a scalar.
	wrapper
	structure
	anyJSON  // google.protobuf.Value
	jsonList // google.protobuf.ListValue
	anything // google.protobuf.Any
	fieldMask
	// absent is a type the descriptors name and do not have.
	absent
)

// wellKnown holds what the types of google.protobuf look like: their fields by
// number, to tell them from a type that only has the name.
var wellKnown = map[protoreflect.FullName]struct {
	special special
	fields  []protoreflect.Kind
}{
	"google.protobuf.Timestamp":   {timestamp, []protoreflect.Kind{protoreflect.Int64Kind, protoreflect.Int32Kind}},
	"google.protobuf.Duration":    {duration, []protoreflect.Kind{protoreflect.Int64Kind, protoreflect.Int32Kind}},
	"google.protobuf.Struct":      {structure, []protoreflect.Kind{protoreflect.MessageKind}},
	"google.protobuf.ListValue":   {jsonList, []protoreflect.Kind{protoreflect.MessageKind}},
	"google.protobuf.FieldMask":   {fieldMask, []protoreflect.Kind{protoreflect.StringKind}},
	"google.protobuf.Any":         {anything, []protoreflect.Kind{protoreflect.StringKind, protoreflect.BytesKind}},
	"google.protobuf.DoubleValue": {wrapper, []protoreflect.Kind{protoreflect.DoubleKind}},
	"google.protobuf.FloatValue":  {wrapper, []protoreflect.Kind{protoreflect.FloatKind}},
	"google.protobuf.Int64Value":  {wrapper, []protoreflect.Kind{protoreflect.Int64Kind}},
	"google.protobuf.UInt64Value": {wrapper, []protoreflect.Kind{protoreflect.Uint64Kind}},
	"google.protobuf.Int32Value":  {wrapper, []protoreflect.Kind{protoreflect.Int32Kind}},
	"google.protobuf.UInt32Value": {wrapper, []protoreflect.Kind{protoreflect.Uint32Kind}},
	"google.protobuf.BoolValue":   {wrapper, []protoreflect.Kind{protoreflect.BoolKind}},
	"google.protobuf.StringValue": {wrapper, []protoreflect.Kind{protoreflect.StringKind}},
	"google.protobuf.BytesValue":  {wrapper, []protoreflect.Kind{protoreflect.BytesKind}},
	"google.protobuf.Value": {anyJSON, []protoreflect.Kind{protoreflect.EnumKind, protoreflect.DoubleKind,
		protoreflect.StringKind, protoreflect.BoolKind, protoreflect.MessageKind, protoreflect.MessageKind}},
}

// specialOf tells what md is. Fields are numbered from 1 without gaps in every
// type of the table, and emitters rely on it.
func specialOf(md protoreflect.MessageDescriptor) special {
	if md.IsPlaceholder() {
		return absent
	}
	fields := md.Fields()
	if fields.Len() == 0 {
		return empty
	}
	known, ok := wellKnown[md.FullName()]
	if !ok || fields.Len() != len(known.fields) {
		return ordinary
	}
	for i, kind := range known.fields {
		fd := fields.ByNumber(protoreflect.FieldNumber(i + 1))
		if fd == nil || fd.Kind() != kind {
			return ordinary
		}
		list := known.special == fieldMask || known.special == jsonList
		if fd.IsMap() != (known.special == structure) || fd.IsList() != list {
			return ordinary
		}
		if fd.IsMap() && (fd.MapKey().Kind() != protoreflect.StringKind || fd.MapValue().Kind() != protoreflect.MessageKind) {
			return ordinary
		}
	}
	return known.special
}
