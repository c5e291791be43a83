// Package acceptance starts servers that nobody of this project wrote, for the
// tests that run weft's connectors against them: etcd, Prometheus, json-server
// and three of grpc-go's servers.
//
// Every server listens on a free loopback port, is started once per test run
// and stopped by its pid. Between it and weft stands a [Proxy] that counts.
package acceptance

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Backends starts servers on demand. Close stops what was started.
type Backends struct {
	dir     string // for their data
	modules string // the folder of the module that pins the gRPC servers
	node    string // the folder with node_modules

	mu      sync.Mutex
	started map[string]*server
}

// server is one started process, or why it did not start.
type server struct {
	address string
	command *exec.Cmd
	err     error
}

// New returns backends that keep their data below dir.
func New(dir, source string) *Backends {
	return &Backends{dir: dir, modules: filepath.Join(source, "servers"), node: source, started: map[string]*server{}}
}

// Names are the servers there are.
func Names() []string {
	return []string{"etcd", "prometheus", "json_server", "interop", "route_guide", "reflection"}
}

// Start returns the address of a server, starting it if need be.
func (b *Backends) Start(ctx context.Context, name string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.started[name]
	if s == nil {
		s = &server{}
		s.address, s.err = free(ctx)
		if s.err == nil {
			s.command, s.err = b.run(ctx, name, s.address)
		}
		if s.err == nil {
			s.err = answers(ctx, name, s.address)
		}
		b.started[name] = s
	}
	if s.err != nil {
		return "", fmt.Errorf("%s: %w", name, s.err)
	}
	return s.address, nil
}

// Close stops the servers.
func (b *Backends) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.started {
		if s.command == nil || s.command.Process == nil {
			continue
		}
		_ = s.command.Process.Kill() // it may have ended by itself
		_ = s.command.Wait()         // reports the kill
	}
}

// run starts the process of a server.
func (b *Backends) run(ctx context.Context, name, address string) (*exec.Cmd, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	program, arguments, err := b.commandLine(ctx, name, address, dir)
	if err != nil {
		return nil, err
	}
	output, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }()          // the process has its own handle
	command := exec.Command(program, arguments...) //nolint:noctx // it outlives the test that needs it first; Close stops it
	command.Dir, command.Stdout, command.Stderr = dir, output, output
	return command, command.Start()
}

func (b *Backends) commandLine(ctx context.Context, name, address, dir string) (program string, arguments []string, err error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", nil, err
	}
	switch name {
	case "etcd":
		peer, err := free(ctx)
		if err != nil {
			return "", nil, err
		}
		url := "http://" + address
		return "etcd", []string{"--data-dir", filepath.Join(dir, "data"), "--listen-client-urls", url, "--advertise-client-urls", url,
			"--listen-peer-urls", "http://" + peer, "--initial-advertise-peer-urls", "http://" + peer, "--initial-cluster", "default=http://" + peer}, nil
	case "prometheus":
		file := filepath.Join(dir, "prometheus.yml")
		if err := os.WriteFile(file, []byte("scrape_configs: []\n"), 0o644); err != nil {
			return "", nil, err
		}
		return "prometheus", []string{"--config.file", file, "--storage.tsdb.path", filepath.Join(dir, "data"), "--web.listen-address", address}, nil
	case "json_server":
		file := filepath.Join(dir, "db.json")
		if err := os.WriteFile(file, []byte(library), 0o644); err != nil {
			return "", nil, err
		}
		return "node", []string{filepath.Join(b.node, "node_modules", "json-server", "lib", "cli", "bin.js"), "--host", "127.0.0.1", "--port", port, "--quiet", file}, nil
	}
	binary, err := b.build(ctx, name, dir)
	return binary, []string{"-port", port}, err
}

// packages are the gRPC servers of the module in servers.
var packages = map[string]string{
	"interop":     "google.golang.org/grpc/interop/server",
	"route_guide": "google.golang.org/grpc/examples/route_guide/server",
	"reflection":  "google.golang.org/grpc/examples/features/reflection/server",
}

func (b *Backends) build(ctx context.Context, name, dir string) (string, error) {
	binary := filepath.Join(dir, "server")
	return binary, b.golang(ctx, "build", "-o", binary, packages[name])
}

// golang runs the go command in the module of the gRPC servers.
func (b *Backends) golang(ctx context.Context, arguments ...string) error {
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = b.modules
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", arguments[0], err, output)
	}
	return nil
}

// free returns a loopback address nobody listens on.
func free(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := l.Addr().String()
	return address, l.Close()
}

// answers waits until the server does its work.
func answers(ctx context.Context, name, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ready(ctx, name, address) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it is not ready at %s after a minute", address)
		case <-tick.C:
		}
	}
}

// ready asks Prometheus, which listens before it is, and knocks at the others.
func ready(ctx context.Context, name, address string) bool {
	if name != "prometheus" {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", address)
		return err == nil && c.Close() == nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/-/ready", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

// library is what json-server serves: a hundred books by ten authors.
var library = func() string {
	books, authors := "", ""
	for i := 1; i <= 100; i++ {
		if i > 1 {
			books += ","
		}
		books += `{"id":` + strconv.Itoa(i) + `,"title":"Book ` + strconv.Itoa(i) + `","authorId":"a` + strconv.Itoa(i%10) + `","pages":` + strconv.Itoa(100+i) + `}`
	}
	for i := range 10 {
		if i > 0 {
			authors += ","
		}
		authors += `{"id":"a` + strconv.Itoa(i) + `","name":"Author ` + strconv.Itoa(i) + `"}`
	}
	return `{"books":[` + books + `],"authors":[` + authors + `],"notes":[]}`
}()
