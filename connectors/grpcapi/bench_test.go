package grpcapi

import (
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weftql/weft/connectors"
)

// page is an answer of 100 products and some 14 kB, and what of it is read.
func page(tb testing.TB) (f *files, answer protoreflect.MessageDescriptor, wire []byte, c connector) {
	f = shopFiles(tb)
	answer = f.registry.message("shop.v1.ListProductsResponse")
	m := dynamicpb.NewMessage(answer)
	var products []string
	for range 100 {
		products = append(products, `{"id":"p1000","name":"A loom of beech, two shafts","priceCents":"129900","kind":"KIND_LOOM",
			"owner":{"id":"owner-7","name":"Ann Weaver"},"tags":["beech","table","new"],"image":"AAAAAAAAAAAAAAAA","parcel":{"weight":3.25},"pieces":7}`)
	}
	if err := protojson.Unmarshal([]byte(`{"products":[`+strings.Join(products, ",")+`]}`), m); err != nil {
		tb.Fatal(err)
	}
	wire, err := proto.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	c = connector{method: "ListProducts", selection: "$.products { id name price_cents kind owner { name } tags pieces }"}
	return f, answer, wire, c
}

func BenchmarkWalker(b *testing.B) {
	f, answer, wire, c := page(b)
	p := f.types.pruned(answer, parse(b, c.selection).Compile(nil).Reads())
	w := &walker{types: f.types}
	var dst []byte
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, err = w.append(dst[:0], p, wire); err != nil {
			b.Fatal(err)
		}
	}
}

// The same bytes by way of a message in memory: dynamicpb and a writer of what is
// read (the oracle), and dynamicpb and protojson, which writes all of it.
func BenchmarkDynamicpb(b *testing.B) {
	f, answer, wire, c := page(b)
	reads := parse(b, c.selection).Compile(nil).Reads()
	o := oracle{f.types.find}
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		m := dynamicpb.NewMessage(answer)
		if err := proto.Unmarshal(wire, m); err != nil {
			b.Fatal(err)
		}
		_ = o.message(m, reads)
	}
}

func BenchmarkProtojson(b *testing.B) {
	_, answer, wire, _ := page(b)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		m := dynamicpb.NewMessage(answer)
		if err := proto.Unmarshal(wire, m); err != nil {
			b.Fatal(err)
		}
		if _, err := (protojson.MarshalOptions{UseProtoNames: true}).Marshal(m); err != nil {
			b.Fatal(err)
		}
	}
}

const searchRequest = `{"page_size":20,"kind":"KIND_LOOM","sellers":["1","2","3"],"weights":[{"key":"a","value":1}],"since":"2026-01-31T12:00:00Z","ranges":[{"low":"1","high":5},{}]}`

func BenchmarkEncoder(b *testing.B) {
	f := shopFiles(b)
	m := f.types.encoder(f.registry.message("shop.v1.ListProductsRequest"))
	e := &encoder{types: f.types}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, err = e.append(dst[:0], m, []byte(searchRequest)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncoderDynamicpb is the same request through protojson.
func BenchmarkEncoderDynamicpb(b *testing.B) {
	f := shopFiles(b)
	md := f.registry.message("shop.v1.ListProductsRequest")
	text := []byte(strings.Replace(searchRequest, `[{"key":"a","value":1}]`, `{"a":1}`, 1))
	b.ReportAllocs()
	for b.Loop() {
		m := dynamicpb.NewMessage(md)
		if err := protojson.Unmarshal(text, m); err != nil {
			b.Fatal(err)
		}
		if _, err := proto.Marshal(m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCall is a whole call over loopback, server included.
func BenchmarkCall(b *testing.B) {
	f, _, wire, c := page(b)
	c = c.at(serve(b, f, func(_ testing.TB, _ protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		var in frame
		if err := stream.RecvMsg(&in); err != nil {
			return err
		}
		in.free()
		return stream.SendMsg(&frame{out: wire})
	}, grpc.ForceServerCodecV2(codec{})))
	backend := c.open(b)
	var out connectors.Answer
	b.ReportAllocs()
	for b.Loop() {
		out.Body, out.Headers, out.Trailers = out.Body[:0], out.Headers[:0], out.Trailers[:0]
		if err := backend.Call(b.Context(), &connectors.Input{}, &out); err != nil || out.Failed {
			b.Fatal(err, out.Fault)
		}
	}
}
