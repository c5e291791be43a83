package acceptance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/golden"
)

// TestConnectors plays testdata against the real servers. A case's weft.yaml
// names the servers it uses as ${env:NAME}, host:port of a counting proxy, and
// ${env:SERVICES}, the folder with the gRPC descriptions. Each block of
// requests.txt is an operation, POSTed, with lines "variables: JSON" and
// "header: value"; a subscription is read as server-sent events to its end, or
// until there were as many as a line "events: N" says. The answer is followed by
// what reached the servers.
func TestConnectors(t *testing.T) {
	needsServers(t)
	golden.Run(t, "testdata", []string{"responses.txt"}, func(t *testing.T, c *golden.Case) {
		s := &stage{t: t, proxies: map[string]*Proxy{}}
		s.start(c)
		var out strings.Builder
		for _, block := range strings.Split(strings.TrimSpace(c.Must(t, "requests.txt")), "\n\n") {
			t.Run(title(block), func(t *testing.T) {
				out.WriteString(block + "\n" + s.play(t, block) + "\n" + s.calls() + "\n")
			})
		}
		c.Output(t, "responses.txt", out.String())
	})
}

// stage is one case: its proxies and its gateway.
type stage struct {
	t       *testing.T
	dir     string
	proxies map[string]*Proxy
	process *weft.Process
}

func (s *stage) start(c *golden.Case) {
	s.t.Helper()
	s.dir = s.t.TempDir()
	for _, name := range c.Inputs("") {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(c.Must(s.t, name)), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	settings, err := config.Parse(filepath.Join(s.dir, "weft.yaml"), []byte(c.Must(s.t, "weft.yaml")),
		config.Environment{Lookup: s.lookup, ReadFile: os.ReadFile})
	if err != nil {
		s.t.Fatal(err)
	}
	// Descriptions are found beside the schema.
	for _, name := range []string{"protos", "interop.binpb"} {
		if err := os.Symlink(filepath.Join(services, name), filepath.Join(s.dir, name)); err != nil {
			s.t.Fatal(err)
		}
	}
	settings.Listeners.Public.Address, settings.Listeners.Admin.Address = "127.0.0.1:0", "127.0.0.1:0"
	if s.process, err = weft.Start(s.t.Context(), settings, true, slog.New(slog.DiscardHandler)); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.process.Run(ctx) }() // ends with cancel
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the process ended with %v", err)
		}
	})
}

// lookup is the environment of a case's configuration.
func (s *stage) lookup(name string) (string, bool) {
	address, err := running.Start(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.proxies[name] == nil {
		if s.proxies[name], err = NewProxy(address); err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(s.proxies[name].Close)
	}
	return s.proxies[name].Address(), true
}

// title names a block's test after its operation.
func title(block string) string {
	line, _, _ := strings.Cut(block, "\n")
	return line[:min(len(line), 60)]
}

// play sends one operation and prints the answer.
func (s *stage) play(t *testing.T, block string) string {
	t.Helper()
	body := map[string]any{}
	header := http.Header{"Content-Type": {"application/json"}}
	events := 0
	var query []string
	for _, line := range strings.Split(block, "\n") {
		switch key, value, _ := strings.Cut(line, ": "); {
		case !headerLine.MatchString(line):
			query = append(query, line)
		case key == "variables":
			body["variables"] = json.RawMessage(value)
		case key == "events":
			events, _ = strconv.Atoi(value)
		default:
			header.Set(key, value)
		}
	}
	body["query"] = strings.Join(query, "\n")
	if strings.HasPrefix(query[0], "subscription") {
		header.Set("Accept", "text/event-stream")
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.process.Addr()+"/graphql", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer := read(t, response.Body, events)
	const limit = 4000
	if len(answer) > limit {
		t.Fatalf("the answer has %d bytes, nobody will read that", len(answer))
	}
	return addresses.ReplaceAllString(strings.TrimSpace(answer), "ADDRESS")
}

// read returns the whole body, or its first events if there are to be so many;
// heartbeats are left out.
func read(t *testing.T, body io.Reader, events int) string {
	t.Helper()
	var out strings.Builder
	lines := bufio.NewReader(body)
	seen := 0
	for {
		line, err := lines.ReadString('\n')
		if !strings.HasPrefix(line, ":") {
			out.WriteString(line)
		}
		if strings.HasPrefix(line, "data:") {
			seen++
		}
		if errors.Is(err, io.EOF) || events > 0 && seen == events {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

var (
	headerLine = regexp.MustCompile(`^[a-z][a-z0-9-]*: `)
	addresses  = regexp.MustCompile(`127\.0\.0\.1:\d+`)
)

// calls prints what reached the servers since the last time.
func (s *stage) calls() string {
	var out strings.Builder
	for _, name := range Names() {
		if p := s.proxies[name]; p != nil {
			for _, call := range p.Calls() {
				out.WriteString("> " + name + ": " + call + "\n")
			}
		}
	}
	return out.String()
}
