package grpcapi

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
)

// binding is a connector brought together with its method.
type binding struct {
	method        protoreflect.MethodDescriptor
	path          string // as it is called: /package.Service/Method
	types         *types
	request       *encMessage
	answer        *plan
	mask          []byte // the fieldMask as bytes behind the request; nil without
	client, serve bool   // streaming
}

// place is what kind of operation a connector belongs to.
type place uint8

const (
	query place = iota
	mutation
	subscription
)

// placeOf relies on root types having their default names, which composition
// gives them.
func placeOf(c *spec.Connector) place {
	if c.Place == spec.Root {
		switch c.Type {
		case "Mutation":
			return mutation
		case "Subscription":
			return subscription
		}
	}
	return query
}

// bind finds the method and compiles what the connector needs of its types.
func (b *backend) bind(ctx context.Context) (*binding, error) {
	c := b.connector
	md, ts, err := b.source.schema.method(ctx, c.GRPC.Method)
	if err != nil {
		return nil, err
	}
	if err := fits(md, c, b.place); err != nil {
		return nil, err
	}
	bound := &binding{
		method: md, path: "/" + string(md.Parent().FullName()) + "/" + string(md.Name()), types: ts,
		request: ts.encoder(md.Input()), answer: ts.pruned(md.Output(), b.reads),
		client: md.IsStreamingClient(), serve: md.IsStreamingServer(),
	}
	if md.Input().IsPlaceholder() {
		return nil, incomplete(md.Input().FullName())
	}
	if name := bound.answer.missing(); name != "" {
		return nil, incomplete(name)
	}
	if c.GRPC.FieldMask != "" {
		if bound.mask, err = maskOf(md, c.GRPC.FieldMask, b.reads); err != nil {
			return nil, err
		}
	}
	return bound, nil
}

func incomplete(name protoreflect.FullName) error {
	return &fault.Error{Code: DescriptorsInvalid, Message: fmt.Sprintf("the descriptors name %s but do not have it: "+
		"write the set with all imports (buf build -o, protoc --include_imports -o)", name)}
}

// fits tells whether a method of its kind can stand where it stands.
func fits(md protoreflect.MethodDescriptor, c *spec.Connector, at place) error {
	wrong := func(is, use string) error {
		return &fault.Error{Code: StreamingKind, Message: fmt.Sprintf("method %s/%s is %s: %s", md.Parent().FullName(), md.Name(), is, use)}
	}
	switch client, server := md.IsStreamingClient(), md.IsStreamingServer(); {
	case server && client && at != subscription:
		return wrong("bidirectional streaming", "use it on a field of Subscription, where one request is sent and each answer is an event")
	case server && at == mutation:
		return wrong("server streaming", "use it on a field of Subscription, or of Query")
	case server && at == query && !c.List && c.Place != spec.Batch:
		return wrong("server streaming", "use it on a field of Subscription, where each message is an event, or on one that is a list of all messages")
	case client && !server && at != mutation:
		return wrong("client streaming", "use it on a field of Mutation whose request is a list, one message for each element")
	case !server && at == subscription:
		return wrong("not server streaming", "a field of Subscription needs a method that streams its answers")
	}
	return nil
}

func serviceOf(method string) protoreflect.FullName {
	service, _, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	return protoreflect.FullName(service)
}
