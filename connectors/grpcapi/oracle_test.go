package grpcapi

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weftql/weft/connectors/mapping"
)

// oracle is the same rules written down a second time, the plain way: from a
// message in memory to JSON text. It is what the walker is held against.
type oracle struct {
	find func(protoreflect.FullName) protoreflect.MessageDescriptor
}

func (o oracle) message(m protoreflect.Message, reads *mapping.Reads) string {
	md := m.Descriptor()
	get := func(n protoreflect.FieldNumber) protoreflect.Value { return m.Get(md.Fields().ByNumber(n)) }
	switch name := md.FullName(); {
	case md.Fields().Len() == 0:
		return "true"
	case name == "google.protobuf.Timestamp":
		return o.timestamp(get(1).Int(), get(2).Int())
	case name == "google.protobuf.Duration":
		return o.duration(get(1).Int(), get(2).Int())
	case name == "google.protobuf.Struct":
		return o.structure(m)
	case name == "google.protobuf.Value":
		fd := m.WhichOneof(md.Oneofs().Get(0))
		if fd == nil || fd.Number() == 1 {
			return "null"
		}
		return o.value(fd, m.Get(fd), nil)
	case name == "google.protobuf.Any":
		return o.any(get(1).String(), get(2).Bytes())
	case name == "google.protobuf.ListValue", name == "google.protobuf.FieldMask",
		strings.HasPrefix(string(name), "google.protobuf.") && strings.HasSuffix(string(name), "Value"):
		return o.field(m, md.Fields().Get(0), nil)
	}
	var members []string
	add := func(fd protoreflect.FieldDescriptor, sub *mapping.Reads) {
		members = append(members, strconv.Quote(string(fd.Name()))+":"+o.field(m, fd, sub))
	}
	if reads == nil || reads.All {
		for i := range md.Fields().Len() {
			add(md.Fields().Get(i), nil)
		}
	} else {
		for _, r := range reads.Fields {
			add(md.Fields().ByName(protoreflect.Name(r.Name)), r.Sub)
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (o oracle) field(m protoreflect.Message, fd protoreflect.FieldDescriptor, reads *mapping.Reads) string {
	if fd.HasPresence() && !m.Has(fd) {
		return "null"
	}
	v := m.Get(fd)
	var items []string
	switch {
	case fd.IsMap():
		for _, k := range sortedKeys(v.Map()) {
			items = append(items, o.entry(fd, k, v.Map().Get(k), reads))
		}
	case fd.IsList():
		for i := range v.List().Len() {
			items = append(items, o.value(fd, v.List().Get(i), reads))
		}
	default:
		return o.value(fd, v, reads)
	}
	return "[" + strings.Join(items, ",") + "]"
}

func (o oracle) entry(fd protoreflect.FieldDescriptor, k protoreflect.MapKey, v protoreflect.Value, reads *mapping.Reads) string {
	key := `"key":` + o.value(fd.MapKey(), k.Value(), nil)
	if reads == nil || reads.All {
		return "{" + key + `,"value":` + o.value(fd.MapValue(), v, nil) + "}"
	}
	var members []string
	for _, r := range reads.Fields {
		if r.Name == "key" {
			members = append(members, key)
		} else {
			members = append(members, `"value":`+o.value(fd.MapValue(), v, r.Sub))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func sortedKeys(m protoreflect.Map) []protoreflect.MapKey {
	var keys []protoreflect.MapKey
	m.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool { keys = append(keys, k); return true })
	slices.SortFunc(keys, func(a, b protoreflect.MapKey) int {
		less := false
		switch x := a.Interface().(type) {
		case bool:
			less = !x && b.Bool()
		case int32, int64:
			less = a.Int() < b.Int()
		case uint32, uint64:
			less = a.Uint() < b.Uint()
		default:
			less = a.String() < b.String()
		}
		if less {
			return -1
		}
		return 1
	})
	return keys
}

func (o oracle) value(fd protoreflect.FieldDescriptor, v protoreflect.Value, reads *mapping.Reads) string {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return o.message(v.Message(), reads)
	case protoreflect.StringKind:
		return quote(v.String())
	case protoreflect.BytesKind:
		return `"` + base64.StdEncoding.EncodeToString(v.Bytes()) + `"`
	case protoreflect.EnumKind:
		ev := fd.Enum().Values().ByNumber(v.Enum())
		if ev == nil || fd.Enum().FullName() == "google.protobuf.NullValue" {
			return "null"
		}
		return strconv.Quote(string(ev.Name()))
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		f, bits := v.Float(), 64
		if fd.Kind() == protoreflect.FloatKind {
			bits = 32
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "null"
		}
		if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
			return strconv.FormatFloat(f, 'e', -1, bits)
		}
		return strconv.FormatFloat(f, 'f', -1, bits)
	default:
		return fmt.Sprint(v.Interface())
	}
}

// quote writes text as JSON; what is not UTF-8 becomes U+FFFD byte by byte.
func quote(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteString(map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`}[r])
		case r < 0x20:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

func (o oracle) timestamp(s, n int64) string {
	if s < minTimestamp || s > maxTimestamp || n < 0 || n > 999999999 {
		return "null"
	}
	text := time.Unix(s, n).UTC().Format("2006-01-02T15:04:05.000000000")
	text = strings.TrimSuffix(text, "000")
	text = strings.TrimSuffix(text, "000")
	return `"` + strings.TrimSuffix(text, ".000") + `Z"`
}

func (o oracle) duration(s, n int64) string {
	if s < -maxDuration || s > maxDuration || n < -999999999 || n > 999999999 || s > 0 && n < 0 || s < 0 && n > 0 {
		return "null"
	}
	sign := ""
	if s < 0 || n < 0 {
		sign, s, n = "-", -s, -n
	}
	text := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%09d", s, n), "0"), ".")
	return `"` + sign + text + `s"`
}

func (o oracle) structure(m protoreflect.Message) string {
	fd := m.Descriptor().Fields().Get(0)
	fields := m.Get(fd).Map()
	var members []string
	for _, k := range sortedKeys(fields) {
		members = append(members, quote(k.String())+":"+o.value(fd.MapValue(), fields.Get(k), nil))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (o oracle) any(url string, value []byte) string {
	if url == "" && len(value) == 0 {
		return "null"
	}
	head := `{"@type":` + quote(url)
	md := o.find(protoreflect.FullName(url[strings.LastIndexByte(url, '/')+1:]))
	if md == nil {
		return head + `,"value":"` + base64.StdEncoding.EncodeToString(value) + `"}`
	}
	m := dynamicpb.NewMessage(md)
	if !unmarshal(value, m) {
		return "malformed"
	}
	switch text := o.message(m, nil); {
	case md.Fields().Len() == 0:
		return head + "}"
	case specialOf(md) == ordinary:
		return head + "," + text[1:]
	default:
		return head + `,"value":` + text + "}"
	}
}
