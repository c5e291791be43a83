package grpcapi

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// encodeJSON runs the encoder for a type the generator can find.
func encodeJSON(name protoreflect.FullName, text string) ([]byte, error) {
	g := newGenerator(0)
	ts := newTypes(g.find)
	return (&encoder{types: ts}).append(nil, ts.encoder(g.find(name)), []byte(text))
}

// Scalars by way of the messages around them: what is taken, as protojson
// writes it, and what is refused.
func TestEncodeWellKnown(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"Int32Value", `-2147483648`, `-2147483648`},
		{"Int32Value", `"12"`, `12`},
		{"Int32Value", `1e3`, `1000`},
		{"Int32Value", `12.50e1`, `125`},
		{"Int32Value", `-0.0`, `0`},
		{"Int32Value", `2147483648`, `is out of range`},
		{"Int32Value", `1.5`, `is not a whole number`},
		{"Int32Value", `true`, `expects a whole number, not a boolean`},
		{"Int32Value", `"0x10"`, `is not a whole number`},
		{"Int32Value", `""`, `expects a whole number, not a string`},
		{"Int32Value", `"+5"`, `is not a whole number`},
		{"Int32Value", `1e999999999`, `is not a whole number`},
		{"UInt32Value", `-1`, `is out of range`},
		{"UInt32Value", `4294967295`, `4294967295`},
		{"Int64Value", `"9223372036854775807"`, `"9223372036854775807"`},
		{"Int64Value", `9223372036854775807`, `"9223372036854775807"`},
		{"Int64Value", `9223372036854775808`, `is out of range`},
		{"Int64Value", `9007199254740993.0`, `"9007199254740993"`},
		{"UInt64Value", `18446744073709551615`, `"18446744073709551615"`},
		{"UInt64Value", `"18446744073709551616"`, `is out of range`},
		{"DoubleValue", `"NaN"`, `"NaN"`},
		{"DoubleValue", `"-Infinity"`, `"-Infinity"`},
		{"DoubleValue", `1.5e-300`, `1.5e-300`},
		{"DoubleValue", `1e400`, `is out of range`},
		{"DoubleValue", `"inf"`, `is not a number`},
		{"DoubleValue", `"0x1p4"`, `is not a number`},
		{"FloatValue", `1e39`, `is out of range`},
		{"FloatValue", `0.1`, `0.1`},
		{"BoolValue", `true`, `true`},
		{"BoolValue", `"true"`, `expects a boolean, not a string`},
		{"StringValue", `"é\u0041\n"`, `"éA\n"`},
		{"StringValue", `5`, `expects a string, not a number`},
		{"BytesValue", `"-_8="`, `"+/8="`},
		{"BytesValue", `"+/8"`, `"+/8="`},
		{"BytesValue", `""`, `""`},
		{"BytesValue", `"a"`, `is not base64`},
		{"BytesValue", `[1]`, `expects base64, not a list`},
		{"Timestamp", `"2026-01-31T12:00:00Z"`, `"2026-01-31T12:00:00Z"`},
		{"Timestamp", `"2026-01-31T12:00:00.123456789+01:30"`, `"2026-01-31T10:30:00.123456789Z"`},
		{"Timestamp", `"0001-01-01T00:00:00Z"`, `"0001-01-01T00:00:00Z"`},
		{"Timestamp", `"0001-01-01T00:00:00+01:00"`, `is not in the years 0001 to 9999`},
		{"Timestamp", `"9999-12-31T23:59:59.999999999Z"`, `"9999-12-31T23:59:59.999999999Z"`},
		{"Timestamp", `"2026-01-31T12:00:00.1234567890Z"`, `has more than nine digits`},
		{"Timestamp", `"2026-01-31T12:00:00,5Z"`, `is not a time`},
		{"Timestamp", `"2026-02-30T12:00:00Z"`, `is not a time`},
		{"Timestamp", `5`, `expects a time`},
		{"Duration", `"1.5s"`, `"1.500s"`},
		{"Duration", `"-0.000000001s"`, `"-0.000000001s"`},
		{"Duration", `"PT1H1M1.25S"`, `"3661.250s"`},
		{"Duration", `"-P1DT12H"`, `"-129600s"`},
		{"Duration", `"P2W"`, `"1209600s"`},
		{"Duration", `"P1Y"`, `is not a duration`},
		{"Duration", `"PT"`, `is not a duration`},
		{"Duration", `"P"`, `is not a duration`},
		{"Duration", `"PT1S1M"`, `is not a duration`},
		{"Duration", `"PT1.5H"`, `is not a duration`},
		{"Duration", `"1"`, `is not a duration`},
		{"Duration", `"1.s"`, `is not a duration`},
		{"Duration", `"+1s"`, `is not a duration`},
		{"Duration", `"315576000001s"`, `is out of range`},
		{"FieldMask", `["a_b","c.d_e"]`, `"aB,c.dE"`},
		{"FieldMask", `"a_b, c"`, `"aB,c"`},
		{"FieldMask", `{"paths":[]}`, `expects a list`},
		{"Empty", `{}`, `{}`},
		{"Empty", `true`, `{}`},
		{"Empty", `{"a":1}`, `has no field "a"`},
		{"Empty", `false`, `expects an object`},
		{"Struct", `{"a":[1,{"b":null}]}`, `{"a":[1,{"b":null}]}`},
		{"Struct", `[]`, `expects an object`},
		{"ListValue", `[null]`, `[null]`},
		{"ListValue", `{}`, `expects a list`},
		{"Value", `"x"`, `"x"`},
		{"Any", `{"@type":"x/google.protobuf.Duration","value":"1s"}`, `{"@type":"x/google.protobuf.Duration","value":"1s"}`},
		{"Any", `{"@type":"x/google.protobuf.Empty"}`, `{"@type":"x/google.protobuf.Empty"}`},
		{"Any", `{"value":"1s"}`, `lacks @type`},
		{"Any", `{"@type":"x/google.protobuf.Duration"}`, `lacks value`},
		{"Any", `{"@type":"x/no.Such","value":"*"}`, `field value is not base64`},
		{"Any", `{"@type":"x/google.protobuf.Any","value":{"@type":"x/google.protobuf.BoolValue","value":true}}`,
			`{"@type":"x/google.protobuf.Any","value":{"@type":"x/google.protobuf.BoolValue","value":true}}`},
		{"Value", strings.Repeat("[", 40) + strings.Repeat("]", 40), `nests deeper than 64 levels`},
	} {
		name := protoreflect.FullName("google.protobuf." + test.name)
		b, err := encodeJSON(name, test.in)
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s %.60s: %v, not %s", test.name, test.in, err, test.want)
			}
			continue
		}
		m := dynamicpb.NewMessage(newGenerator(0).find(name))
		if err := proto.Unmarshal(b, m); err != nil {
			t.Errorf("%s %.60s: %v", test.name, test.in, err)
			continue
		}
		got, err := protojson.Marshal(m)
		if text := strings.ReplaceAll(string(got), " ", ""); err != nil || text != test.want {
			t.Errorf("%s %.60s: %s %v, not %s", test.name, test.in, text, err, test.want)
		}
	}
}

// Unknown types of an Any go through as bytes.
func TestEncodeUnknownAny(t *testing.T) {
	b, err := encodeJSON("google.protobuf.Any", `{"@type":"x/no.Such","value":"AP8="}`)
	if err != nil || !bytes.Equal(b, []byte("\x0a\x09x/no.Such\x12\x02\x00\xff")) {
		t.Errorf("%q %v", b, err)
	}
}

// Whatever the text, the encoder neither panics nor writes what is no message.
func FuzzEncoder(f *testing.F) {
	for seed := range uint64(20) {
		g := newGenerator(seed)
		g.plain = true
		md := g.file(f).Messages().Get(0)
		b, _ := proto.Marshal(g.message(md, 0).Interface())
		if text, _, err := g.walk(md, nil, b); err == nil {
			f.Add(seed, text)
		}
	}
	f.Add(uint64(0), `{"f_1":[}`)
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		g := newGenerator(seed % 512)
		g.plain = true
		md := g.file(t).Messages().Get(0)
		ts := newTypes(g.find)
		b, err := (&encoder{types: ts}).append(nil, ts.encoder(md), []byte(text))
		if err != nil {
			return
		}
		if err := proto.Unmarshal(b, dynamicpb.NewMessage(md)); err != nil {
			t.Errorf("%s: %x: %v", text, b, err)
		}
	})
}
