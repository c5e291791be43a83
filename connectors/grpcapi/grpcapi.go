// Package grpcapi does the calls of gRPC connectors, against services that know
// nothing of GraphQL.
//
// A [Transport] exists once per gateway and owns the channels, so that
// connections outlive a change of schema. [Transport.Subgraph] gives a
// [Subgraph] per snapshot: it reads the descriptors, checks every connector
// against them and holds on to the channels. [Subgraph.Open] makes the
// [connectors.Backend] of one connector.
//
// A method that streams its answers is a subscription, each message an event; on
// a field whose type is a list, and for a batch of keys, all its messages are the
// answer, as a list (collect.go). One that takes a stream is sent the elements of
// a list.
//
// A request goes from the JSON a mapping yields to protobuf bytes by an encoder
// compiled per message type (encode.go); an answer from protobuf bytes to JSON
// by a walker compiled per message type and pruned to what is read (walk.go).
// In between stands grpc-go with a codec that passes bytes through (codec.go).
// No message is ever built in memory.
//
// How protobuf reads as JSON: fields have their proto names; a field without
// presence that is not set has its zero value, a list or map that is not set is
// []; a field with presence that is not set is null, never absent, since a
// mapping counts a missing key as a problem and an unset field is none. 64-bit
// integers are integers. A map is a list of {"key", "value"} ordered by key. An
// enum is a name, or null for a number without one. Bytes are base64. A message
// type without fields is true. Default values declared in proto2 are not applied.
//
// What a backend sends is bounded before it is believed: the bytes of a message
// and of metadata, the JSON made of them, how deep they nest, how many messages
// make a list, and how much of a stream waits for its reader.
//
// Everything exported is safe for concurrent use.
package grpcapi

import (
	"log/slog"
	"sync"
)

// Options configure a Transport.
type Options struct {
	// Logger gets what no caller is told; nil discards.
	Logger *slog.Logger
}

// Transport owns the channels of a gateway.
type Transport struct {
	options Options

	mu    sync.Mutex
	pools map[string]*pool
}

// New returns a Transport without channels; those come with the subgraphs.
func New(o Options) *Transport {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Transport{options: o, pools: map[string]*pool{}}
}

// Close closes all channels; calls that are running end with CANCELLED.
func (t *Transport) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, p := range t.pools {
		p.close()
		delete(t.pools, key)
	}
}
