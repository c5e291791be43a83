package restapi

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/subgraphs"
)

// text is a connector as a case writes it.
type text struct {
	Source                  *sourceText
	Method, URL, Body, Path string
	Headers                 []headerText
	QueryParams             string `yaml:"queryParams"`
}

type sourceText struct {
	BaseURL     string `yaml:"baseURL"`
	Headers     []headerText
	Path        string
	QueryParams string `yaml:"queryParams"`
}

type headerText struct{ Name, From, Value string }

// parser makes the parts of a connector; the first mistake stays.
type parser struct {
	version mapping.Version
	err     error
}

func (p *parser) template(text string) *mapping.Template {
	t, err := mapping.ParseTemplate(text, p.version)
	if err != nil && p.err == nil {
		p.err = err
	}
	return t
}

func (p *parser) mapping(text string) *mapping.Mapping {
	if text == "" {
		return nil
	}
	m, err := mapping.Parse(text, p.version)
	if err != nil && p.err == nil {
		p.err = err
	}
	return m
}

func (p *parser) headers(list []headerText) []spec.Header {
	var made []spec.Header
	for _, h := range list {
		header := spec.Header{Name: h.Name, From: h.From}
		if h.From == "" {
			header.Value = p.template(h.Value)
		}
		made = append(made, header)
	}
	return made
}

func (c *text) connector(t testing.TB) *spec.Connector {
	t.Helper()
	p := &parser{version: mapping.V3}
	made := &spec.Connector{ID: "a:Query.x", Coordinate: "Query.x", HTTP: &spec.HTTP{
		Method: c.Method, URL: p.template(c.URL), Headers: p.headers(c.Headers),
		Body: p.mapping(c.Body), Path: p.mapping(c.Path), QueryParams: p.mapping(c.QueryParams),
	}}
	if made.HTTP.Method == "" {
		made.HTTP.Method = http.MethodGet
	}
	if s := c.Source; s != nil {
		made.Source = &spec.Source{Name: "s", HTTP: &spec.HTTPSource{
			BaseURL: p.template(s.BaseURL), Headers: p.headers(s.Headers),
			Path: p.mapping(s.Path), QueryParams: p.mapping(s.QueryParams),
		}}
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
	return made
}

func varsOf(t testing.TB, text string) mapping.Vars {
	t.Helper()
	var values map[string]json.RawMessage
	if text != "" {
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			t.Fatal(err)
		}
	}
	var vars mapping.Vars
	for _, name := range slices.Sorted(maps.Keys(values)) {
		vars = append(vars, mapping.Var{Name: name, JSON: values[name]})
	}
	return vars
}

// open returns the backend of a connector under settings; everything is closed
// with the test.
func open(t testing.TB, c *spec.Connector, settings Settings) *backend {
	t.Helper()
	b, err := tryOpen(t, c, settings)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tryOpen(t testing.TB, c *spec.Connector, settings Settings) (*backend, error) {
	t.Helper()
	transports, nameless := New(Options{}), settings
	nameless.OverrideURL = ""
	s, err := transports.Subgraph("a", map[string]Settings{"s": settings, "": nameless})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { s.Close(); transports.Close() })
	b, err := s.Open(c, nil)
	if err != nil {
		return nil, err
	}
	return b.(*backend), nil
}

// inputText is the rest of a case.
type inputText struct {
	Settings struct {
		OverrideURL string   `yaml:"overrideURL"`
		AllowHosts  []string `yaml:"allowHosts"`
		NoGzip      bool     `yaml:"noGzip"`
	}
	Client    map[string][]string
	Propagate []headerText
	Mutation  bool
}

// Every case shows a connector, its variables, and the request on the wire or
// why there is none.
func TestRequests(t *testing.T) {
	golden.Run(t, "testdata/request", []string{"request", "error"}, func(t *testing.T, c *golden.Case) {
		var connector text
		if err := yaml.Unmarshal([]byte(c.Must(t, "connector.yaml")), &connector); err != nil {
			t.Fatal(err)
		}
		var input inputText
		if given, ok := c.Input("input.yaml"); ok {
			if err := yaml.Unmarshal([]byte(given), &input); err != nil {
				t.Fatal(err)
			}
		}
		vars, _ := c.Input("vars.json")
		in := &connectors.Input{Vars: varsOf(t, vars), Caller: &caller.Caller{Header: input.Client}, Retry: !input.Mutation}
		for _, h := range input.Propagate {
			in.Header = append(in.Header, subgraphs.Header{Name: h.Name, Value: h.Value})
		}
		b, err := tryOpen(t, connector.connector(t), Settings{OverrideURL: input.Settings.OverrideURL,
			AllowHosts: input.Settings.AllowHosts, NoGzip: input.Settings.NoGzip})
		var sent string
		if err == nil {
			sent, err = wire(b, in)
		}
		c.Output(t, "request", sent)
		if err != nil {
			c.Output(t, "error", err.Error())
		}
	})
}

// wire is a request's bytes, with line ends for people.
func wire(b *backend, in *connectors.Input) (string, error) {
	r, err := b.request(in)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	made := b.httpRequest(context.Background(), r, r.url)
	err = made.Write(&out)
	return strings.ReplaceAll(made.URL.Scheme+"\n"+out.String(), "\r", ""), err
}

// call does one request of a query.
func call(t testing.TB, b *backend, vars string) (*connectors.Answer, error) {
	t.Helper()
	var out connectors.Answer
	err := b.Call(t.Context(), &connectors.Input{Vars: varsOf(t, vars), Retry: true}, &out)
	return &out, err
}

func wantCode(t testing.TB, err error, code fault.Code, words string) {
	t.Helper()
	if fault.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		t.Fatalf("want %s with %q, got %v", code, words, err)
	}
}

// soon is a deadline that tests of deadlines wait for.
const soon = 60 * time.Millisecond
