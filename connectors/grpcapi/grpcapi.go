// Package grpcapi does the calls of gRPC connectors.
package grpcapi
