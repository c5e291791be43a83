package grpcapi

import (
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// types are the message types of one set of descriptors and what was compiled
// for them.
type types struct {
	// find returns the message type of a name, nil without one.
	find func(protoreflect.FullName) protoreflect.MessageDescriptor

	mu       sync.Mutex
	plans    map[protoreflect.FullName]*plan
	encoders map[protoreflect.FullName]*encMessage
}

func newTypes(find func(protoreflect.FullName) protoreflect.MessageDescriptor) *types {
	return &types{
		find:     find,
		plans:    map[protoreflect.FullName]*plan{},
		encoders: map[protoreflect.FullName]*encMessage{},
	}
}
