package grpcapi

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weftql/weft/connectors/mapping"
)

// generator makes random descriptors, messages and bytes.
type generator struct {
	*rand.Rand
	// plain leaves out what does not survive the way to JSON and back: numbers
	// that are not finite, enum numbers without a name, messages that are null.
	plain bool
	// made is the file made last.
	made protoreflect.FileDescriptor
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
}

var wellKnownNames = []string{"Timestamp", "Duration", "Struct", "Value", "ListValue", "Any", "FieldMask", "Empty",
	"DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue", "BytesValue"}

// file makes a file with the messages M0 to M4 and the enum E.
func (g *generator) file(t testing.TB) protoreflect.FileDescriptor {
	t.Helper()
	f := &descriptorpb.FileDescriptorProto{
		Name: proto.String("r.proto"), Package: proto.String("r"),
		Dependency: []string{"google/protobuf/timestamp.proto", "google/protobuf/duration.proto", "google/protobuf/struct.proto",
			"google/protobuf/any.proto", "google/protobuf/field_mask.proto", "google/protobuf/empty.proto", "google/protobuf/wrappers.proto"},
		EnumType: []*descriptorpb.EnumDescriptorProto{{Name: proto.String("E"),
			Options: &descriptorpb.EnumOptions{AllowAlias: proto.Bool(true)},
			Value: []*descriptorpb.EnumValueDescriptorProto{
				{Name: proto.String("E_ZERO"), Number: proto.Int32(0)}, {Name: proto.String("E_ONE"), Number: proto.Int32(1)},
				{Name: proto.String("E_UNO"), Number: proto.Int32(1)}, {Name: proto.String("E_FAR"), Number: proto.Int32(70000)},
				{Name: proto.String("E_NEG"), Number: proto.Int32(-5)}}}},
	}
	syntax := g.IntN(3)
	switch syntax {
	case 1:
		f.Syntax = proto.String("proto3")
	case 2:
		f.Syntax = proto.String("editions")
		f.Edition = descriptorpb.Edition_EDITION_2023.Enum()
	}
	for i := range 5 {
		f.MessageType = append(f.MessageType, g.messageType(fmt.Sprintf("M%d", i), syntax))
	}
	fd, err := protodesc.NewFile(f, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	g.made = fd
	return fd
}

const (
	proto2 = iota
	proto3
	editions
)

func (g *generator) messageType(name string, syntax int) *descriptorpb.DescriptorProto {
	m := &descriptorpb.DescriptorProto{Name: &name}
	used := map[int32]bool{}
	var synthetic []*descriptorpb.FieldDescriptorProto
	oneofs := g.IntN(3)
	for i := range oneofs {
		m.OneofDecl = append(m.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: proto.String(fmt.Sprintf("o%d", i))})
	}
	count := g.IntN(9)
	if oneofs > 0 {
		count += 2 * oneofs
	}
	for i := range count {
		num := int32(1 + g.IntN(30))
		if g.IntN(8) == 0 {
			num = int32(100 + g.IntN(18000))
		}
		if used[num] {
			num = int32(20000 + i)
		}
		used[num] = true
		f := &descriptorpb.FieldDescriptorProto{Name: proto.String(fmt.Sprintf("f_%d", i)), Number: &num, Options: &descriptorpb.FieldOptions{}}
		g.setType(f)
		f.Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
		switch k := g.IntN(10); {
		case i < oneofs: // none may be without members
			f.OneofIndex = proto.Int32(int32(i))
		case k < 2:
			f.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
			if syntax != editions && packable(protoreflect.Kind(f.GetType())) && g.IntN(2) == 0 {
				f.Options.Packed = proto.Bool(g.IntN(2) == 0)
			}
		case k < 4:
			g.makeMap(m, f, name)
		case k < 6 && oneofs > 0:
			f.OneofIndex = proto.Int32(int32(g.IntN(oneofs)))
		case k < 7 && syntax == proto3:
			f.Proto3Optional = proto.Bool(true)
			synthetic = append(synthetic, f)
		case k < 7 && syntax == proto2:
			f.Label = descriptorpb.FieldDescriptorProto_LABEL_REQUIRED.Enum()
			if f.GetType() == descriptorpb.FieldDescriptorProto_TYPE_MESSAGE { // might need itself
				f.Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
			}
		}
		if syntax == editions {
			g.features(f)
		}
		m.Field = append(m.Field, f)
	}
	g.gather(m, oneofs)
	for _, f := range synthetic {
		f.OneofIndex = proto.Int32(int32(len(m.OneofDecl)))
		m.OneofDecl = append(m.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: proto.String("_" + f.GetName())})
	}
	return m
}

// gather puts the members of each oneof side by side, as descriptors must have
// them.
func (g *generator) gather(m *descriptorpb.DescriptorProto, oneofs int) {
	var fields []*descriptorpb.FieldDescriptorProto
	for o := -1; o < oneofs; o++ {
		for _, f := range m.Field {
			if o < 0 && f.OneofIndex == nil || f.OneofIndex != nil && int(f.GetOneofIndex()) == o {
				fields = append(fields, f)
			}
		}
	}
	m.Field = fields
}

func (g *generator) setType(f *descriptorpb.FieldDescriptorProto) {
	types := []descriptorpb.FieldDescriptorProto_Type{1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 11, 11, 11, 12, 13, 14, 14, 15, 16, 17, 18}
	f.Type = types[g.IntN(len(types))].Enum()
	switch f.GetType() { //nolint:exhaustive // the others have no name
	case descriptorpb.FieldDescriptorProto_TYPE_MESSAGE:
		f.TypeName = proto.String(fmt.Sprintf(".r.M%d", g.IntN(5)))
		if g.IntN(2) == 0 {
			f.TypeName = proto.String(".google.protobuf." + wellKnownNames[g.IntN(len(wellKnownNames))])
		}
	case descriptorpb.FieldDescriptorProto_TYPE_ENUM:
		f.TypeName = proto.String(".r.E")
	}
}

func (g *generator) makeMap(m *descriptorpb.DescriptorProto, f *descriptorpb.FieldDescriptorProto, outer string) {
	keys := []descriptorpb.FieldDescriptorProto_Type{3, 4, 5, 6, 7, 8, 9, 9, 13, 15, 16, 17, 18}
	key := &descriptorpb.FieldDescriptorProto{Name: proto.String("key"), Number: proto.Int32(1),
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Type: keys[g.IntN(len(keys))].Enum()}
	value := &descriptorpb.FieldDescriptorProto{Name: proto.String("value"), Number: proto.Int32(2),
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Type: f.Type, TypeName: f.TypeName}
	name := "F" + f.GetName()[2:] + "Entry"
	m.NestedType = append(m.NestedType, &descriptorpb.DescriptorProto{Name: &name,
		Field: []*descriptorpb.FieldDescriptorProto{key, value}, Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)}})
	f.Type = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum()
	f.TypeName = proto.String(".r." + outer + "." + name)
	f.Name = proto.String("f" + f.GetName()[2:])
	f.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
}

func (g *generator) features(f *descriptorpb.FieldDescriptorProto) {
	set := &descriptorpb.FeatureSet{}
	message := f.GetType() == descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	repeated := f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	switch {
	case repeated && packable(protoreflect.Kind(f.GetType())) && g.IntN(2) == 0:
		set.RepeatedFieldEncoding = descriptorpb.FeatureSet_EXPANDED.Enum()
	case message && f.GetName()[1] == '_' && g.IntN(2) == 0:
		set.MessageEncoding = descriptorpb.FeatureSet_DELIMITED.Enum()
	case !message && !repeated && f.OneofIndex == nil && g.IntN(2) == 0:
		set.FieldPresence = descriptorpb.FeatureSet_IMPLICIT.Enum()
	}
	f.Options.Features = set
}

// message makes a message of a type.
func (g *generator) message(md protoreflect.MessageDescriptor, depth int) protoreflect.Message {
	m := dynamicpb.NewMessage(md)
	switch specialOf(md) {
	case timestamp, duration:
		nanos := []int32{0, 5, 500000000, 120000, 999999999}[g.IntN(5)]
		m.Set(md.Fields().ByNumber(1), protoreflect.ValueOfInt64(g.Int64N(2e9)))
		if nanos != 0 {
			m.Set(md.Fields().ByNumber(2), protoreflect.ValueOfInt32(nanos))
		}
		return m
	case anything:
		name := protoreflect.FullName("google.protobuf." + wellKnownNames[g.IntN(len(wellKnownNames))])
		if g.made != nil && g.IntN(2) == 0 {
			name = "r.M1"
		}
		if depth > 3 {
			name = "google.protobuf.Timestamp"
		}
		inner := g.message(g.find(name), depth+1)
		b, _ := proto.MarshalOptions{AllowPartial: true, Deterministic: true}.Marshal(inner.Interface())
		m.Set(md.Fields().ByNumber(1), protoreflect.ValueOfString("x.io/"+string(inner.Descriptor().FullName())))
		m.Set(md.Fields().ByNumber(2), protoreflect.ValueOfBytes(b))
		return m
	case anyJSON:
		fd := md.Fields().Get(g.IntN(6))
		if depth > 4 {
			fd = md.Fields().ByNumber(3)
		}
		g.set(m, fd, depth)
		return m
	default:
	}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if fd.Cardinality() == protoreflect.Required || g.IntN(3) > 0 {
			g.set(m, fd, depth)
		}
	}
	return m
}

func (g *generator) set(m protoreflect.Message, fd protoreflect.FieldDescriptor, depth int) {
	if depth > 4 && fd.Message() != nil && fd.Cardinality() != protoreflect.Required {
		return
	}
	switch {
	case fd.IsMap():
		for range g.IntN(4) {
			var v protoreflect.Value
			if fd.MapValue().Message() != nil {
				v = protoreflect.ValueOfMessage(g.message(fd.MapValue().Message(), depth+1))
			} else {
				v = g.scalar(fd.MapValue())
			}
			m.Mutable(fd).Map().Set(g.scalar(fd.MapKey()).MapKey(), v)
		}
	case fd.IsList():
		for range g.IntN(4) {
			if fd.Message() != nil {
				m.Mutable(fd).List().Append(protoreflect.ValueOfMessage(g.message(fd.Message(), depth+1)))
			} else {
				m.Mutable(fd).List().Append(g.scalar(fd))
			}
		}
	case fd.Message() != nil:
		m.Set(fd, protoreflect.ValueOfMessage(g.message(fd.Message(), depth+1)))
	default:
		m.Set(fd, g.scalar(fd))
	}
}

func (g *generator) scalar(fd protoreflect.FieldDescriptor) protoreflect.Value {
	bits := g.Uint64() >> g.IntN(64)
	if g.IntN(6) == 0 {
		bits = 0
	}
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(bits&1 == 1)
	case protoreflect.EnumKind:
		numbers := []protoreflect.EnumNumber{0, 1, 70000, -5, 3}
		if fd.Enum().FullName() == "google.protobuf.NullValue" {
			return protoreflect.ValueOfEnum(0)
		}
		if g.plain {
			numbers = numbers[:4]
		}
		return protoreflect.ValueOfEnum(numbers[g.IntN(len(numbers))])
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(bits))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(bits))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(bits))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(bits)
	case protoreflect.FloatKind:
		f := math.Float32frombits(uint32(bits))
		if g.plain && (f != f || math.IsInf(float64(f), 0)) {
			f = -1.5
		}
		return protoreflect.ValueOfFloat32(f)
	case protoreflect.DoubleKind:
		f := math.Float64frombits(bits)
		if g.plain && (f != f || math.IsInf(f, 0)) {
			f = 1e-9
		}
		return protoreflect.ValueOfFloat64(f)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(g.word()))
	default:
		return protoreflect.ValueOfString(g.word())
	}
}

func (g *generator) word() string {
	words := []string{"", "a", "é\u2028", "quo\"te\\", "line\n\t\r\x01\x7f", "𝄞", "longer text, of some length, to need more than one byte for its length"}
	w := words[g.IntN(len(words))]
	if g.IntN(9) == 0 {
		w += w + w + w
	}
	return w
}

// find finds a type of the generated file or a well-known one.
func (g *generator) find(name protoreflect.FullName) protoreflect.MessageDescriptor {
	if short, ok := strings.CutPrefix(string(name), "r."); ok && g.made != nil {
		return g.made.Messages().ByName(protoreflect.Name(short))
	}
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return nil
	}
	md, _ := d.(protoreflect.MessageDescriptor)
	return md
}

// encode writes a message in one of the ways that mean the same, or, joined
// with another, as a message whose fields occur twice.
func (g *generator) encode(m protoreflect.Message) []byte {
	b, err := proto.MarshalOptions{AllowPartial: true, Deterministic: true}.Marshal(m.Interface())
	if err != nil {
		panic(err)
	}
	if g.IntN(2) == 0 {
		other, _ := proto.MarshalOptions{AllowPartial: true, Deterministic: true}.Marshal(g.message(m.Descriptor(), 2).Interface())
		b = append(b, other...)
	}
	if g.IntN(2) == 0 {
		b = g.rewrite(b, m.Descriptor(), 0)
	}
	return b
}

// rewrite shuffles the fields of a message, packs what is not packed and the
// other way round, and puts unknown fields in between.
func (g *generator) rewrite(b []byte, md protoreflect.MessageDescriptor, depth int) []byte {
	var parts [][]byte
	for len(b) > 0 {
		num, wire, n := protowire.ConsumeTag(b)
		size := protowire.ConsumeFieldValue(num, wire, b[n:])
		fd := md.Fields().ByNumber(num)
		part := b[:n+size]
		switch content := b[n : n+size]; {
		case fd == nil:
		case fd.IsList() && packable(fd.Kind()) && wire != protowire.BytesType && g.IntN(2) == 0:
			part = protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), content)
		case fd.Message() != nil && wire == protowire.BytesType && depth < 8:
			inner, _ := protowire.ConsumeBytes(content)
			part = protowire.AppendBytes(protowire.AppendTag(nil, num, wire), g.rewrite(inner, fd.Message(), depth+1))
		}
		parts = append(parts, part)
		if g.IntN(6) == 0 {
			parts = append(parts, g.unknown())
		}
		b = b[n+size:]
	}
	if md.IsMapEntry() || g.IntN(3) > 0 {
		g.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	}
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func (g *generator) unknown() []byte {
	switch g.IntN(3) {
	case 0:
		return protowire.AppendVarint(protowire.AppendTag(nil, 19990, protowire.VarintType), g.Uint64())
	case 1:
		inner := protowire.AppendTag(g.unknown(), 7, protowire.EndGroupType)
		return append(protowire.AppendTag(nil, 7, protowire.StartGroupType), inner...)
	default:
		return protowire.AppendFixed32(protowire.AppendTag(nil, 33, protowire.Fixed32Type), 1)
	}
}

// reads makes a part of a message type to read, nil for all of it.
func (g *generator) reads(md protoreflect.MessageDescriptor, depth int) *mapping.Reads {
	if depth > 3 || g.IntN(4) == 0 || specialOf(md) != ordinary {
		return nil
	}
	r := &mapping.Reads{Fields: []mapping.ReadField{}}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if g.IntN(2) == 0 {
			continue
		}
		read := mapping.ReadField{Name: string(fd.Name())}
		if fd.Message() != nil {
			read.Sub = g.reads(fd.Message(), depth+1)
		}
		r.Fields = append(r.Fields, read)
	}
	return r
}
