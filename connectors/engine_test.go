package connectors

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// backend is a fake: it writes down what it is asked and answers with what its
// function returns.
type backend struct {
	connector *spec.Connector
	reads     *mapping.Reads
	lab       *lab
}

// answer is what a fake answers: a body and a status, 200 if it is 0.
type answer struct {
	status  int
	body    string
	headers []subgraphs.Header
	err     error
}

func (b *backend) Call(ctx context.Context, in *Input, out *Answer) error {
	asked := b.connector.ID + " " + b.text(in)
	b.lab.mu.Lock()
	b.lab.log = append(b.lab.log, asked)
	b.lab.mu.Unlock()
	a := b.lab.serve(ctx, b.connector, in)
	if a.err != nil {
		return a.err
	}
	if a.status == 0 {
		a.status = 200
	}
	out.Body = append(out.Body, a.body...)
	out.Status = a.status
	out.Failed = a.status < 200 || a.status > 299
	out.Headers = append(out.Headers, a.headers...)
	return nil
}

// text is a request as a line: its variables.
func (b *backend) text(in *Input) string {
	var parts []string
	for _, v := range in.Vars {
		parts = append(parts, v.Name+"="+string(v.JSON))
	}
	for _, h := range in.Header {
		parts = append(parts, h.Name+": "+h.Value)
	}
	return strings.Join(parts, " ")
}

// sharing is a backend whose requests can be told apart.
type sharing struct{ *backend }

func (b *sharing) Identity(dst []byte, in *Input) ([]byte, bool) {
	return append(append(dst, b.connector.ID...), b.text(in)...), true
}

// lab is a subgraph of fake backends.
type lab struct {
	t       testing.TB
	graph   *schema.Supergraph
	options Options
	source  subgraphs.Source
	serve   func(ctx context.Context, c *spec.Connector, in *Input) answer
	share   bool

	mu  sync.Mutex
	log []string
}

// open is the lab's Opener.
func (l *lab) open(c *spec.Connector, reads *mapping.Reads) (Backend, error) {
	b := &backend{connector: c, reads: reads, lab: l}
	if l.share {
		return &sharing{b}, nil
	}
	return b, nil
}

// asked returns the requests so far, sorted, and forgets them.
func (l *lab) asked() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := l.log
	l.log = nil
	slices.Sort(log)
	return log
}

func newLab(t testing.TB, serve func(context.Context, *spec.Connector, *Input) answer, list ...*spec.Connector) *lab {
	t.Helper()
	sdl, err := os.ReadFile("testdata/shop.graphql")
	if err != nil {
		t.Fatal(err)
	}
	g, err := schema.Load(string(sdl))
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, graph: g, serve: serve}
	l.options = Options{Graph: g, Spec: &spec.Subgraph{Name: "shop", Version: mapping.V3, Connectors: list}, Open: l.open}
	return l
}

// prepare makes the call of a fetch. Sets are "Type lookup".
func (l *lab) prepare(kind plan.Kind, operation string, variables []string, sets ...string) subgraphs.Call {
	l.t.Helper()
	if l.source == nil {
		var err error
		if l.source, err = NewSource(l.options); err != nil {
			l.t.Fatal(err)
		}
	}
	in := &subgraphs.Spec{Subgraph: "shop", Kind: kind, Operation: operation, Variables: variables}
	for _, set := range sets {
		parts := strings.SplitN(set, " ", 2)
		in.Sets = append(in.Sets, subgraphs.SetSpec{Alias: "_entities", Variable: "r", Type: parts[0], Lookup: parts[1]})
	}
	call, err := l.source.Prepare(in)
	if err != nil {
		l.t.Fatal(err)
	}
	return call
}

// fetch asks a call once and returns the answer's text.
func (l *lab) fetch(ctx context.Context, call subgraphs.Call, req *subgraphs.Request) string {
	l.t.Helper()
	if req.Caller == nil {
		req.Caller = &caller.Caller{}
	}
	res := &subgraphs.Response{Body: []byte("kept")}
	if err := call.Fetch(ctx, req, res); err != nil {
		l.t.Fatal(err)
	}
	body, ok := strings.CutPrefix(string(res.Body), "kept")
	if !ok || !json.Valid([]byte(body)) {
		l.t.Fatalf("the answer is %s", res.Body)
	}
	return body
}

// representations makes a set.
func representations(list ...string) []subgraphs.Set {
	var set subgraphs.Set
	for i, r := range list {
		if i > 0 {
			set.Reps = append(set.Reps, ',')
		}
		set.Reps = append(set.Reps, r...)
		set.Ends = append(set.Ends, uint32(len(set.Reps)))
	}
	return []subgraphs.Set{set}
}

// values makes a request's values; "" is not given.
func values(list ...string) [][]byte {
	var out [][]byte
	for _, v := range list {
		if v == "" {
			out = append(out, nil)
			continue
		}
		out = append(out, []byte(v))
	}
	return out
}

func parse(text string) *mapping.Mapping {
	if text == "" {
		return nil
	}
	m, err := mapping.Parse(text, mapping.V3)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	return m
}

// rest makes a connector over HTTP. uses is a mapping that stands for all that
// its request reads.
func rest(place spec.Place, id, coordinate, keyFields, uses, selection string) *spec.Connector {
	c := &spec.Connector{ID: id, Coordinate: coordinate, Place: place, Key: keyFields, Selection: parse(selection),
		HTTP: &spec.HTTP{Method: "POST", Body: parse(uses)}}
	c.Type, c.Field, _ = strings.Cut(coordinate, ".")
	return c
}

func same(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func sameList(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	same(t, what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
}

// opened is an Opener that always returns b.
func opened(b Backend) Opener {
	return func(*spec.Connector, *mapping.Reads) (Backend, error) { return b, nil }
}
