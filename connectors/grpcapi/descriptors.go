package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The types every set of descriptors may name without bringing them along.
	_ "google.golang.org/protobuf/types/known/anypb"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weftql/weft/fault"
)

// descriptors is where message types come from: a set of files, or a server's
// reflection, which alone looks at ctx.
type descriptors interface {
	// Services returns the full names of the services, sorted.
	Services(ctx context.Context) ([]string, error)
	// File returns the file that declares a symbol, with all it imports. The
	// error is errUnknownSymbol if there is none.
	File(ctx context.Context, symbol protoreflect.FullName) (protoreflect.FileDescriptor, error)
}

var errUnknownSymbol = errors.New("unknown symbol")

// registry is a set of files.
type registry struct {
	files *protoregistry.Files
}

var _ descriptors = (*registry)(nil)

func (r *registry) Services(context.Context) ([]string, error) {
	var names []string
	r.files.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		for i := range fd.Services().Len() {
			names = append(names, string(fd.Services().Get(i).FullName()))
		}
		return true
	})
	slices.Sort(names)
	return names, nil
}

func (r *registry) File(_ context.Context, symbol protoreflect.FullName) (protoreflect.FileDescriptor, error) {
	d, err := r.files.FindDescriptorByName(symbol)
	if err != nil {
		return nil, errUnknownSymbol
	}
	return d.ParentFile(), nil
}

// add registers a file and what it imports, unless they are there.
func (r *registry) add(file protoreflect.FileDescriptor) error {
	queue := []protoreflect.FileDescriptor{file}
	for len(queue) > 0 {
		fd := queue[0]
		queue = queue[1:]
		if _, err := r.files.FindFileByPath(fd.Path()); err == nil || fd.IsPlaceholder() {
			continue
		}
		if err := r.files.RegisterFile(fd); err != nil {
			return err
		}
		for i := range fd.Imports().Len() {
			queue = append(queue, fd.Imports().Get(i).FileDescriptor)
		}
	}
	return nil
}

// message returns a message type, nil without one.
func (r *registry) message(name protoreflect.FullName) protoreflect.MessageDescriptor {
	d, err := r.files.FindDescriptorByName(name)
	if err != nil {
		return nil
	}
	md, _ := d.(protoreflect.MessageDescriptor)
	return md
}

// method finds a method named pkg.Service/Method.
func method(ctx context.Context, from descriptors, name string) (protoreflect.MethodDescriptor, error) {
	service, short, ok := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	if !ok || !protoreflect.FullName(service).IsValid() {
		return nil, &fault.Error{Code: UnknownMethod, Message: fmt.Sprintf("%q is no method: write package.Service/Method", name)}
	}
	file, err := from.File(ctx, protoreflect.FullName(service))
	if err != nil && !errors.Is(err, errUnknownSymbol) {
		return nil, err
	}
	var sd protoreflect.ServiceDescriptor
	if err == nil {
		sd = serviceIn(file, protoreflect.FullName(service))
	}
	if sd == nil {
		return nil, unknownService(ctx, from, service)
	}
	md := sd.Methods().ByName(protoreflect.Name(short))
	if md == nil {
		names := make([]string, sd.Methods().Len())
		for i := range names {
			names[i] = string(sd.Methods().Get(i).Name())
		}
		return nil, &fault.Error{Code: UnknownMethod, Message: fmt.Sprintf("service %s has no method %s; it has %s",
			service, short, strings.Join(names, ", "))}
	}
	return md, nil
}

// serviceIn finds a service of a file. A symbol of that name may be something else.
func serviceIn(file protoreflect.FileDescriptor, name protoreflect.FullName) protoreflect.ServiceDescriptor {
	for i := range file.Services().Len() {
		if sd := file.Services().Get(i); sd.FullName() == name {
			return sd
		}
	}
	return nil
}

func unknownService(ctx context.Context, from descriptors, service string) error {
	all, err := from.Services(ctx)
	if err != nil {
		return err
	}
	message := fmt.Sprintf("the descriptors have no service %s", service)
	if len(all) > 0 {
		message += "; they have " + strings.Join(all, ", ")
	}
	return &fault.Error{Code: UnknownService, Message: message}
}
