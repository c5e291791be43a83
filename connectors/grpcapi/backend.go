package grpcapi

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"google.golang.org/grpc/metadata"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
)

// backend does the calls of one connector.
type backend struct {
	subgraph  *Subgraph
	connector *spec.Connector
	source    *source
	reads     *mapping.Reads
	request   *mapping.Program // nil: an empty message
	entries   []metadataEntry
	timeout   time.Duration
	place     place
	// bound is nil until reflection was asked.
	bound atomic.Pointer[binding]
}

var (
	_ connectors.Backend    = (*backend)(nil)
	_ connectors.Identifier = (*backend)(nil)
	_ connectors.Streamer   = (*backend)(nil)
)

// binding returns what bind made, or makes it now. A failure is not kept: the
// server may be there the next time.
func (b *backend) binding(ctx context.Context) (*binding, error) {
	if bound := b.bound.Load(); bound != nil {
		return bound, nil
	}
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	bound, err := b.bind(ctx)
	if err == nil && !b.source.check {
		if list := b.checkMappings(bound); len(list) > 0 {
			err = list
		}
	}
	if err != nil {
		return nil, fault.Of(err)[0]
	}
	b.bound.Store(bound)
	return bound, nil
}

// scratch is the memory of one call, used again by others.
type scratch struct {
	json    []byte // what the request mapping yields
	wire    []byte // the request, or all of a stream's, end to end
	ends    []int  // where each of them ends
	encoder encoder
	walker  walker
	frame   frame
}

// scratches is the pool of them. It holds no state a call could see.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (b *backend) scratch(bound *binding) *scratch {
	s, _ := scratches.Get().(*scratch)
	s.json, s.wire, s.ends = s.json[:0], s.wire[:0], s.ends[:0]
	s.encoder.types = bound.types
	s.walker.reset()
	s.walker.types, s.walker.room = bound.types, b.source.settings.room()
	return s
}

// maxKept is how much memory a scratch may keep between calls, and a stream
// between messages, of which there are thousands.
const (
	maxKept         = 1 << 20
	maxKeptByStream = 8 << 10
)

func (s *scratch) put() {
	s.frame.free()
	s.frame.out = nil
	s.encoder.types, s.walker.types = nil, nil
	s.walker.trim(maxKept)
	if cap(s.json)+cap(s.wire)+cap(s.encoder.text) < maxKept {
		scratches.Put(s)
	}
}

// trim lets go of memory that an unusually large message needed.
func (w *walker) trim(most int) {
	if cap(w.slots)*int(unsafe.Sizeof(slot{}))+cap(w.pairs)*pairSize+cap(w.merged) > most {
		w.slots, w.pairs, w.merged = nil, nil, nil
	}
}

// reset empties the stacks, which an error leaves as they are.
func (w *walker) reset() {
	w.replaced = replaced{}
	w.slots, w.current, w.pairs, w.merged = w.slots[:0], w.current[:0], w.pairs[:0], w.merged[:0]
}

// prepare makes the request, or the requests of a stream, and their metadata.
func (b *backend) prepare(s *scratch, bound *binding, in *connectors.Input) (metadata.MD, error) {
	value := []byte("null")
	if b.request != nil {
		if out, ok := b.request.Append(s.json, []byte("{}"), in.Vars, in.Problems); ok {
			s.json, value = out, out
		}
	}
	encode := s.encodeOne
	if bound.client && b.place == mutation {
		encode = s.encodeList
	}
	if err := encode(bound, value); err != nil {
		var input *inputError
		if errors.As(err, &input) {
			return nil, &fault.Error{Code: fault.BadUserInput, Message: b.connector.Coordinate + ": " + input.Error()}
		}
		return nil, err
	}
	return b.metadata(in)
}

func (s *scratch) encodeOne(bound *binding, value []byte) (err error) {
	s.wire, err = s.encoder.append(s.wire, bound.request, value)
	s.wire = append(s.wire, bound.mask...)
	s.ends = append(s.ends, len(s.wire))
	return err
}

// encodeList makes one message of each element.
func (s *scratch) encodeList(bound *binding, value []byte) (err error) {
	if value[0] != '[' {
		return refuse("of a client-streaming method must be a list, not ", describe(value))
	}
	jsonscan.Each(value, func(_, item []byte) bool {
		err = s.encodeOne(bound, item)
		return err == nil
	})
	return err
}

// Identity appends method, metadata and request: what makes two calls of a
// query the same.
func (b *backend) Identity(dst []byte, in *connectors.Input) (id []byte, ok bool) {
	if b.place != query {
		return dst, false
	}
	bound := b.bound.Load()
	if bound == nil { // reflection was not asked yet: the call will
		return dst, false
	}
	s := b.scratch(bound)
	defer s.put()
	quiet := *in
	quiet.Problems = nil // Call notes them
	md, err := b.prepare(s, bound, &quiet)
	if err != nil {
		return dst, false
	}
	part := func(text string) {
		dst = append(binary.AppendUvarint(dst, uint64(len(text))), text...)
	}
	part(b.source.spec.Name)
	part(bound.path)
	for _, name := range sortedNames(md) {
		for _, v := range md[name] {
			part(name)
			part(v)
		}
	}
	part("")
	return append(dst, s.wire...), true
}
