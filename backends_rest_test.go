package weft_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// restBackend answers from a script: blocks, separated by blank lines, of a
// request, a head and a body.
//
//	POST /books {"ids":["1"]}     method, URL, and the body if it must be this one
//	200 application/json          status, content type, further headers as Name=value
//	[{"id":"1"}]                  or {{endless}}, {{stall}}, {{hang up}}
//
// What no block is for gets 404. It notes what it was asked.
type restBackend struct {
	t      *testing.T
	blocks []restBlock

	mu    sync.Mutex
	calls []string
}

type restBlock struct {
	request, body string
	status        int
	header        http.Header
	answer        string
}

func newRESTBackend(t *testing.T, script string) *restBackend {
	t.Helper()
	b := &restBackend{t: t}
	for _, text := range strings.Split(strings.TrimSpace(script), "\n\n") {
		lines := strings.SplitN(text, "\n", 3)
		if len(lines) < 2 {
			t.Fatalf("a block of a REST backend has a request and a head: %q", text)
		}
		words := strings.SplitN(lines[0], " ", 3)
		block := restBlock{request: strings.Join(words[:2], " "), header: http.Header{}}
		if len(words) == 3 {
			block.body = words[2]
		}
		head := strings.Fields(lines[1])
		var err error
		if block.status, err = strconv.Atoi(head[0]); err != nil {
			t.Fatal(err)
		}
		for i, word := range head[1:] {
			if name, value, ok := strings.Cut(word, "="); ok && i > 0 {
				block.header.Set(name, value)
				continue
			}
			block.header.Set("Content-Type", word)
		}
		if len(lines) == 3 {
			block.answer = lines[2]
		}
		b.blocks = append(b.blocks, block)
	}
	return b
}

func (b *restBackend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // cut short, it matches no block
	request := r.Method + " " + r.URL.RequestURI()
	b.note(request, body, r.Header)
	i := slices.IndexFunc(b.blocks, func(c restBlock) bool {
		return c.request == request && (c.body == "" || c.body == string(body))
	})
	if i < 0 {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	block := b.blocks[i]
	for name, values := range block.header {
		w.Header()[name] = values
	}
	w.WriteHeader(block.status)
	switch block.answer {
	case "{{endless}}":
		chunk := bytes.Repeat([]byte(`"x",`), 1<<16)
		_, err := io.WriteString(w, "[")
		for err == nil { // until the gateway hangs up
			_, err = w.Write(chunk)
		}
	case "{{stall}}":
		_, _ = io.WriteString(w, `{"id":`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	case "{{hang up}}":
		panic(http.ErrAbortHandler)
	default:
		_, _ = io.WriteString(w, block.answer) // the gateway may have gone
	}
}

// note remembers a request: body and the headers tests send on behind it.
func (b *restBackend) note(request string, body []byte, header http.Header) {
	line := request
	if len(body) > 0 {
		line += " " + string(body)
	}
	var sent []string
	for name, values := range header {
		if strings.HasPrefix(name, "X-") || name == "Authorization" {
			sent = append(sent, name+"="+strings.Join(values, "+"))
		}
	}
	slices.Sort(sent)
	for _, h := range sent {
		line += " " + h
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, line)
}

// said returns the requests in alphabetical order, one per line.
func (b *restBackend) said() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.Sort(b.calls)
	return strings.Join(b.calls, "\n") + "\n"
}
