package overlay

import (
	"math"
	"net/http"
	"testing"

	"github.com/weftql/weft/caller"
)

// TestMoney: amounts as people of a language write them.
func TestMoney(t *testing.T) {
	for _, c := range []struct {
		amount           any
		currency, locale string
		want             string
	}{
		{1234.5, "EUR", "en-US", "€1,234.50"},
		{1234.5, "USD", "en", "$1,234.50"},
		{-1234.5, "USD", "en", "-$1,234.50"},
		{1234.5, "EUR", "de-DE", "1.234,50\u00a0€"},
		{1234567, "EUR", "fr", "1\u202f234\u202f567,00\u00a0€"},
		{1234.5, "EUR", "de-AT", "€\u00a01\u00a0234,50"},
		{1234.5, "CHF", "de-CH", "CHF\u00a01’234.50"},
		{1234, "EUR", "es", "1234,00\u00a0€"},
		{12345, "EUR", "es", "12.345,00\u00a0€"},
		{999, "JPY", "ja", "¥999"},
		{0.5, "KWD", "en", "KWD\u00a00.500"},
		{1.005, "USD", "en", "$1.01"},
		{-0.001, "USD", "en", "$0.00"},
		{10, "BRL", "pt-BR", "R$\u00a010,00"},
		{10, "usd", "xx-YY", "$10.00"},
	} {
		got, err := formatMoney(c.amount, c.currency, c.locale)
		if err != nil || got != c.want {
			t.Errorf("money(%v, %s, %s) = %q, %v, want %q", c.amount, c.currency, c.locale, got, err, c.want)
		}
	}
	for _, bad := range [][]any{{"1", "EUR"}, {1.0, "EU"}, {1.0, "€€€"}} {
		if _, err := formatMoney(bad...); err == nil {
			t.Errorf("money(%v) works", bad)
		}
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		f      float64
		digits int
		want   float64
	}{{2.5, 0, 3}, {-2.5, 0, -3}, {1.005, 2, 1.01}, {2.675, 2, 2.68}, {1.0049, 2, 1}, {1e15, 2, 1e15}, {0.125, 2, 0.13}, {-0.4, 0, 0}} {
		got, err := round(c.f, c.digits)
		if err != nil || got.(float64) != c.want {
			t.Errorf("round(%v, %d) = %v, %v, want %v", c.f, c.digits, got, err, c.want)
		}
	}
	if _, err := round(math.NaN()); err == nil {
		t.Log("NaN stays NaN; the field's type refuses it")
	}
}

func TestFormatDate(t *testing.T) {
	for _, c := range []struct{ date, pattern, zone, want string }{
		{"2026-03-04T05:06:07Z", "yyyy-MM-dd", "", "2026-03-04"},
		{"2026-03-04T23:06:07Z", "d.M.yy HH:mm", "+02:00", "5.3.26 01:06"},
		{"2026-03-04", "EEEE, d MMMM yyyy", "", "Wednesday, 4 March 2026"},
		{"2026-03-04T05:06:07.089Z", "hh:mm:ss.SSS a 'o''clock'", "", "05:06:07.089 AM oclock"},
		{"2026-07-01T12:00:00Z", "HH:mm XXX", "Europe/Berlin", "14:00 +02:00"},
	} {
		args := []any{c.date, c.pattern}
		if c.zone != "" {
			args = append(args, c.zone)
		}
		got, err := formatDate(args...)
		if err != nil || got != c.want {
			t.Errorf("formatDate(%s, %s, %s) = %v, %v, want %s", c.date, c.pattern, c.zone, got, err, c.want)
		}
	}
	for _, bad := range [][]any{{"yesterday", "yyyy"}, {"2026-03-04", "QQ"}, {"2026-03-04", "'x"}, {"2026-03-04", "yyyy", "../etc/passwd"}, {"2026-03-04", "yyyy", "Local"}} {
		if got, err := formatDate(bad...); err == nil {
			t.Errorf("formatDate(%v) = %v", bad, got)
		}
	}
}

func TestLocale(t *testing.T) {
	for header, want := range map[string]string{"": "en", "*": "en", "de-AT": "de-AT", "fr;q=0.9, en": "fr", " da , en;q=0.7": "da"} {
		c := &caller.Caller{Header: http.Header{"Accept-Language": {header}}}
		if got := localeOf(c); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
	if localeOf(nil) != "en" {
		t.Error("nobody speaks no English")
	}
}

// TestTextsAreBounded: whatever an expression does, what it makes is bounded.
func TestTextsAreBounded(t *testing.T) {
	long := make([]byte, maxText/2+1)
	for i := range long {
		long[i] = 'x'
	}
	list := []any{string(long), string(long)}
	for name, err := range map[string]error{
		"+":       second(concat(string(long), string(long))),
		"add":     second(add(string(long), string(long))),
		"join":    second(join(list, ",")),
		"replace": second(replace(string(long), "x", "xyz")),
	} {
		if err == nil {
			t.Errorf("%s makes a text of any length", name)
		}
	}
}

func second(_ any, err error) error { return err }
