package grpcapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weftql/weft/connectors/mapping"
)

// walk runs the walker over b.
func (g *generator) walk(md protoreflect.MessageDescriptor, reads *mapping.Reads, b []byte) (string, *walker, error) {
	ts := newTypes(g.find)
	w := &walker{types: ts}
	out, err := w.append(nil, ts.pruned(md, reads), b)
	return string(out), w, err
}

// The walker and the oracle agree on random types, messages and ways to write
// them down.
func TestWalkerAgreesWithOracle(t *testing.T) {
	for seed := range uint64(500) {
		g := newGenerator(seed)
		md := g.file(t).Messages().Get(0)
		for range 4 {
			reads := g.reads(md, 0)
			b := g.encode(g.message(md, 0))
			g.compare(t, md, reads, b, fmt.Sprint("seed ", seed))
		}
	}
}

// compare fails when the bytes are a message and the walker's JSON is not the
// oracle's, or is no JSON.
func (g *generator) compare(t *testing.T, md protoreflect.MessageDescriptor, reads *mapping.Reads, b []byte, label string) {
	t.Helper()
	m := dynamicpb.NewMessage(md)
	if !unmarshal(b, m) {
		_, _, _ = g.walk(md, reads, b)
		return
	}
	got, w, err := g.walk(md, reads, b)
	want := oracle{g.find}.message(m, reads)
	if errors.Is(err, errTooDeep) || strings.Contains(want, "malformed") {
		return
	}
	if err != nil || got != want {
		t.Fatalf("%s: %x\n got %s %v\nwant %s\n%v", label, b, got, err, want, protodescText(md))
	}
	if text, err := mapping.CheckJSON([]byte(got)); err != nil || string(text) != got || !json.Valid(text) {
		t.Fatalf("%s: not JSON as the engine takes it: %v %s", label, err, got)
	}
	if len(w.slots)+len(w.pairs)+len(w.current)+len(w.merged) != 0 {
		t.Fatalf("%s: the stacks are not empty", label)
	}
}

// unmarshal tells whether b is a message. The library panics on a map entry
// without a key, for some kinds of key.
func unmarshal(b []byte, m proto.Message) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return proto.UnmarshalOptions{AllowPartial: true}.Unmarshal(b, m) == nil
}

func protodescText(md protoreflect.MessageDescriptor) string {
	var b strings.Builder
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		fmt.Fprintf(&b, "%v %v %v = %d presence %v packed %v oneof %v\n", fd.Cardinality(), fd.Kind(), fd.Name(), fd.Number(), fd.HasPresence(), fd.IsPacked(), fd.ContainingOneof() != nil)
	}
	return b.String()
}

// Bytes that are cut short or changed neither panic nor differ where they are
// still a message.
func TestWalkerOfDamagedMessages(t *testing.T) {
	for seed := range uint64(40) {
		g := newGenerator(seed + 1e6)
		md := g.file(t).Messages().Get(0)
		reads := g.reads(md, 0)
		b := g.encode(g.message(md, 0))
		for cut := range min(len(b), 200) {
			g.compare(t, md, reads, b[:cut], fmt.Sprint("seed ", seed, " cut ", cut))
		}
		for k := range 150 {
			if len(b) == 0 {
				break
			}
			c := append([]byte(nil), b...)
			for range 1 + g.IntN(3) {
				c[g.IntN(len(c))] = byte(g.Uint64())
			}
			g.compare(t, md, reads, c, fmt.Sprint("seed ", seed, " change ", k))
		}
	}
}

func FuzzWalker(f *testing.F) {
	for seed := range uint64(20) {
		g := newGenerator(seed)
		f.Add(seed, g.encode(g.message(g.file(f).Messages().Get(0), 0)))
	}
	f.Fuzz(func(t *testing.T, seed uint64, b []byte) {
		g := newGenerator(seed % 512)
		md := g.file(t).Messages().Get(0)
		g.compare(t, md, nil, b, "whole")
		g.compare(t, md, g.reads(md, 0), b, "pruned")
	})
}

// What the walker makes of a message, the encoder makes the message of.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(500) {
		g := newGenerator(seed)
		g.plain = true
		md := g.file(t).Messages().Get(0)
		want := g.message(md, 0)
		b, err := proto.Marshal(want.Interface())
		if err != nil {
			t.Fatal(err)
		}
		text, w, err := g.walk(md, nil, b)
		if err != nil {
			t.Fatal(err)
		}
		e := &encoder{types: w.types}
		back, err := e.append(nil, w.types.encoder(md), []byte(text))
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		got := dynamicpb.NewMessage(md)
		if err := proto.Unmarshal(back, got); err != nil || !g.equalButNulls(got, want) {
			t.Fatalf("seed %d: %v\n%s\n got %v\nwant %v", seed, err, text, got, want)
		}
	}
}

// equalButNulls compares what can be compared: a Value that is set and null
// reads as null, which is unset when it is sent.
func (g *generator) equalButNulls(got, want protoreflect.Message) bool {
	if proto.Equal(got.Interface(), want.Interface()) {
		return true
	}
	o := oracle{g.find}
	return o.message(got, nil) == o.message(want, nil)
}

// The encoder takes what protojson writes, FieldMask's own spelling apart.
func TestEncoderTakesProtojson(t *testing.T) {
	for seed := range uint64(300) {
		g := newGenerator(seed)
		md := g.file(t).Messages().Get(0)
		want := g.message(md, 0)
		text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(want.Interface())
		if err != nil || strings.Contains(string(text), "@type") {
			continue // e.g. a Value that is not finite; Any has its own test
		}
		ts := newTypes(g.find)
		back, err := (&encoder{types: ts}).append(nil, ts.encoder(md), text)
		if err != nil {
			if strings.Contains(err.Error(), "null") || strings.Contains(err.Error(), "expects the name of a value") {
				continue
			}
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		got := dynamicpb.NewMessage(md)
		if err := proto.Unmarshal(back, got); err != nil || !g.equalButNulls(got, want) {
			t.Fatalf("seed %d: %v\n%s\n got %v\nwant %v", seed, err, text, got, want)
		}
	}
}

func TestWalkerProblems(t *testing.T) {
	md := (&structpb.Struct{}).ProtoReflect().Descriptor()
	b := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType),
		append([]byte{10, 1, 0xff}, 18, 9, 17, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f))
	got, w, err := newGenerator(0).walk(md, nil, b)
	if err != nil || got != "{\"\ufffd\":null}" {
		t.Errorf("%s %v", got, err)
	}
	if w.replaced != (replaced{notFinite: 1, invalidUTF8: 1}) {
		t.Errorf("%+v", w.replaced)
	}
}

// Depth is limited in messages, in values, and in groups nobody asked for.
func TestWalkerDepth(t *testing.T) {
	var list []byte // ListValue.values and Value.list_value by turns
	for i := range 200 {
		list = append(protowire.AppendVarint([]byte{[]byte{50, 10}[i&1]}, uint64(len(list))), list...)
	}
	if _, _, err := newGenerator(0).walk((&structpb.ListValue{}).ProtoReflect().Descriptor(), nil, list); !errors.Is(err, errTooDeep) {
		t.Error(err)
	}
	groups := strings.Repeat("\x3b", 5000)
	if _, _, err := newGenerator(0).walk((&wrapperspb.Int32Value{}).ProtoReflect().Descriptor(), nil, []byte(groups)); !errors.Is(err, errTooDeep) {
		t.Error(err)
	}
}
