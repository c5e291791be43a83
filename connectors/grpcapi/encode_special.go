package grpcapi

import (
	"math"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/internal/jsonscan"
)

// special writes the content of a message of a well-known type. value is not
// null, except for google.protobuf.Value.
func (e *encoder) special(dst []byte, m *encMessage, value []byte, depth int) ([]byte, error) {
	switch m.special {
	case timestamp:
		return e.timestamp(dst, value)
	case duration:
		return e.duration(dst, value)
	case structure:
		if value[0] != '{' {
			return dst, refuse("expects an object, not ", describe(value))
		}
		return e.structure(dst, value, depth)
	case anyJSON:
		return e.anyJSON(dst, value, depth)
	case jsonList:
		if value[0] != '[' {
			return dst, refuse("expects a list, not ", describe(value))
		}
		return e.jsonList(dst, value, depth)
	case anything:
		return e.any(dst, value, depth)
	case fieldMask:
		return e.fieldMask(dst, m, value, depth)
	case absent:
		return dst, refuse("is of the type ", string(m.name), ", which the descriptors do not have")
	default: // wrapper
		return e.field(dst, m.first, value, depth)
	}
}

// appendMoment writes the fields of Timestamp and Duration.
func appendMoment(dst []byte, seconds int64, nanos int32) []byte {
	if seconds != 0 {
		dst = protowire.AppendVarint(append(dst, 1<<3), uint64(seconds))
	}
	if nanos != 0 {
		dst = protowire.AppendVarint(append(dst, 2<<3), uint64(int64(nanos)))
	}
	return dst
}

func (e *encoder) timestamp(dst, value []byte) ([]byte, error) {
	text, ok := e.decode(value)
	if !ok {
		return dst, refuse("expects a time such as 2026-01-31T12:00:00Z, not ", describe(value))
	}
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil || strings.Contains(string(text), ",") { // Go takes a comma, RFC 3339 does not
		return dst, refuse("is not a time such as 2026-01-31T12:00:00Z")
	}
	if dot := strings.IndexByte(string(text), '.'); dot >= 0 && len(strings.TrimLeft(string(text[dot+1:]), "0123456789")) < len(text)-dot-10 {
		return dst, refuse("has more than nine digits of a second")
	}
	if s := at.Unix(); s < minTimestamp || s > maxTimestamp {
		return dst, refuse("is not in the years 0001 to 9999")
	}
	return appendMoment(dst, at.Unix(), int32(at.Nanosecond())), nil
}

// duration takes 1.5s and, for clients that know no other form, PT1.5S.
func (e *encoder) duration(dst, value []byte) ([]byte, error) {
	text, ok := e.decode(value)
	if !ok {
		return dst, refuse("expects a duration such as 1.5s, not ", describe(value))
	}
	seconds, nanos, ok := parseDuration(string(text))
	if !ok {
		return dst, refuse("is not a duration such as 1.5s")
	}
	if seconds > maxDuration || seconds < -maxDuration {
		return dst, refuse("is out of range")
	}
	return appendMoment(dst, seconds, nanos), nil
}

func parseDuration(text string) (seconds int64, nanos int32, ok bool) {
	text, negative := strings.CutPrefix(text, "-")
	if iso, found := strings.CutPrefix(text, "P"); found {
		seconds, nanos, ok = parseISODuration(iso)
	} else if number, found := strings.CutSuffix(text, "s"); found {
		seconds, nanos, ok = parseSeconds(number)
	}
	if negative {
		seconds, nanos = -seconds, -nanos
	}
	return seconds, nanos, ok
}

// parseSeconds takes digits, and a point with up to nine more.
func parseSeconds(text string) (seconds int64, nanos int32, ok bool) {
	whole, fraction, point := strings.Cut(text, ".")
	n, err := strconv.ParseUint(whole, 10, 62)
	if err != nil || point && (fraction == "" || len(fraction) > 9) {
		return 0, 0, false
	}
	if point {
		part, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
		if err != nil {
			return 0, 0, false
		}
		nanos = int32(part)
	}
	return int64(n), nanos, true
}

// parseISODuration takes what is behind the P: days, then hours, minutes and
// seconds behind a T. Years and months have no length.
func parseISODuration(text string) (seconds int64, nanos int32, ok bool) {
	date, clock, found := strings.Cut(text, "T")
	if found && clock == "" || !found && date == "" {
		return 0, 0, false
	}
	for _, part := range []struct {
		text, units string
	}{{date, "WD"}, {clock, "HMS"}} {
		rest, units := part.text, part.units
		for rest != "" {
			end := strings.IndexAny(rest, units)
			if end < 0 {
				return 0, 0, false
			}
			unit := map[byte]int64{'W': 604800, 'D': 86400, 'H': 3600, 'M': 60, 'S': 1}[rest[end]]
			n, fraction, good := parseSeconds(rest[:end])
			if !good || fraction != 0 && unit != 1 || n > maxDuration {
				return 0, 0, false
			}
			seconds, nanos = seconds+n*unit, fraction
			units = units[strings.IndexByte(units, rest[end])+1:]
			rest = rest[end+1:]
			if units == "" && rest != "" {
				return 0, 0, false
			}
		}
	}
	return seconds, nanos, true
}

// structure writes google.protobuf.Struct.
func (e *encoder) structure(dst, value []byte, depth int) ([]byte, error) {
	if depth+2 >= maxDepth {
		return dst, refuse("nests deeper than 64 levels")
	}
	var err error
	whole := jsonscan.Each(value, func(name, item []byte) bool {
		dst = append(dst, 1<<3|byte(protowire.BytesType))
		entry := len(dst)
		dst = append(dst, 0, 1<<3|byte(protowire.BytesType))
		if dst, err = e.stringValue(dst, name); err != nil {
			return false
		}
		dst = append(dst, 2<<3|byte(protowire.BytesType))
		at := len(dst)
		if dst, err = e.anyJSON(append(dst, 0), item, depth+1); err != nil {
			err = within(err, string(name[1:len(name)-1]))
			return false
		}
		dst = closeLength(closeLength(dst, at), entry)
		return true
	})
	if err == nil && !whole {
		err = refuse("is not JSON")
	}
	return dst, err
}

// jsonList writes google.protobuf.ListValue.
func (e *encoder) jsonList(dst, value []byte, depth int) ([]byte, error) {
	if depth+2 >= maxDepth {
		return dst, refuse("nests deeper than 64 levels")
	}
	var err error
	index := 0
	whole := jsonscan.Each(value, func(_, item []byte) bool {
		dst = append(dst, 1<<3|byte(protowire.BytesType))
		at := len(dst)
		if dst, err = e.anyJSON(append(dst, 0), item, depth+1); err != nil {
			err = within(err, "["+strconv.Itoa(index)+"]")
			return false
		}
		dst = closeLength(dst, at)
		index++
		return true
	})
	if err == nil && !whole {
		err = refuse("is not JSON")
	}
	return dst, err
}

// anyJSON writes google.protobuf.Value: the member of its oneof that fits.
func (e *encoder) anyJSON(dst, value []byte, depth int) ([]byte, error) {
	if depth >= maxDepth {
		return dst, refuse("nests deeper than 64 levels")
	}
	switch c := value[0]; c {
	case 'n':
		return append(dst, 1<<3, 0), nil
	case 't':
		return append(dst, 4<<3, 1), nil
	case 'f':
		return append(dst, 4<<3, 0), nil
	case '"':
		return e.stringValue(append(dst, 3<<3|byte(protowire.BytesType)), value)
	case '{', '[':
		num, write := byte(5), e.structure
		if c == '[' {
			num, write = 6, e.jsonList
		}
		dst = append(dst, num<<3|byte(protowire.BytesType))
		at := len(dst)
		dst, err := write(append(dst, 0), value, depth+1)
		if err != nil {
			return dst, err
		}
		return closeLength(dst, at), nil
	default:
		v, err := strconv.ParseFloat(string(value), 64)
		if err != nil || !decimal(value) {
			return dst, refuse("is out of range")
		}
		return protowire.AppendFixed64(append(dst, 2<<3|byte(protowire.Fixed64Type)), math.Float64bits(v)), nil
	}
}

// any writes google.protobuf.Any from what the walker makes of one.
func (e *encoder) any(dst, value []byte, depth int) ([]byte, error) {
	if value[0] != '{' {
		return dst, refuse("expects an object with @type, not ", describe(value))
	}
	const typeName = `"@type"`
	quoted := jsonscan.Member(value, "@type")
	url, ok := jsonscan.AppendText(nil, quoted)
	if !ok || len(url) == 0 {
		return dst, refuse("lacks @type, the name of the type it holds")
	}
	dst, err := e.stringValue(append(dst, 1<<3|byte(protowire.BytesType)), quoted)
	if err != nil {
		return dst, err
	}
	dst = append(dst, 2<<3|byte(protowire.BytesType))
	at := len(dst)
	var md protoreflect.MessageDescriptor
	if e.types != nil && e.types.find != nil {
		md = e.types.find(protoreflect.FullName(url[strings.LastIndexByte(string(url), '/')+1:]))
	}
	if md != nil {
		if m := e.types.encoder(md); m.special == ordinary || m.special == empty {
			dst, err = e.object(append(dst, 0), m, value, []byte(typeName), depth+1)
			return closeIf(dst, at, err)
		}
	}
	content := jsonscan.Member(value, "value")
	if jsonscan.Null(content) {
		return dst, refuse("lacks value")
	}
	if md == nil { // bytesValue writes the length itself
		dst, err = e.bytesValue(dst, content)
		return dst, within(err, "value")
	}
	dst, err = e.message(append(dst, 0), e.types.encoder(md), content, depth+1)
	return closeIf(dst, at, within(err, "value"))
}

func closeIf(dst []byte, at int, err error) ([]byte, error) {
	if err != nil {
		return dst, err
	}
	return closeLength(dst, at), nil
}

// fieldMask takes a list of paths, or paths with commas in between.
func (e *encoder) fieldMask(dst []byte, m *encMessage, value []byte, depth int) ([]byte, error) {
	if value[0] != '"' {
		return e.field(dst, m.first, value, depth)
	}
	text, ok := e.decode(value)
	if !ok {
		return dst, refuse("is not valid text")
	}
	for _, path := range strings.Split(string(text), ",") {
		if path = strings.TrimSpace(path); path != "" {
			dst = protowire.AppendString(append(dst, m.first.tag...), path)
		}
	}
	return dst, nil
}
