package subgraphs

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// naiveEvents reads a whole stream as the HTML standard words it, with the two
// differences eventParser names.
func naiveEvents(stream string) []string {
	stream = strings.TrimPrefix(stream, "\ufeff")
	stream = strings.ReplaceAll(strings.ReplaceAll(stream, "\r\n", "\n"), "\r", "\n")
	var events []string
	name, data, some := "", "", false
	for _, line := range strings.Split(stream, "\n") {
		if line == "" {
			if name != "" || some {
				events = append(events, fmt.Sprintf("%q %q", name, strings.TrimSuffix(data, "\n")))
			}
			name, data, some = "", "", false
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			name = value
		case "data":
			data, some = data+value+"\n", true
		}
	}
	return events
}

// parseEvents feeds a stream in chunks of the given length.
func parseEvents(stream string, chunk int, limit int64) ([]string, error) {
	var events []string
	p := eventParser{limit: limit, emit: func(name string, data []byte) error {
		events = append(events, fmt.Sprintf("%q %q", name, data))
		return nil
	}}
	for rest := []byte(stream); len(rest) > 0; {
		n := min(chunk, len(rest))
		part := bytes.Clone(rest[:n])
		err := p.feed(part)
		clear(part) // it is not kept
		if err != nil {
			return events, err
		}
		rest = rest[n:]
	}
	return events, p.finish()
}

// FuzzEventStream holds the parser against the naive one, in chunks and at
// once. A blank line at the end makes what is cut off whole.
func FuzzEventStream(f *testing.F) {
	for _, seed := range []string{
		aOne, "\ufeff: x\r\n\r\ndata\ndata:\ndata: \r\rdata:  a\n\n", "event: complete\n\n", "id:1\nretry: 2\ndata:x",
		"event:next\r\ndata:{}\r\n\r\n", ":\n:\n\r\n\r", "data: a\n\r\nevent\n\n", "\ufeff\ufeffdata: a\n\n", "event: a\nevent:\n\n",
	} {
		f.Add(seed, 1)
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, stream string, chunk int) {
		chunk = max(1, chunk%64)
		whole := stream + "\n\n"
		if strings.HasSuffix(stream, "\r") {
			whole = stream + "\r\r" // else CRLF would be one end
		}
		want := strings.Join(naiveEvents(whole), "\n")
		for _, n := range []int{chunk, len(whole)} {
			events, err := parseEvents(whole, n, 1<<20)
			if got := strings.Join(events, "\n"); got != want || err != nil {
				t.Errorf("in chunks of %d: %v\n got %s\nwant %s", n, err, got, want)
			}
		}
		events, err := parseEvents(whole, chunk, 16)
		if !errors.Is(err, errEventSize) && strings.Join(events, "\n") != want {
			t.Errorf("with a limit: %v\n got %q\nwant %s", err, events, want)
		}
		if _, err := parseEvents(stream, chunk, 1<<20); err != nil {
			t.Error(err)
		}
	})
}

// FuzzMessage checks that no message panics, and that what is accepted has what
// its type needs.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","type":"next","payload":{"data":{}}}`, `{"type":"ping"}`, `{"id":"1","type":"error","payload":[{"message":1,"extensions":{"code":"A","x":[]}},null,"x"]}`,
		`{"id":"","type":"complete"}`, `{"type":"connection_ack","payload":null}`, `[]`, `{"payload":`, "",
	} {
		f.Add([]byte(seed))
	}
	source, err := NewHTTPSource(HTTPOptions{Name: "s", URL: "http://127.0.0.1/"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseMessage(text)
		if err != nil {
			if !errors.Is(err, errMessage) || len(shortened(err.Error())) > 123 {
				t.Error(err)
			}
			return
		}
		switch m.Type {
		case "next":
			if m.ID == "" || len(m.Payload) == 0 || m.Payload[0] != '{' {
				t.Errorf("%q", m)
			}
		case "error":
			if source.refusal(m.Payload) == nil {
				t.Error("no error")
			}
		}
	})
}
