package weft_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
)

// TestEndToEnd plays testdata/e2e: a configuration, subgraphs played from a
// schema and data over HTTP, requests, and what comes back. See script below
// for the words of requests.txt.
func TestEndToEnd(t *testing.T) {
	golden.Run(t, "testdata/e2e", []string{"responses.txt", "startup.txt", "fetches.txt", "calls.txt", "log.txt"}, func(t *testing.T, c *golden.Case) {
		s := newStage(t, c)
		p, err := s.start(c)
		if err != nil {
			c.Output(t, "startup.txt", s.clean(describeError(err)))
			return
		}
		stop := s.run(p)
		c.Output(t, "responses.txt", s.script(c))
		stop()
		if _, wanted := c.Input("fetches.txt"); wanted {
			c.Output(t, "fetches.txt", s.backends.counts())
		}
		if _, wanted := c.Input("calls.txt"); wanted {
			c.Output(t, "calls.txt", s.backends.calls())
		}
		if _, wanted := c.Input("log.txt"); wanted {
			c.Output(t, "log.txt", s.clean(s.log.String()))
		}
	})
}

// stage is one case: its folder, its backends and its gateway.
type stage struct {
	t        *testing.T
	dir      string
	backends *backends
	process  *weft.Process
	log      logBuffer
}

// newStage unpacks the case's files and starts its backends.
func newStage(t *testing.T, c *golden.Case) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir()}
	for _, name := range c.Inputs("") {
		s.write(name, c.Must(t, name))
	}
	s.backends = startBackends(t, c)
	return s
}

func (s *stage) write(name, text string) {
	s.t.Helper()
	file := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// start builds the process from weft.yaml, in which ${env:NAME} is the URL of
// the backend NAME; without that file, every backend is a subgraph.
func (s *stage) start(c *golden.Case) (*weft.Process, error) {
	text, ok := c.Input("weft.yaml")
	if !ok {
		text = s.backends.config()
	}
	settings, err := config.Parse(filepath.Join(s.dir, "weft.yaml"), []byte(text), config.Environment{
		Lookup: func(name string) (string, bool) { url, ok := s.backends.urls[name]; return url, ok }, ReadFile: os.ReadFile})
	if err != nil {
		return nil, err
	}
	if supergraph := filepath.Join(s.dir, "supergraph.graphql"); len(settings.Graphs) == 0 {
		if _, err := os.Stat(supergraph); err == nil {
			settings.Graphs = []config.Graph{{Supergraph: config.Supergraph{File: supergraph}}}
		}
	}
	settings.Listeners.Public.Address, settings.Listeners.Admin.Address = "127.0.0.1:0", "127.0.0.1:0"
	log := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	s.process, err = weft.Start(s.t.Context(), settings, c.Header("dev") == "on", log)
	return s.process, err
}

// run serves until the returned function is called.
func (s *stage) run(p *weft.Process) func() {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }() // ends with cancel
	return func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the process ended with %v", err)
		}
	}
}

// script plays the blocks of requests.txt, which blank lines separate:
//
//	? OPERATION            POST it; lines "variables: JSON", "name: N" and
//	                       "Header: value" may follow; "show: Header" prints
//	                       a header of the answer, if it has it
//	METHOD PATH            any request; headers, then lines "> body"
//	readyz                 ask the admin listener
//	replace FILE SECTION   write a section over a file and reload
//	restart DATA           as replace, for the data of a backend
//
// In a block {{aliases N}}, {{levels N FIELD}}, {{repeat N TEXT}} and
// {{byte XX}} stand for long or unprintable text.
func (s *stage) script(c *golden.Case) string {
	var out strings.Builder
	for _, block := range strings.Split(strings.TrimSpace(c.Must(s.t, "requests.txt")), "\n\n") {
		out.WriteString(block + "\n" + s.clean(s.play(c, block)) + "\n\n")
	}
	return out.String()
}

func (s *stage) play(c *golden.Case, block string) string {
	s.t.Helper()
	lines := strings.Split(block, "\n")
	word, rest, _ := strings.Cut(lines[0], " ")
	switch word {
	case "readyz":
		return s.send(http.MethodGet, "http://"+s.process.AdminAddr()+"/readyz", nil, "")
	case "replace":
		file, section, _ := strings.Cut(rest, " ")
		s.write(file, c.Must(s.t, section))
		if err := s.process.Gateway.Reload(s.t.Context()); err != nil {
			return describeError(err)
		}
		return "reloaded"
	}
	header, body := http.Header{}, ""
	variables, name := "", ""
	var shown []string
	for _, line := range lines[1:] {
		if text, ok := strings.CutPrefix(line, "> "); ok {
			body += text
			continue
		}
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "variables":
			variables = `,"variables":` + value
		case "name":
			name = `,"operationName":"` + value + `"`
		case "show":
			shown = append(shown, value)
		default:
			header.Add(key, value)
		}
	}
	if word == "?" {
		body = `{"query":` + string(fault.AppendString(nil, generate(s.t, rest))) + name + variables + `}`
		word, rest = http.MethodPost, "/graphql"
	}
	if word == http.MethodPost && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	return s.send(word, "http://"+s.process.Addr()+rest, header, generate(s.t, body), shown...)
}

// send prints status, content type, the headers named and the body.
func (s *stage) send(method, url string, header http.Header, body string, shown ...string) string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	const limit = 1500
	if len(answer) > limit {
		answer = fmt.Appendf(answer[:limit:limit], "… (%d bytes)", len(answer))
	}
	head := strconv.Itoa(response.StatusCode) + " " + response.Header.Get("Content-Type") + "\n"
	for _, name := range shown {
		if value := strings.Join(response.Header.Values(name), ", "); value != "" {
			head += name + ": " + value + "\n"
		}
	}
	return strings.TrimSpace(head + strings.TrimSpace(string(answer)))
}

var generator = regexp.MustCompile(`\{\{(\w+) (\w+)(?: ([^}]*))?\}\}`)

// generate replaces the {{…}} of a block.
func generate(t *testing.T, text string) string {
	return generator.ReplaceAllStringFunc(text, func(found string) string {
		parts := generator.FindStringSubmatch(found)
		if parts[1] == "byte" {
			b, err := strconv.ParseUint(parts[2], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			return string([]byte{byte(b)})
		}
		n, err := strconv.Atoi(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		switch parts[1] {
		case "aliases":
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "a%d:__typename ", i)
			}
			return b.String()
		case "levels":
			return strings.Repeat(parts[3]+"{", n) + "__typename" + strings.Repeat("}", n)
		case "repeat":
			return strings.Repeat(parts[3], n)
		}
		t.Fatalf("unknown generator %s", found)
		return ""
	})
}

var (
	errorIDs   = regexp.MustCompile(`(errorId"?[:=]"?)[0-9a-f]{16}`)
	addresses  = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	requestIDs = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	times      = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:]+Z`)
)

// clean takes out what differs between runs.
func (s *stage) clean(text string) string {
	text = strings.ReplaceAll(text, s.dir+string(filepath.Separator), "")
	text = errorIDs.ReplaceAllString(text, "${1}ID")
	text = times.ReplaceAllString(text, "TIME")
	text = requestIDs.ReplaceAllString(text, "REQUEST")
	return addresses.ReplaceAllString(text, "ADDRESS")
}

// describeError prints one fault per line.
func describeError(err error) string {
	var list fault.List
	if !errors.As(err, &list) {
		return err.Error()
	}
	return list.Error()
}
