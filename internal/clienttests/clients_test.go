// Package clienttests runs public GraphQL clients against a gateway.
package clienttests

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/examples/shop"
)

// TestClients has the npm clients graphql-ws and graphql-sse run queries,
// mutations and subscriptions against a gateway over the shop, cancel them, and
// find it again after a restart. The cases are in clients.mjs.
func TestClients(t *testing.T) {
	if testing.Short() {
		t.Skip("installs npm packages")
	}
	install(t)
	g := startGateway(t, nil)
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := g.restart(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	defer control.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var complaints bytes.Buffer
	command := exec.CommandContext(ctx, "node", "clients.mjs", g.address, control.URL)
	command.Stderr = &complaints
	output, err := command.Output()
	cases := 0
	for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); cases++ {
		name, reason, failed := strings.Cut(strings.TrimPrefix(lines.Text(), "not "), ": |")
		t.Run(strings.TrimPrefix(name, "ok "), func(t *testing.T) {
			if failed || strings.HasPrefix(lines.Text(), "not ") {
				t.Error(lines.Text(), reason)
			}
		})
	}
	if err != nil || cases < 19 {
		t.Errorf("%d cases, %v: %s\n%s", cases, err, complaints.String(), g.log.String())
	}
}

// install puts the pinned packages in place, once for a lock file.
func install(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not installed")
	}
	want, err := os.Stat("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if have, err := os.Stat("node_modules/.package-lock.json"); err == nil && have.ModTime().After(want.ModTime()) {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if output, err := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		t.Fatalf("npm ci failed: %v\n%s", err, output)
	}
}

// gateway is a process over the shop that can be restarted at its address.
type gateway struct {
	address string
	shop    *shop.Shop
	change  func(*config.Config) // what the configuration has beside the subgraphs; may be nil
	log     logBuffer
	mu      sync.Mutex
	stop    context.CancelFunc
	done    chan error
}

func startGateway(t *testing.T, change func(*config.Config)) *gateway {
	t.Helper()
	s, err := shop.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{address: "127.0.0.1:0", shop: s, change: change}
	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.end(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// settings are the configuration the gateway is started with.
func (g *gateway) settings() *config.Config {
	settings := &config.Config{}
	settings.Listeners.Public.Address, settings.Listeners.Admin.Address = g.address, "-"
	for _, sub := range g.shop.Subgraphs {
		entry := config.Subgraph{Name: sub.Name, URL: sub.URL}
		if sub.Source != "" {
			entry = config.Subgraph{Name: sub.Name, Schema: config.SchemaRef{Text: sub.SDL},
				Sources: map[string]config.ConnectorSource{sub.Source: {OverrideURL: sub.URL}}}
		}
		settings.Subgraphs.List = append(settings.Subgraphs.List, entry)
	}
	if g.change != nil {
		g.change(settings)
	}
	return settings
}

func (g *gateway) start() error {
	ctx, stop := context.WithCancel(context.Background())
	p, err := weft.Start(ctx, g.settings(), false, slog.New(slog.NewTextHandler(&g.log, nil)))
	if err != nil {
		stop()
		return err
	}
	g.address, g.stop, g.done = p.Addr(), stop, make(chan error, 1)
	go func() { g.done <- p.Run(ctx) }() // ends with stop
	return nil
}

func (g *gateway) end() error {
	g.stop()
	return <-g.done
}

func (g *gateway) restart() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.end(); err != nil {
		return err
	}
	return g.start()
}

// logBuffer may be written by several goroutines.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
