package telemetry

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/weftql/weft/fault"
)

// line is one line of the access log under construction: a JSON object, or
// key=value pairs as slog's text handler writes them.
type line struct {
	buf  []byte
	json bool
	// first says that no pair stands yet.
	first bool
}

func (l *line) begin() {
	l.buf, l.first = l.buf[:0], true
	if l.json {
		l.buf = append(l.buf, '{')
	}
}

func (l *line) end() {
	if l.json {
		l.buf = append(l.buf, '}')
	}
	l.buf = append(l.buf, '\n')
}

// key starts a pair. Keys are the configuration's and ours: they need no
// escapes.
func (l *line) key(name string) {
	switch {
	case l.json && l.first:
		l.buf = append(append(append(l.buf, '"'), name...), '"', ':')
	case l.json:
		l.buf = append(append(append(l.buf, ',', '"'), name...), '"', ':')
	case l.first:
		l.buf = append(append(l.buf, name...), '=')
	default:
		l.buf = append(append(append(l.buf, ' '), name...), '=')
	}
	l.first = false
}

// maxValue bounds what a client chose, in bytes; chosen.
const maxValue = 256

// text writes a pair whose value is somebody else's text.
func (l *line) text(name, value string) {
	if value == "" {
		return
	}
	l.key(name)
	l.value(bounded(value))
}

// bytes is text for bytes that nobody keeps.
func (l *line) bytes(name string, value []byte) {
	l.text(name, unsafe.String(unsafe.SliceData(value), len(value)))
}

// value writes a text, quoted where it must be.
func (l *line) value(value string) {
	switch {
	case l.json && plain(value):
		l.buf = append(append(append(l.buf, '"'), value...), '"')
	case l.json:
		l.buf = fault.AppendString(l.buf, value)
	case plain(value):
		l.buf = append(l.buf, value...)
	default:
		l.buf = strconv.AppendQuote(l.buf, value)
	}
}

// bounded cuts a text that is too long, between characters.
func bounded(value string) string {
	if len(value) <= maxValue {
		return value
	}
	cut := maxValue
	for cut > maxValue-utf8.UTFMax && !utf8.RuneStart(value[cut]) {
		cut--
	}
	return value[:cut] + "…"
}

// plain reports whether a text stands for itself in both forms.
func plain(value string) bool {
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c >= unicode.MaxASCII || c == '"' || c == '\\' || c == '=' {
			return false
		}
	}
	return value != ""
}

func (l *line) number(name string, n int64) {
	l.key(name)
	l.buf = strconv.AppendInt(l.buf, n, 10)
}

// milliseconds writes a duration in ms, to the microsecond.
func (l *line) milliseconds(name string, d time.Duration) {
	l.key(name)
	us := d.Microseconds()
	l.buf = strconv.AppendInt(l.buf, us/1000, 10)
	l.buf = append(l.buf, '.', digit(us/100), digit(us/10), digit(us))
}

func digit(n int64) byte { return '0' + byte(n%10) }

// time writes a moment as RFC 3339 does, in UTC, to the millisecond.
func (l *line) time(name string, t time.Time) {
	l.key(name)
	if l.json {
		l.buf = append(l.buf, '"')
	}
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	ms := t.Nanosecond() / int(time.Millisecond)
	l.buf = append(l.buf, digit(int64(year/1000)), digit(int64(year/100)), digit(int64(year/10)), digit(int64(year)), '-')
	l.buf = append(two(append(two(l.buf, int(month)), '-'), day), 'T')
	l.buf = append(two(append(two(append(two(l.buf, hour), ':'), minute), ':'), second), '.')
	l.buf = append(two(append(l.buf, digit(int64(ms/100))), ms%100), 'Z')
	if l.json {
		l.buf = append(l.buf, '"')
	}
}

func two(dst []byte, n int) []byte { return append(dst, digit(int64(n/10)), digit(int64(n))) }
