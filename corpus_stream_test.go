package weft_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/weftql/weft"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/server"
)

// TestStreamCorpus plays the execution vectors, those that need a subscription
// and all others, over one WebSocket per scenario, as a client would.
func TestStreamCorpus(t *testing.T) {
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = "../shared/conformance"
	}
	streams := 0
	for _, root := range []string{"testdata", dir} {
		files, err := filepath.Glob(filepath.Join(root, "execution", "*", "cases.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) { streams += streamScenario(t, filepath.Dir(file)) })
		}
	}
	t.Logf("%d cases with events", streams)
	if streams == 0 {
		t.Error("no case has events")
	}
}

// streamScenario returns how many cases have events.
func streamScenario(t *testing.T, dir string) (streams int) {
	o := weft.Options{Supergraph: weft.Schema{File: filepath.Join(dir, "supergraph.graphql")}, Introspection: "on"}
	fixtures := map[string]*testkit.Fixture{}
	sdls, err := filepath.Glob(filepath.Join(dir, "subgraphs", "*.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sdls {
		name := strings.TrimSuffix(filepath.Base(file), ".graphql")
		if fixtures[name], err = testkit.LoadFixture(name, read(t, file), read(t, filepath.Join(dir, "data", name+".json"))); err != nil {
			t.Fatal(err)
		}
		o.Subgraphs = append(o.Subgraphs, weft.Subgraph{Name: name, Source: &testkit.Source{Name: name, Server: fixtures[name]}})
	}
	parsed, err := testkit.ParseJSON(read(t, filepath.Join(dir, "cases.json")))
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := parsed.([]any)
	front := httptest.NewServer(server.NewHandler(gateway(t, o), server.Options{WebSocket: server.WebSocketOptions{MessageBurst: 10_000}}))
	defer front.Close()
	ws := dialSocket(t, front)
	defer ws.Close()
	for i, c := range cases {
		c := c.(*testkit.Object)
		if _, labelled := c.Get("gateway"); labelled {
			continue // labels that change by request
		}
		for _, f := range fixtures {
			f.Reset()
		}
		expected := c.Value("expected").(*testkit.Object)
		events, stream := expected.Value("events").([]any)
		if stream {
			streams++
		} else {
			events = []any{expected}
		}
		answers, refused := followCase(t, ws, strconv.Itoa(i), c)
		switch {
		case expected.Value("requestError") == true:
			if !refused {
				t.Errorf("%s: want a request error", c.Text("name"))
			}
			continue
		case refused || len(answers) != len(events):
			t.Errorf("%s: %d answers for %d, refused %v", c.Text("name"), len(answers), len(events), refused)
			continue
		}
		for k, want := range events {
			if reason := judgeEvent(want.(*testkit.Object), answers[k]); reason != "" {
				t.Errorf("%s, event %d: %s", c.Text("name"), k, reason)
			}
		}
	}
	return streams
}

// followCase runs an operation to its end.
func followCase(t *testing.T, ws *websocket.Conn, id string, c *testkit.Object) (answers []*testkit.Object, refused bool) {
	t.Helper()
	message := fault.AppendString([]byte(`{"type":"subscribe","id":"`+id+`","payload":{"query":`), c.Text("query"))
	if name := c.Text("operationName"); name != "" {
		message = fault.AppendString(append(message, `,"operationName":`...), name)
	}
	if variables, ok := c.Get("variables"); ok {
		message = testkit.AppendJSON(append(message, `,"variables":`...), variables)
	}
	if err := ws.WriteMessage(websocket.TextMessage, append(message, "}}"...)); err != nil {
		t.Fatal(err)
	}
	for {
		text := readSocket(t, ws)
		got, err := testkit.ParseObject([]byte(text))
		if err != nil || got.Text("id") != id {
			t.Fatalf("%s: %v in %s", c.Text("name"), err, text)
		}
		switch got.Text("type") {
		case "next":
			answers = append(answers, got.Value("payload").(*testkit.Object))
		case "error":
			return answers, true
		case "complete":
			return answers, false
		}
	}
}

func judgeEvent(want, got *testkit.Object) string {
	_, hasErrors := got.Get("errors")
	switch {
	case want.Value("errors") == false && hasErrors:
		return "unexpected errors: " + testkit.FormatJSON(got)
	case want.Value("errors") != false && !hasErrors:
		return "errors are missing: " + testkit.FormatJSON(got)
	}
	return testkit.Diff(want.Value("data"), got.Value("data"), want.Value("merged") != true)
}
