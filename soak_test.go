package weft_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
)

// TestSoak has 200 clients ask for things whose right answer they can tell, over
// HTTP, while subgraphs fail in every way, clients hang up and the graph is
// swapped. No answer may be another's; then the process drains, and nothing is
// left.
func TestSoak(t *testing.T) {
	const clients, requests, swaps = 200, 12, 10
	before := runtime.NumGoroutine()
	s := startSoak(t)
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() { // ends after its requests
			for i := range requests {
				s.ask(t, rand.New(rand.NewPCG(uint64(n), uint64(i))), n, i)
			}
		})
	}
	for i := range swaps {
		s.swap(t, i)
	}
	wg.Wait()
	if s.whole.Load() < clients || s.failed.Load() == 0 || s.cancelled.Load() == 0 {
		t.Errorf("%d whole answers, %d with errors, %d given up: nothing was tried", s.whole.Load(), s.failed.Load(), s.cancelled.Load())
	}
	s.drain(t)
	waitForGoroutines(t, before)
}

// soak is a process, its misbehaving subgraphs and its clients.
type soak struct {
	process  *weft.Process
	stop     context.CancelFunc
	done     chan error
	client   *http.Client
	schema   string // the file that is swapped
	backends []*httptest.Server
	log      logBuffer
	arrive   sync.Once
	arrived  chan struct{} // the last request is at a subgraph
	held     chan struct{} // and waits there until this is closed

	whole, failed, cancelled atomic.Int64
}

// lastID is asked for once, while the process stops.
const lastID = "last"

const (
	soakItems  = `type Query { item(id: ID!): Item } type Item @key(fields: "id") { id: ID! name: String! } extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])`
	soakPrices = `type Query { version: Int } type Item @key(fields: "id") { id: ID! price: Int } extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])`
)

func startSoak(t *testing.T) *soak {
	s := &soak{schema: filepath.Join(t.TempDir(), "prices.graphql"), done: make(chan error, 1),
		arrived: make(chan struct{}), held: make(chan struct{}),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}}
	items := filepath.Join(filepath.Dir(s.schema), "items.graphql")
	for file, text := range map[string]string{items: soakItems, s.schema: soakPrices} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &config.Config{}
	c.Listeners.Public.Address, c.Listeners.Admin.Address = "127.0.0.1:0", "-"
	for _, b := range []struct {
		name, file string
		answer     func(id string) string
	}{
		{"items", items, func(id string) string {
			return fmt.Sprintf(`{"data":{"item":{"__typename":"Item","id":%q,"name":"name of %s"}}}`, id, id)
		}},
		{"prices", s.schema, func(id string) string {
			return fmt.Sprintf(`{"data":{"_entities":[{"__typename":"Item","price":%s}]}}`, id)
		}},
	} {
		server := httptest.NewServer(s.flaky(b.answer))
		t.Cleanup(server.Close)
		s.backends = append(s.backends, server)
		c.Subgraphs.List = append(c.Subgraphs.List, config.Subgraph{Name: b.name, URL: server.URL, Schema: config.SchemaRef{File: b.file}})
	}
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	var err error
	if s.process, err = weft.Start(ctx, c, false, slog.New(slog.NewTextHandler(&s.log, nil))); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.process.Run(ctx) }() // ends with drain
	return s
}

// flaky answers with what answer says for the one id in the request, most of the
// time.
func (s *soak) flaky(answer func(id string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Variables struct {
				ID              string                `json:"id"`
				Representations []struct{ ID string } `json:"representations"`
			} `json:"variables"`
		}
		text, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(text, &body) != nil {
			return // weft gave up in the middle
		}
		id := body.Variables.ID
		if len(body.Variables.Representations) > 0 {
			id = body.Variables.Representations[0].ID
		}
		if id == lastID {
			s.arrive.Do(func() { close(s.arrived) }) // it may be sent again
			<-s.held
		}
		w.Header().Set("Content-Type", "application/json")
		switch rand.IntN(20) {
		case 0:
			http.Error(w, "secret stack trace", http.StatusInternalServerError)
		case 1:
			panic(http.ErrAbortHandler) // hangs up
		case 2:
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"data":`)
		case 3:
			io.WriteString(w, `{"errors":[{"message":"secret"}],"data":null}`)
		case 4:
			w.(http.Flusher).Flush() // chunked
			io.WriteString(w, answer(id))
		case 5:
			w.Header().Set("Connection", "close")
			io.WriteString(w, answer(id))
		default:
			io.WriteString(w, answer(id))
		}
	})
}

// ask sends one operation, known or new, and checks the answer: a field is what
// the id says or, with an error, null.
func (s *soak) ask(t *testing.T, random *rand.Rand, client, number int) {
	id := fmt.Sprint(client*1000 + number)
	alias := "i"
	if random.IntN(3) == 0 {
		alias = "n" + id // a text nobody knows
	}
	document := fmt.Sprintf(`query($id: ID!) { %s: item(id: $id) { id name price } }`, alias)
	body, _ := json.Marshal(map[string]any{"query": document, "variables": map[string]string{"id": id}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if random.IntN(8) == 0 {
		time.AfterFunc(time.Duration(random.IntN(3000))*time.Microsecond, cancel)
	}
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.process.Addr()+"/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	var text []byte
	if err == nil {
		text, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	switch {
	case err != nil && ctx.Err() != nil:
		s.cancelled.Add(1)
	case err != nil:
		t.Error(err)
	default:
		s.check(t, string(text), alias, id)
	}
}

func (s *soak) check(t *testing.T, text, alias, id string) {
	whole := fmt.Sprintf(`{"%s":{"id":"%s","name":"name of %s","price":%s}}`, alias, id, id, id)
	priceless := fmt.Sprintf(`{"%s":{"id":"%s","name":"name of %s","price":null}}`, alias, id, id)
	var answer struct{ Errors, Data json.RawMessage }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || strings.Contains(text, "secret") {
		t.Errorf("%s was answered with %s", id, text)
	}
	switch data := string(answer.Data); {
	case data == whole && answer.Errors == nil:
		s.whole.Add(1)
	case (data == priceless || data == `{"`+alias+`":null}`) && answer.Errors != nil:
		s.failed.Add(1)
	default:
		t.Errorf("%s was answered with %s", id, text)
	}
}

// swap changes the graph: most texts compose, every fourth does not.
func (s *soak) swap(t *testing.T, i int) {
	text := strings.Replace(soakPrices, "version: Int", fmt.Sprintf("version: Int v%d: Int", i), 1)
	if i%4 == 3 {
		text = strings.Replace(text, "price: Int", "price: Unknown", 1)
	}
	if err := os.WriteFile(s.schema, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Gateway.Reload(t.Context()); (err != nil) != (i%4 == 3) {
		t.Error(err)
	}
}

// drain stops the process while a request is under way, which must be answered.
func (s *soak) drain(t *testing.T) {
	answered := make(chan string, 1)
	go func() { // ends with the answer
		response, err := s.client.Post("http://"+s.process.Addr()+"/graphql", "application/json", strings.NewReader(`{"query":"query($id: ID!){item(id: $id){id}}","variables":{"id":"`+lastID+`"}}`))
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		answered <- string(text)
	}()
	<-s.arrived
	s.stop()
	close(s.held)
	if text := <-answered; !strings.Contains(text, `"data":{"item":`) {
		t.Errorf("the last request got %s", text)
	}
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	if strings.Contains(s.log.String(), "panic in a request") {
		t.Error(s.log.String())
	}
	s.client.CloseIdleConnections()
	for _, b := range s.backends {
		b.Close()
	}
}

// waitForGoroutines gives them a while: they end a little after what ends them.
func waitForGoroutines(t *testing.T, before int) {
	t.Helper()
	deadline := time.NewTimer(5 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for runtime.NumGoroutine() > before {
		select {
		case <-look.C:
		case <-deadline.C:
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
