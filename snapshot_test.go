package weft

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/subgraphs"
)

// TestSwapsLeaveNothingBehind swaps the graph many times while requests run.
// Afterwards one snapshot is pinned, by being current; the connections of
// subgraphs that stayed are kept, those of others gone, and no goroutine is
// left.
func TestSwapsLeaveNothingBehind(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":{"a":1}}`)) // a client that is gone is fine
	}))
	defer backend.Close()
	o := Options{Subgraphs: []Subgraph{
		{Name: "stays", Schema: Schema{Text: "type Query { a: Int }"}, HTTP: subgraphs.HTTPOptions{URL: backend.URL}},
	}}
	g, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		answer := g.Do(t.Context(), &operation.Request{Document: []byte("{a}")})
		if string(answer.Body) != `{"data":{"a":1}}` || len(answer.Errors) > 0 {
			t.Errorf("%s %v", answer.Body, answer.Errors)
		}
		answer.Release()
	}
	ask()
	before := runtime.NumGoroutine()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					ask()
				}
			}
		})
	}
	for i := range 100 {
		o := *g.Snapshot().options
		o.Subgraphs = append(o.Subgraphs[:1:1], Subgraph{Name: fmt.Sprintf("guest%d", i),
			Schema: Schema{Text: "type Query { b: Int }"}, HTTP: subgraphs.HTTPOptions{URL: backend.URL}})
		old := g.Snapshot()
		if err := g.Reconfigure(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if g.Snapshot() == old {
			t.Fatal("nothing was swapped")
		}
	}
	close(stop)
	wg.Wait()
	if n := g.Snapshot().pins.Load(); n != 1 {
		t.Errorf("the current snapshot has %d pins", n)
	}
	if n := len(g.shared.sources); n != 2 {
		t.Errorf("%d sources are open, two are in use", n)
	}
	g.Close()
	if n := len(g.shared.sources); n != 0 {
		t.Errorf("%d sources are open after Close", n)
	}
	backend.CloseClientConnections()
	for range 1000 { // goroutines end a little after what ends them
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before+3 { // the runtime and the test server have a few of their own
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before:\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
	}
}
