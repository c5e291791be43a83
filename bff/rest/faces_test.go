package rest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// now is the time in the cases.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// options of a case: its operations over the shop, below /shop/v1 unless it
// says otherwise.
func options(t *testing.T, c *golden.Case, view *schema.View) Options {
	o := Options{Profile: "web", Prefix: "/shop/v1", View: view, MaxBodyBytes: 400, MaxURLBytes: 200,
		OtherQuery: []string{"api_key"}, Now: func() time.Time { return now }}
	if p := c.Header("prefix"); p != "" {
		o.Prefix = p
	}
	o.Lifecycle = Lifecycle{Deprecated: day(c.Header("deprecated")), Sunset: day(c.Header("sunset")), Successor: c.Header("successor")}
	for _, name := range c.Inputs("operations/") {
		o.Operations = append(o.Operations, read(t, name, c.Must(t, name)))
	}
	return o
}

// TestFaces sends the requests of a case and writes down what came of them: the
// variables, unless the request is wrong, and the response to the answer that
// follows the request, if one does.
func TestFaces(t *testing.T) {
	view := shop(t)
	golden.Run(t, "testdata/faces", []string{"responses.txt"}, func(t *testing.T, c *golden.Case) {
		endpoints, err := New(options(t, c, view))
		if err != nil {
			t.Fatal(err)
		}
		d := &driver{t: t, view: view, mux: http.NewServeMux()}
		d.mount(endpoints)
		var out strings.Builder
		for _, text := range strings.Split(c.Must(t, "requests.txt"), "\n### ")[1:] {
			out.WriteString("### " + d.exchange(text) + "\n")
		}
		c.Output(t, "responses.txt", out.String())
	})
}

// driver stands for the gateway.
type driver struct {
	t    *testing.T
	view *schema.View
	mux  *http.ServeMux
	// answer is what the next operation gives; decoded what it was asked.
	answer  *Result
	decoded string
}

func (d *driver) mount(endpoints []Endpoint) {
	for _, e := range endpoints {
		pattern := strings.TrimSpace(e.Method + " " + e.Pattern)
		if e.Handler != nil {
			d.mux.Handle(pattern, e.Handler)
			continue
		}
		d.mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) {
			r, err := e.Decode(req)
			if err != nil {
				d.encode(e, w, req, &Result{Errors: fault.Of(err)})
				return
			}
			if r.Profile != "web" || r.DocumentID != e.Operation.ID || string(r.Document) != e.Operation.Document {
				d.t.Errorf("the request is not for the operation: %+v", r)
			}
			d.decoded = "variables: " + string(r.Variables) + "\n"
			d.coerce(r)
			if d.answer != nil {
				d.encode(e, w, req, d.answer)
			}
		})
	}
}

func (d *driver) encode(e Endpoint, w http.ResponseWriter, req *http.Request, r *Result) {
	if err := e.Encode(w, req, r); err != nil {
		d.t.Error(err)
	}
}

// coerce holds the request against the operation: what was let through must be
// fit to run.
func (d *driver) coerce(r *operation.Request) {
	op, err := operation.Prepare(context.Background(), d.view, r)
	if err == nil {
		_, _, err = op.Coerce(r.Variables, nil)
	}
	if err != nil {
		d.decoded += "but: " + err.Error() + "\n"
	}
}

// exchange sends one request: a title, a request line, headers, an empty line,
// a body; and behind a line of ---, the answer of the operation.
func (d *driver) exchange(text string) string {
	title, text, _ := strings.Cut(text, "\n")
	text, answer, answered := strings.Cut(text, "\n---\n")
	head, body, _ := strings.Cut(text, "\n\n")
	d.answer, d.decoded = nil, ""
	if answered {
		d.answer = parseAnswer(d.t, answer)
	}
	lines := bufio.NewScanner(strings.NewReader(head))
	lines.Scan()
	method, target, _ := strings.Cut(lines.Text(), " ")
	body = strings.TrimSuffix(body, "\n")
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		req.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, req)
	if d.decoded != "" && d.answer == nil {
		return title + "\n" + d.decoded
	}
	return title + "\n" + d.decoded + dump(d.t, w.Result())
}

// parseAnswer reads {"errors":…,"data":…}.
func parseAnswer(t *testing.T, text string) *Result {
	var all struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Path       []any
			Extensions map[string]any
		}
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err, text)
	}
	r := &Result{}
	if all.Data != nil {
		r.Body = []byte(`{"data":` + string(all.Data) + `}`)
	}
	for _, e := range all.Errors {
		f := &fault.Error{Message: e.Message}
		if code, ok := e.Extensions["code"].(string); ok {
			f.Code = fault.Code(code)
		}
		for _, step := range e.Path {
			if key, ok := step.(string); ok {
				f.Path = append(f.Path, fault.Step{Key: key})
			} else {
				f.Path = append(f.Path, fault.Step{Index: int(step.(float64))})
			}
		}
		r.Errors = append(r.Errors, f)
	}
	return r
}

// dump writes a response down.
func dump(t *testing.T, res *http.Response) string {
	var b strings.Builder
	fmt.Fprintln(&b, res.Status)
	var names []string
	for name := range res.Header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, value := range res.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	body, err := io.ReadAll(res.Body)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if len(body) > 0 {
		b.WriteString("\n" + string(body) + "\n")
	}
	if len(body) > 0 && !json.Valid(body) {
		t.Errorf("the body is no JSON: %s", body)
	}
	return b.String()
}

// TestOnlyBelowThePrefix: without a prefix nothing is said of other paths.
func TestOnlyBelowThePrefix(t *testing.T) {
	op := read(t, "page.graphql", `query Page @rest(method: "GET", path: "/items") { items { total } }`)
	for prefix, want := range map[string]string{"": "GET /items GET /openapi.json", "/p/": "GET /p/items GET /p/openapi.json /p/"} {
		endpoints, err := New(Options{Profile: "web", Prefix: prefix, View: shop(t), Operations: []*Operation{op}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range endpoints {
			got = append(got, strings.TrimSpace(e.Method+" "+e.Pattern))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %s", prefix, got)
		}
	}
}
