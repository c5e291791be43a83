package grpcapi

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	v1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	v1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
)

// A set is enough, with all its imports or with only those that are used.
func TestDescriptorSet(t *testing.T) {
	f := shopFiles(t)
	c := product.at(serve(t, f, echo))
	for _, imports := range []bool{true, false} {
		c.descriptors = &spec.Descriptors{Set: descriptorSet(t, f, imports)}
		c.selection = "id created"
		if got := call(t, c.open(t)); got != `{"created":null,"id":"1"}` {
			t.Errorf("imports %v: %s", imports, got)
		}
	}
	c.selection = "id prices { key }"
	_, err := New(Options{}).Subgraph(SubgraphOptions{Spec: c.subgraph(t)})
	if fault.CodeOf(err) != DescriptorsInvalid || !strings.Contains(err.Error(), "money.Money") {
		t.Error(err)
	}
}

func TestDescriptorSetBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("syntax = \"proto3\";"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readSet(path); fault.CodeOf(err) != DescriptorsInvalid {
		t.Error(err)
	}
}

// Every mistake in .proto files is reported with its place.
func TestProtosBroken(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"types.proto":  "syntax = \"proto3\";\nmessage A {\n  Bee b = 1;\n  Cee c = 2;\n}\n",
		"import.proto": "syntax = \"proto3\";\nimport \"none.proto\";\n",
		"text.proto":   "syntax = \"proto3\"\nmessage",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string][]string{
		"types.proto": {"types.proto:3:3", "Bee", "types.proto:4:3", "Cee"}, "import.proto": {"import.proto:2:", "none.proto"},
		"text.proto": {"text.proto:2:1"}, "none.proto": {"none.proto", dir},
	} {
		_, err := compileProtos(context.Background(), dir, []string{file}, nil)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v lacks %s", file, err, w)
			}
		}
		for _, f := range fault.Of(err) {
			if f.Code != DescriptorsInvalid {
				t.Error(f)
			}
		}
	}
}

// Files are found by their own path and by the name imports use.
func TestProtoNames(t *testing.T) {
	for _, d := range []spec.Descriptors{
		{Protos: []string{"shop.proto"}, ImportPaths: []string{".", "imports"}},
		{Protos: []string{"imports/money/money.proto"}, ImportPaths: []string{"imports"}},
		{Protos: []string{"money/money.proto"}, ImportPaths: []string{"imports"}},
		{Protos: []string{"imports/money/money.proto"}},
	} {
		f, err := readFiles(protoDir, d)
		if err != nil {
			t.Errorf("%+v: %v", d, err)
			continue
		}
		if _, err := f.registry.File(context.Background(), "money.Money"); err != nil {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

// infos are the services a reflecting server says it has.
type infos map[string]grpc.ServiceInfo

func (i infos) GetServiceInfo() map[string]grpc.ServiceInfo { return i }

// Reflection is asked in its first version and in the one before, once.
func TestReflection(t *testing.T) {
	f := shopFiles(t)
	options := reflection.ServerOptions{Services: infos{"shop.v1.Catalog": {}}, DescriptorResolver: f.registry.files}
	for name, register := range map[string]func(*grpc.Server){
		"v1":      func(s *grpc.Server) { v1.RegisterServerReflectionServer(s, reflection.NewServerV1(options)) },
		"v1alpha": func(s *grpc.Server) { v1alpha.RegisterServerReflectionServer(s, reflection.NewServer(options)) },
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			var asked atomic.Int32
			count := grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
				if strings.Contains(info.FullMethod, "eflection") {
					asked.Add(1)
				}
				return next(srv, stream)
			})
			address, _ := serveWith(t, f, echo, register, count)
			c := product.at(address)
			c.descriptors = &spec.Descriptors{Reflection: true}
			b := c.open(t)
			if got := call(t, b) + call(t, b); got != `{"id":"1","name":null}{"id":"1","name":null}` {
				t.Error(got)
			}
			before := asked.Load()
			again, err := b.subgraph.Open(b.connector, b.reads)
			if err != nil {
				t.Fatal(err)
			}
			if got := call(t, again.(*backend)); got != `{"id":"1","name":null}` || asked.Load() != before {
				t.Errorf("%s, asked %d times more", got, asked.Load()-before)
			}
			for method, code := range map[string]fault.Code{"None": UnknownMethod, "shop.v1.None/X": UnknownService, "nonsense/": UnknownService, "WatchPrice": StreamingKind} {
				c.method = method
				if err := c.open(t).Call(t.Context(), input(`{"id":"1"}`), &connectors.Answer{}); fault.CodeOf(err) != code {
					t.Errorf("%s: %v", method, err)
				}
			}
			c.method, c.selection = "GetProduct", "priceCents"
			if err := c.open(t).Call(t.Context(), input(`{"id":"1"}`), &connectors.Answer{}); fault.CodeOf(err) != UnknownField {
				t.Error(err)
			}
		})
	}
}

// A server without reflection, or without a server, is an error of the call and
// not of the start.
func TestReflectionAbsent(t *testing.T) {
	noLeaks(t)
	f := shopFiles(t)
	server := serve(t, f, echo)
	silent := serve(t, f, echo, grpc.StreamInterceptor(func(_ any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, _ grpc.StreamHandler) error {
		<-stream.Context().Done()
		return nil
	}), grpc.UnknownServiceHandler(func(_ any, _ grpc.ServerStream) error { return nil }))
	for _, test := range []struct {
		address string
		code    fault.Code
	}{{server, DescriptorsInvalid}, {"127.0.0.1:1", "UNAVAILABLE"}, {silent, fault.GatewayTimeout}} {
		c := product.at(test.address)
		c.descriptors, c.timeout = &spec.Descriptors{Reflection: true}, 300*time.Millisecond
		b := c.open(t)
		if _, ok := b.Identity(nil, input(`{"id":"1"}`)); ok {
			t.Error("a request that cannot be made yet has an identity")
		}
		if err := b.Call(t.Context(), input(`{"id":"1"}`), &connectors.Answer{}); fault.CodeOf(err) != test.code {
			t.Errorf("%s: %v", test.address, err)
		}
	}
}

// A name that is no service's is told apart from one that is unknown.
func TestMethodNames(t *testing.T) {
	f := shopFiles(t)
	for name, code := range map[string]fault.Code{
		"GetProduct": UnknownMethod, "": UnknownMethod, "a b/c": UnknownMethod, "shop.v1.Product/GetProduct": UnknownService,
		"/shop.v1.Catalog/GetProduct": "", "shop.v1.Catalog/": UnknownMethod,
	} {
		_, err := method(context.Background(), f.registry, name)
		if fault.CodeOf(err) != code {
			t.Errorf("%q: %v", name, err)
		}
	}
	services, _ := f.registry.Services(context.Background())
	if len(services) != 1 || protoreflect.FullName(services[0]) != "shop.v1.Catalog" {
		t.Error(services)
	}
}
