//go:build tools

// Package servers pins the gRPC servers and the .proto files that the
// acceptance tests run against. It is a module of its own, so that weft does
// not depend on any of it.
package servers

import (
	_ "github.com/gogo/protobuf/gogoproto"
	_ "github.com/grpc-ecosystem/grpc-gateway/utilities" // its third_party/googleapis
	_ "go.etcd.io/etcd/api/v3/etcdserverpb"
	_ "google.golang.org/grpc/examples/features/error_details/server"
	_ "google.golang.org/grpc/examples/features/reflection/server"
	_ "google.golang.org/grpc/examples/route_guide/server"
	_ "google.golang.org/grpc/interop/server"
)
