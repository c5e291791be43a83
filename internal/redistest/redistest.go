// Package redistest starts a real Redis for tests, and a way to it that can be
// slow.
package redistest

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Server is a real Redis on a loopback port, without persistence.
type Server struct {
	Address string
	command *exec.Cmd
}

// Start runs a server until the test ends; address is "" for any free port.
func Start(t testing.TB, address string) *Server {
	t.Helper()
	if address == "" {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address = l.Addr().String()
		_ = l.Close()
	}
	_, port, _ := net.SplitHostPort(address)
	s := &Server{Address: address}
	s.command = exec.CommandContext(t.Context(), "redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	out, err := s.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatalf("%v; the tests need the package redis-server", err)
	}
	t.Cleanup(s.Stop)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the server
			return s
		}
	}
	t.Fatal("redis-server does not start")
	return nil
}

// Stop ends the server, once or more often.
func (s *Server) Stop() {
	if s.command.ProcessState == nil {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
	}
}

// Proxy stands between a store and Redis and can hold what passes back.
type Proxy struct {
	Address string
	// Delay is added to what passes, in nanoseconds.
	Delay   atomic.Int64
	closing chan struct{}
}

// NewProxy listens until the test ends and passes everything to an address.
func NewProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: l.Addr().String(), closing: make(chan struct{})}
	t.Cleanup(func() { close(p.closing); _ = l.Close() })
	go func() { // ends with the listener
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			onward, err := new(net.Dialer).DialContext(t.Context(), "tcp", to)
			if err != nil {
				_ = from.Close()
				continue
			}
			go p.pass(from, onward) // ends with either connection
			go p.pass(onward, from)
		}
	}()
	return p
}

func (p *Proxy) pass(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if d := p.Delay.Load(); d > 0 {
			select {
			case <-time.After(time.Duration(d)):
			case <-p.closing:
				return
			}
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
