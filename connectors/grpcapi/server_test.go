package grpcapi

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
)

const protoDir = "testdata/protos"

// shopFiles are the descriptors of shop.proto.
func shopFiles(t testing.TB) *files {
	t.Helper()
	f, err := readFiles(protoDir, shopDescriptors)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var shopDescriptors = spec.Descriptors{Protos: []string{"shop.proto"}, ImportPaths: []string{".", "imports"}}

// handler answers the calls of a server.
type handler func(t testing.TB, method protoreflect.MethodDescriptor, stream grpc.ServerStream) error

// serve runs a server of all services in files and returns its address. It is
// gone when the test ends, and so are its goroutines.
func serve(t testing.TB, f *files, h handler, options ...grpc.ServerOption) string {
	t.Helper()
	address, _ := serveWith(t, f, h, nil, options...)
	return address
}

func serveWith(t testing.TB, f *files, h handler, register func(*grpc.Server), options ...grpc.ServerOption) (string, *grpc.Server) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	options = append(options, grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		name, _ := grpc.MethodFromServerStream(stream)
		md, err := method(context.Background(), f.registry, name)
		if err != nil {
			return status.Error(codes.Unimplemented, err.Error())
		}
		return h(t, md, stream)
	}))
	server := grpc.NewServer(options...)
	if register != nil {
		register(server)
	}
	done := make(chan struct{})
	go func() { // ends with Stop
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
	})
	return listener.Addr().String(), server
}

// receive reads one message of a call.
func receive(md protoreflect.MethodDescriptor, stream grpc.ServerStream) (*dynamicpb.Message, error) {
	m := dynamicpb.NewMessage(md.Input())
	return m, stream.RecvMsg(m)
}

// reply makes the handler of a unary method.
func reply(answer func(in *dynamicpb.Message, out *dynamicpb.Message, stream grpc.ServerStream) error) handler {
	return func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		in, err := receive(md, stream)
		if err != nil {
			return err
		}
		out := dynamicpb.NewMessage(md.Output())
		if err := answer(in, out, stream); err != nil {
			return err
		}
		return stream.SendMsg(out)
	}
}

func set(m *dynamicpb.Message, name, value string) {
	m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOfString(value))
}

func idOf(m *dynamicpb.Message) string {
	return m.Get(m.Descriptor().Fields().ByName("id")).String()
}

// connector describes a connector in a test.
type connector struct {
	target, method, request, selection, mask string
	root                                     string // Query, Mutation or Subscription
	metadata                                 []spec.Header
	timeout                                  time.Duration
	descriptors                              *spec.Descriptors
	tls                                      bool
	settings                                 Settings
	list                                     bool // the field is one
}

// subgraph makes the spec of a connector.
func (c connector) subgraph(t testing.TB) *spec.Subgraph {
	t.Helper()
	source := &spec.Source{Name: "catalog", GRPC: &spec.GRPCSource{Target: c.target, Plaintext: !c.tls, Descriptors: shopDescriptors}}
	if c.descriptors != nil {
		source.GRPC.Descriptors = *c.descriptors
	}
	root := c.root
	if root == "" {
		root = "Query"
	}
	one := &spec.Connector{
		ID: "shop:" + root + ".field", Coordinate: root + ".field", Type: root, Field: "field", Source: source, List: c.list,
		GRPC: &spec.GRPC{Method: c.method, FieldMask: c.mask, Metadata: c.metadata, Timeout: c.timeout},
	}
	if !strings.Contains(c.method, "/") {
		one.GRPC.Method = "shop.v1.Catalog/" + c.method
	}
	if c.request != "" {
		one.GRPC.Request = parse(t, c.request)
	}
	if c.selection != "" {
		one.Selection = parse(t, c.selection)
	}
	return &spec.Subgraph{Name: "shop", Sources: []*spec.Source{source}, Connectors: []*spec.Connector{one}}
}

func parse(t testing.TB, text string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Parse(text, mapping.V3)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

func template(t testing.TB, text string) *mapping.Template {
	t.Helper()
	m, err := mapping.ParseTemplate(text, mapping.V3)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

// open makes the backend of a connector.
func (c connector) open(t testing.TB) *backend {
	t.Helper()
	tr := New(Options{})
	t.Cleanup(tr.Close)
	return c.openIn(t, tr)
}

func (c connector) openIn(t testing.TB, tr *Transport) *backend {
	t.Helper()
	sub := c.subgraph(t)
	s, err := tr.Subgraph(SubgraphOptions{Spec: sub, Dir: protoDir, Sources: map[string]Settings{"catalog": c.settings}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	reads := &mapping.Reads{All: true}
	if m := sub.Connectors[0].Selection; m != nil {
		reads = m.Compile(nil).Reads()
	}
	b, err := s.Open(sub.Connectors[0], reads)
	if err != nil {
		t.Fatal(err)
	}
	return b.(*backend)
}

// input makes an input with $args.
func input(args string) *connectors.Input {
	return &connectors.Input{Vars: mapping.Vars{{Name: "$args", JSON: []byte(args)}}, Retry: true}
}

// descriptorSet writes the descriptors of shop.proto as a set, with all files it
// imports or without any.
func descriptorSet(t testing.TB, f *files, imports bool) string {
	t.Helper()
	set := &descriptorpb.FileDescriptorSet{}
	f.registry.files.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		if imports || fd.Path() == "shop.proto" {
			set.File = append(set.File, protodesc.ToFileDescriptorProto(fd))
		}
		return true
	})
	b, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shop.binpb")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// noLeaks fails the test if goroutines of grpc-go or of this package are left
// when everything else of the test has ended: call it first.
func noLeaks(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		for deadline := time.Now().Add(5 * time.Second); ; runtime.Gosched() {
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			var left []string
			for _, g := range strings.Split(string(stacks), "\n\n") {
				if strings.Contains(g, "google.golang.org/grpc") || strings.Contains(g, "grpcapi.(*stream)") {
					left = append(left, g)
				}
			}
			if len(left) == 0 {
				return
			}
			if time.Now().After(deadline) {
				t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
				return
			}
		}
	})
}

// signal is closed once.
type signal struct {
	c    chan struct{}
	once sync.Once
}

func newSignal() *signal { return &signal{c: make(chan struct{})} }

func (s *signal) set() { s.once.Do(func() { close(s.c) }) }
