package acceptance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// protos are the import paths of the .proto files that come with the servers:
// link in a case's folder → module, folder in it.
var protos = []struct{ link, module, folder string }{
	{"etcd", "go.etcd.io/etcd/api/v3", "."}, // imported as etcd/api/…, hence below
	{"gogo", "github.com/gogo/protobuf", "."},
	{"googleapis", "github.com/grpc-ecosystem/grpc-gateway", "third_party/googleapis"},
	{"routeguide", "google.golang.org/grpc/examples", "route_guide/routeguide"},
	{"echo", "google.golang.org/grpc/examples", "features/proto/echo"},
}

// Describe puts the descriptions of the gRPC services into dir: interop.binpb,
// a descriptor set, and a folder protos with one import path per server, that
// of etcd laid out as its files import each other.
func (b *Backends) Describe(ctx context.Context, dir string) error {
	if err := b.golang(ctx, "run", "./descriptors", filepath.Join(dir, "interop.binpb")); err != nil {
		return err
	}
	for _, p := range protos {
		link := filepath.Join(dir, "protos", p.link)
		if p.link == "etcd" {
			link = filepath.Join(link, "etcd", "api")
		}
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return err
		}
		command := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", p.module)
		command.Dir = b.modules
		output, err := command.Output()
		if err != nil {
			return err
		}
		if err := os.Symlink(filepath.Join(strings.TrimSpace(string(output)), p.folder), link); err != nil {
			return err
		}
	}
	return nil
}
