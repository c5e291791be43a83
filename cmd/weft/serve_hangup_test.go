package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
)

// TestHangups sends many SIGHUPs: schemas are read again, although neither they
// nor the configuration are watched, and the process goes on.
func TestHangups(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a.graphql", "type Query { a: Int }")
	put("weft.yaml", `
listeners: { public: { address: "127.0.0.1:0" }, admin: { address: "127.0.0.1:0" } }
runtime: { watch: false }
graphs: [ { introspection: on } ]
subgraphs: { list: [ { name: a, url: "http://127.0.0.1:1", schema: a.graphql } ] }
`)
	load := func() (*config.Config, error) { return config.Load(filepath.Join(dir, "weft.yaml"), config.System()) }
	settings, err := load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, done := make(chan *weft.Process, 1), make(chan error, 1)
	go func() { // ends with stop
		done <- serve(ctx, settings, false, io.Discard, func(p *weft.Process) { p.Load = load; ready <- p })
	}()
	p := <-ready
	shows := func(field string) bool {
		response, err := http.Post("http://"+p.Addr()+"/graphql", "application/json", strings.NewReader(`{"query":"{__type(name:\"Query\"){fields{name}}}"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return bytes.Contains(text, []byte(`"`+field+`"`))
	}
	if !shows("a") { // it runs, so it listens for signals
		t.Fatal("the schema is not served")
	}
	put("a.graphql", "type Query { b: Int }")
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n := 0; !shows("b"); n++ {
		if n == 2000 {
			t.Fatal("the schema is not read again")
		}
		for range 20 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}
		<-tick.C
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
