package weft_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/subgraphs"
)

// TestExecutionCorpus plays the execution vectors through everything a client
// would meet: the server, the caches, the gateway and subgraphs over HTTP. Each
// case runs twice, so that the second answer comes from the caches. The vectors
// are not part of the repository; without them the test has nothing to do.
func TestExecutionCorpus(t *testing.T) {
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = "../shared/conformance"
	}
	files, err := filepath.Glob(filepath.Join(dir, "execution", "*", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no vectors: WEFT_CONFORMANCE names no directory that has any")
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) { playScenario(t, filepath.Dir(file)) })
	}
}

func playScenario(t *testing.T, dir string) {
	o := weft.Options{Supergraph: weft.Schema{File: filepath.Join(dir, "supergraph.graphql")}, Introspection: "on", Labels: map[string]float64{}}
	fixtures := map[string]*testkit.Fixture{}
	sdls, err := filepath.Glob(filepath.Join(dir, "subgraphs", "*.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sdls {
		name := strings.TrimSuffix(filepath.Base(file), ".graphql")
		f, err := testkit.LoadFixture(name, read(t, file), read(t, filepath.Join(dir, "data", name+".json")))
		if err != nil {
			t.Fatal(err)
		}
		backend := httptest.NewServer(testkit.Handler(f))
		t.Cleanup(backend.Close)
		fixtures[name] = f
		o.Subgraphs = append(o.Subgraphs, weft.Subgraph{Name: name, HTTP: subgraphs.HTTPOptions{URL: backend.URL}})
	}
	parsed, err := testkit.ParseJSON(read(t, filepath.Join(dir, "cases.json")))
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := parsed.([]any)
	handler := server.NewHandler(gateway(t, o), server.Options{})
	for _, c := range cases {
		c := c.(*testkit.Object)
		expected := c.Value("expected").(*testkit.Object)
		_, labelled := c.Get("gateway")
		if _, stream := expected.Get("events"); stream || labelled {
			continue // need a streaming transport, or labels that change by request
		}
		for _, round := range []string{"first", "again"} {
			for _, f := range fixtures {
				f.Reset()
			}
			if reason := playCase(handler, c, expected); reason != "" {
				t.Errorf("%s, %s: %s", c.Text("name"), round, reason)
			}
		}
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// playCase asks through the handler and says what is wrong with the answer.
func playCase(handler http.Handler, c, expected *testkit.Object) string {
	body := fault.AppendString([]byte(`{"query":`), c.Text("query"))
	if name := c.Text("operationName"); name != "" {
		body = fault.AppendString(append(body, `,"operationName":`...), name)
	}
	if variables, ok := c.Get("variables"); ok {
		body = testkit.AppendJSON(append(body, `,"variables":`...), variables)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(append(body, '}')))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		return err.Error()
	}
	answer, err := testkit.ParseObject(text)
	if err != nil {
		return "the answer is no JSON object: " + err.Error()
	}
	errors, hasErrors := answer.Get("errors")
	_, hasData := answer.Get("data")
	switch {
	case expected.Value("requestError") == true:
		if hasData || !hasErrors {
			return "want a request error, got " + string(text)
		}
		return ""
	case expected.Value("errors") == false && hasErrors:
		return "unexpected errors: " + testkit.FormatJSON(errors)
	case expected.Value("errors") != false && !hasErrors:
		return "errors are missing"
	}
	return testkit.Diff(expected.Value("data"), answer.Value("data"), expected.Value("merged") != true)
}
