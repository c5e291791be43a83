package grpcapi

import (
	"errors"
	"runtime"
	"testing"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// nested appends a field of bytes around content.
func nested(num protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), content)
}

// repeat joins n copies of a field.
func repeat(field []byte, n int) []byte {
	var all []byte
	for range n {
		all = append(all, field...)
	}
	return all
}

// twiceAtEachLevel nests Values whose struct comes in two parts, so that each
// level has to be put together.
func twiceAtEachLevel(size int) []byte {
	value := nested(3, make([]byte, size))
	for range 15 {
		value = append(nested(5, nested(1, nested(2, value))), nested(5, nil)...)
	}
	return value
}

// A message says in two bytes what takes hundreds as JSON, or as memory of the
// walker: both are bounded by what an answer may have.
func TestAmplification(t *testing.T) {
	f := shopFiles(t)
	const room = 1 << 20
	for name, test := range map[string]struct {
		md   protoreflect.MessageDescriptor
		wire []byte
		err  error
	}{
		"empty messages":       {f.registry.message("shop.v1.ListProductsResponse"), repeat(nested(1, nil), 100_000), errTooLarge},
		"entries of one key":   {f.registry.message("shop.v1.Product"), repeat(nested(7, nil), 200_000), errTooLarge},
		"merged at each level": {(&structpb.Value{}).ProtoReflect().Descriptor(), twiceAtEachLevel(200_000), errTooLarge},
		"as much as fits":      {f.registry.message("shop.v1.ListProductsResponse"), repeat(nested(1, nil), 5_000), nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := &walker{types: f.types, room: room}
			p := f.types.whole(test.md)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			out, err := w.append(nil, p, test.wire)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, test.err) {
				t.Errorf("%v, %d bytes", err, len(out))
			}
			if len(out) > room+1<<10 {
				t.Errorf("%d bytes were written", len(out))
			}
			// Slices that grow leave copies behind: some four times as much in all.
			if used := after.TotalAlloc - before.TotalAlloc; used > 16*room {
				t.Errorf("%d bytes were allocated", used)
			}
			if kept := cap(w.slots)*int(unsafe.Sizeof(slot{})) + cap(w.pairs)*int(unsafe.Sizeof(pair{})) + cap(w.merged); kept > 4*room {
				t.Errorf("the stacks hold %d bytes", kept)
			}
		})
	}
}
