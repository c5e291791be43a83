package overlay

import (
	"errors"
	"strings"
	"time"
)

// Dates are texts: RFC 3339, or a date alone. A pattern is made of letters as
// in Unicode's (yyyy-MM-dd HH:mm); other letters stand in quotes.

var errDate = errors.New("not a date")

// dateForms are the texts that are dates.
var dateForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly}

// formatDate is formatDate(text, pattern, zone). The zone is a name such as
// Europe/Berlin or an offset such as +02:00; without one the date's own.
func formatDate(args ...any) (any, error) {
	text, _ := args[0].(string) // the types were checked when it was compiled
	at, err := parseDate(text)
	if err != nil {
		return nil, err
	}
	if len(args) > 2 {
		name, _ := args[2].(string)
		zone, err := zoneOf(name)
		if err != nil {
			return nil, err
		}
		at = at.In(zone)
	}
	pattern, _ := args[1].(string)
	return writeDate(at, pattern)
}

func parseDate(s string) (time.Time, error) {
	for _, form := range dateForms {
		if at, err := time.Parse(form, s); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errDate
}

// zoneOf reads a time zone. Names are looked up in what is built in and in the
// system's files, never by a path.
func zoneOf(name string) (*time.Location, error) {
	if at, err := time.Parse("-07:00", name); err == nil {
		return at.Location(), nil
	}
	if name == "" || name == "Local" || strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
		return nil, errors.New("not a time zone")
	}
	return time.LoadLocation(name)
}

// patterns are the letters of a pattern and how Go writes them, longest first.
var patterns = []struct{ letters, form string }{
	{"yyyy", "2006"}, {"yy", "06"},
	{"MMMM", "January"}, {"MMM", "Jan"}, {"MM", "01"}, {"M", "1"},
	{"dd", "02"}, {"d", "2"},
	{"EEEE", "Monday"}, {"EEE", "Mon"},
	{"HH", "15"}, {"hh", "03"}, {"h", "3"},
	{"mm", "04"}, {"m", "4"}, {"ss", "05"}, {"s", "5"}, {"SSS", "000"},
	{"a", "PM"}, {"XXX", "Z07:00"}, {"zzz", "MST"},
}

// writeDate writes a date by a pattern.
func writeDate(at time.Time, pattern string) (string, error) {
	var b strings.Builder
next:
	for i := 0; i < len(pattern); {
		c := pattern[i]
		if c == '\'' {
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return "", errors.New("a quote in the pattern does not end")
			}
			b.WriteString(pattern[i+1 : i+1+end])
			i += end + 2
			continue
		}
		if c < 'A' || c > 'Z' && c < 'a' || c > 'z' {
			b.WriteByte(c)
			i++
			continue
		}
		for _, p := range patterns {
			if strings.HasPrefix(pattern[i:], p.letters) {
				if p.letters == "SSS" {
					b.WriteString(at.Format(".000")[1:])
				} else {
					b.WriteString(at.Format(p.form))
				}
				i += len(p.letters)
				continue next
			}
		}
		return "", errors.New("the pattern has a letter that stands for nothing")
	}
	return b.String(), nil
}
