package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
)

// schema finds methods, and the types that belong to them.
type schema interface {
	method(ctx context.Context, name string) (protoreflect.MethodDescriptor, *types, error)
}

// files is a schema that was read from files.
type files struct {
	registry *registry
	types    *types
}

// readFiles reads what @grpcSource(descriptors:) names.
func readFiles(dir string, d spec.Descriptors) (*files, error) {
	var r *registry
	var err error
	switch {
	case d.Set != "":
		r, err = readSet(in(dir, d.Set))
	case len(d.Protos) > 0:
		r, err = compileProtos(context.Background(), dir, d.Protos, d.ImportPaths)
	default:
		err = &fault.Error{Code: DescriptorsInvalid, Message: "descriptors are missing: name a set, protos, or reflection: true"}
	}
	if err != nil {
		return nil, err
	}
	return &files{r, typesOf(r)}, nil
}

// typesOf are the types of a registry, and those that any message or status may
// hold without the registry having them.
func typesOf(r *registry) *types {
	return newTypes(func(name protoreflect.FullName) protoreflect.MessageDescriptor {
		if md := r.message(name); md != nil {
			return md
		}
		if md := errorDetails(name); md != nil {
			return md
		}
		if name.Parent() == "google.protobuf" {
			return (&registry{protoregistry.GlobalFiles}).message(name)
		}
		return nil
	})
}

func (f *files) method(ctx context.Context, name string) (protoreflect.MethodDescriptor, *types, error) {
	md, err := method(ctx, f.registry, name)
	return md, f.types, err
}

// reflected is a schema that is asked of the server, once for each service and
// snapshot. What was learned is not asked for again: a server that changes its
// types under way needs a new snapshot.
type reflected struct {
	descriptors descriptors

	// turn holds one token, so that one goroutine asks at a time; a mutex could
	// not be waited for with a deadline.
	turn     chan struct{}
	mu       sync.Mutex
	services map[protoreflect.FullName]*files
}

func newReflection(conn *grpc.ClientConn) *reflected {
	return &reflected{descriptors: serverReflection{conn}, turn: make(chan struct{}, 1), services: map[protoreflect.FullName]*files{}}
}

func (r *reflected) method(ctx context.Context, name string) (protoreflect.MethodDescriptor, *types, error) {
	service := serviceOf(name)
	if f := r.known(service); f != nil {
		return f.method(ctx, name)
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return nil, nil, &fault.Error{Code: fault.GatewayTimeout, Message: "waiting for the server's reflection", Cause: ctx.Err()}
	}
	if f := r.known(service); f != nil {
		return f.method(ctx, name)
	}
	if _, err := method(ctx, r.descriptors, name); err != nil {
		return nil, nil, err
	}
	file, err := r.descriptors.File(ctx, service)
	if err != nil {
		return nil, nil, err
	}
	reg := &registry{new(protoregistry.Files)}
	if err := reg.add(file); err != nil {
		return nil, nil, &fault.Error{Code: DescriptorsInvalid, Message: fmt.Sprintf("the server's reflection of %s is inconsistent", service), Cause: err}
	}
	f := &files{reg, typesOf(reg)}
	r.mu.Lock()
	r.services[service] = f
	r.mu.Unlock()
	return f.method(ctx, name)
}

func (r *reflected) known(service protoreflect.FullName) *files {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.services[service]
}

// timedOut tells whether an error is a deadline's.
func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded)
}
