package grpcapi

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
)

// maskOf returns the bytes that set the request's field name to the paths of
// what is read. Nothing is set when all of the answer is read, which is what no
// mask means.
//
//	products { id owner { name } tags }   →   id, owner.name, tags
//
// Paths are relative to what the call is about: the message in the answer if
// the answer does nothing but wrap it (see resource), else the answer.
func maskOf(md protoreflect.MethodDescriptor, name string, reads *mapping.Reads) ([]byte, error) {
	fd := md.Input().Fields().ByName(protoreflect.Name(name))
	if fd == nil {
		return nil, &fault.Error{Code: UnknownField, Message: "fieldMask: " + unknown(md.Input(), name)}
	}
	if fd.Message() == nil || specialOf(fd.Message()) != fieldMask || fd.IsList() || fd.IsMap() {
		return nil, &fault.Error{Code: UnknownField, Message: fmt.Sprintf("fieldMask: field %s of %s is no google.protobuf.FieldMask", name, md.Input().FullName())}
	}
	target, reads := resource(md.Output(), reads)
	if target == nil || reads == nil || reads.All {
		return nil, nil
	}
	paths := paths(nil, "", target, reads, 0)
	if len(paths) == 0 {
		return nil, nil
	}
	var mask []byte
	for _, p := range paths {
		mask = protowire.AppendString(protowire.AppendTag(mask, 1, protowire.BytesType), p)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, fd.Number(), protowire.BytesType), mask), nil
}

// resource looks through an answer that wraps what was asked for: whose only
// field is a message, or whose only message field is a list of them, beside
// page tokens and counts.
func resource(answer protoreflect.MessageDescriptor, reads *mapping.Reads) (protoreflect.MessageDescriptor, *mapping.Reads) {
	var inner protoreflect.FieldDescriptor
	for i := range answer.Fields().Len() {
		fd := answer.Fields().Get(i)
		switch {
		case fd.IsMap(), fd.Message() == nil && fd.IsList(), fd.Message() != nil && inner != nil:
			return answer, reads
		case fd.Message() != nil:
			inner = fd
		}
	}
	if inner == nil || !inner.IsList() && answer.Fields().Len() > 1 || specialOf(inner.Message()) != ordinary {
		return answer, reads
	}
	if reads == nil || reads.All {
		return nil, nil
	}
	for i := range reads.Fields {
		if reads.Fields[i].Name == string(inner.Name()) {
			return inner.Message(), reads.Fields[i].Sub
		}
	}
	return nil, nil
}

// paths appends the paths of what is read of md. They end at lists and maps,
// which a path cannot go through.
func paths(list []string, prefix string, md protoreflect.MessageDescriptor, reads *mapping.Reads, depth int) []string {
	for i := range reads.Fields {
		read := &reads.Fields[i]
		fd := md.Fields().ByName(protoreflect.Name(read.Name))
		if fd == nil {
			continue // an error mapping's, of another input
		}
		path := prefix + read.Name
		inner := fd.Message()
		if inner == nil || fd.IsList() || fd.IsMap() || specialOf(inner) != ordinary ||
			read.Sub == nil || read.Sub.All || len(read.Sub.Fields) == 0 || depth == maxDepth {
			list = append(list, path)
			continue
		}
		list = paths(list, path+".", inner, read.Sub, depth+1)
	}
	return list
}
