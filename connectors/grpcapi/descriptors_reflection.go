package grpcapi

import (
	"context"
	"slices"

	"github.com/jhump/protoreflect/grpcreflect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/fault"
)

// serverReflection asks a server for its descriptors, with version 1 of the protocol
// or, where the server lacks it, with v1alpha. It is for development: the types
// are then whatever the server says today.
type serverReflection struct {
	conn grpc.ClientConnInterface
}

var _ descriptors = serverReflection{}

// Services asks the server which services it has.
func (r serverReflection) Services(ctx context.Context) ([]string, error) {
	c := grpcreflect.NewClientAuto(ctx, r.conn)
	defer c.Reset()
	names, err := c.ListServices()
	if err != nil {
		return nil, reflectionFault(ctx, err)
	}
	slices.Sort(names)
	return names, nil
}

// File asks the server for the file of a symbol and for all it imports.
func (r serverReflection) File(ctx context.Context, symbol protoreflect.FullName) (protoreflect.FileDescriptor, error) {
	c := grpcreflect.NewClientAuto(ctx, r.conn)
	defer c.Reset()
	c.AllowMissingFileDescriptors()
	fd, err := c.FileContainingSymbol(string(symbol))
	switch {
	case err == nil:
		return fd.UnwrapFile(), nil
	case grpcreflect.IsElementNotFoundError(err):
		return nil, errUnknownSymbol
	default:
		return nil, reflectionFault(ctx, err)
	}
}

func reflectionFault(ctx context.Context, err error) error {
	if ctx.Err() != nil && timedOut(ctx.Err()) {
		return &fault.Error{Code: fault.GatewayTimeout, Message: "the server's reflection did not answer in time", Cause: err}
	}
	st, _ := status.FromError(err)
	if st.Code() == codes.Unimplemented {
		return &fault.Error{Code: DescriptorsInvalid, Message: "the server has no reflection: name a descriptor set or .proto files", Cause: err}
	}
	return &fault.Error{Code: faultCode(st.Code()), Message: "the server's reflection could not be asked", Cause: err}
}
