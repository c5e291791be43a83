package telemetry

import (
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strconv"
	"unsafe"

	"github.com/weftql/weft/subgraphs"
)

// propagator is one way to write down in headers which trace a request belongs
// to.
type propagator struct {
	// extract takes over the trace a client began; false is none that is whole.
	extract func(t *trace, h http.Header) bool
	// inject adds headers that name span as the parent.
	inject func(t *trace, span uint64)
}

// propagators are those known, by their names in the configuration.
var propagators = map[string]propagator{
	"w3c":     {extractW3C, injectW3C},
	"b3":      {extractB3, injectB3},
	"b3multi": {extractB3, injectB3Multi},
	"datadog": {extractDatadog, injectDatadog},
}

func get(h http.Header, name string) string {
	if values := h[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// add adds a header whose value was appended to t.text from from on.
func (t *trace) add(name string, from int) {
	value := t.text[from:]
	t.headers = append(t.headers, subgraphs.Header{Name: name, Value: unsafe.String(unsafe.SliceData(value), len(value))})
}

func (t *trace) addFixed(name, value string) {
	t.headers = append(t.headers, subgraphs.Header{Name: name, Value: value})
}

// grow makes sure that what is appended next does not move what headers refer
// to; a new block leaves the old one to them.
func (t *trace) grow(n int) int {
	if cap(t.text)-len(t.text) < n {
		t.text = make([]byte, 0, max(n, 256))
	}
	return len(t.text)
}

func appendSpan(dst []byte, span uint64) []byte {
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], span)
	return hex.AppendEncode(dst, id[:])
}

// extractW3C reads traceparent, W3C Trace Context, section 3.2. A version from
// the future may be longer.
func extractW3C(t *trace, h http.Header) bool {
	v := get(h, "Traceparent")
	if len(v) < 55 || v[2] != '-' || v[35] != '-' || v[52] != '-' || v[:2] == "ff" || len(v) > 55 && (v[:2] == "00" || v[55] != '-') {
		return false
	}
	if _, ok := hexNumber(v[:2]); !ok {
		return false
	}
	flags, ok := hexNumber(v[53:55])
	if !ok || !t.take(v[3:35], v[36:52]) {
		return false
	}
	t.sampled = flags&1 != 0
	if state := h["Tracestate"]; len(state) == 1 && len(state[0]) <= 512 {
		t.state = state[0]
	}
	return true
}

func injectW3C(t *trace, span uint64) {
	from := t.grow(55)
	t.text = hex.AppendEncode(append(t.text, "00-"...), t.id[:])
	t.text = appendSpan(append(t.text, '-'), span)
	t.text = append(t.text, "-00"...)
	if t.sampled {
		t.text[len(t.text)-1] = '1'
	}
	t.add("Traceparent", from)
	if t.state != "" {
		t.addFixed("Tracestate", t.state)
	}
}

// extractB3 reads both forms; the single header wins.
func extractB3(t *trace, h http.Header) bool {
	if v := get(h, "B3"); v != "" {
		parts := [4]string{}
		n := 0
		for i, from := 0, 0; i <= len(v) && n < len(parts); i++ {
			if i == len(v) || v[i] == '-' {
				parts[n] = v[from:i]
				n, from = n+1, i+1
			}
		}
		if n < 2 || !t.take(parts[0], parts[1]) {
			return false
		}
		t.sampled = parts[2] == "1" || parts[2] == "d"
		return true
	}
	if !t.take(get(h, "X-B3-Traceid"), get(h, "X-B3-Spanid")) {
		return false
	}
	t.sampled = get(h, "X-B3-Sampled") == "1" || get(h, "X-B3-Flags") == "1"
	return true
}

func injectB3(t *trace, span uint64) {
	from := t.grow(51)
	t.text = append(hex.AppendEncode(t.text, t.id[:]), '-')
	t.text = append(appendSpan(t.text, span), '-', t.bit())
	t.add("B3", from)
}

func injectB3Multi(t *trace, span uint64) {
	from := t.grow(32)
	t.text = hex.AppendEncode(t.text, t.id[:])
	t.add("X-B3-Traceid", from)
	from = t.grow(16)
	t.text = appendSpan(t.text, span)
	t.add("X-B3-Spanid", from)
	t.addFixed("X-B3-Sampled", t.bitText())
}

func (t *trace) bit() byte { return t.bitText()[0] }

func (t *trace) bitText() string {
	if t.sampled {
		return "1"
	}
	return "0"
}

// extractDatadog reads decimal ids of 64 bits; the upper half of a trace's may
// stand among the tags.
func extractDatadog(t *trace, h http.Header) bool {
	low, err := strconv.ParseUint(get(h, "X-Datadog-Trace-Id"), 10, 64)
	if err != nil || low == 0 {
		return false
	}
	parent, err := strconv.ParseUint(get(h, "X-Datadog-Parent-Id"), 10, 64)
	if err != nil || parent == 0 {
		return false
	}
	var high uint64
	const tag = "_dd.p.tid="
	tags := get(h, "X-Datadog-Tags")
	for i := 0; i+len(tag)+16 <= len(tags); i++ {
		if tags[i:i+len(tag)] == tag {
			high, _ = hexNumber(tags[i+len(tag) : i+len(tag)+16])
			break
		}
	}
	binary.BigEndian.PutUint64(t.id[:8], high)
	binary.BigEndian.PutUint64(t.id[8:], low)
	t.parent = parent
	priority := get(h, "X-Datadog-Sampling-Priority")
	t.sampled = priority == "1" || priority == "2"
	return true
}

func injectDatadog(t *trace, span uint64) {
	from := t.grow(20)
	t.text = strconv.AppendUint(t.text, binary.BigEndian.Uint64(t.id[8:]), 10)
	t.add("X-Datadog-Trace-Id", from)
	from = t.grow(20)
	t.text = strconv.AppendUint(t.text, span, 10)
	t.add("X-Datadog-Parent-Id", from)
	t.addFixed("X-Datadog-Sampling-Priority", t.bitText())
	if high := binary.BigEndian.Uint64(t.id[:8]); high != 0 {
		from = t.grow(26)
		t.text = appendSpan(append(t.text, "_dd.p.tid="...), high)
		t.add("X-Datadog-Tags", from)
	}
}

// take reads ids in hexadecimal: a trace's of 32 or 16 digits, a span's of 16.
// Zeros are no ids.
func (t *trace) take(id, parent string) bool {
	var high uint64
	low, ok := hexNumber(id)
	if len(id) == 32 {
		var also bool
		high, ok = hexNumber(id[:16])
		low, also = hexNumber(id[16:])
		ok = ok && also
	}
	span, whole := hexNumber(parent)
	if !ok || !whole || len(id) != 16 && len(id) != 32 || len(parent) != 16 || high|low == 0 || span == 0 {
		return false
	}
	binary.BigEndian.PutUint64(t.id[:8], high)
	binary.BigEndian.PutUint64(t.id[8:], low)
	t.parent = span
	return true
}

// hexNumber reads lower-case digits, up to 16.
func hexNumber(s string) (n uint64, ok bool) {
	if s == "" || len(s) > 16 {
		return 0, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			n = n<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
