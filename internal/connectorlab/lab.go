package connectorlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/subgraphs"
)

// lab is a graph at work: a gateway over its subgraphs, and the truth.
type lab struct {
	g       *graph
	backend *backend
	server  *httptest.Server
	gateway *weft.Gateway
	handler http.Handler
	api     *ast.Schema
	members []*testkit.Member
}

// errCompose marks graphs that do not compose.
var errCompose = errors.New("does not compose")

// open starts everything of a graph. Call close afterwards.
func open(ctx context.Context, g *graph) (*lab, error) {
	l := &lab{g: g, backend: &backend{g: g}}
	l.server = httptest.NewServer(l.backend)
	o := weft.Options{Unmasked: true}
	sdls := map[string]string{}
	var window config.Coalesce
	if g.together {
		window = config.Coalesce{Window: config.Duration(time.Millisecond), Threshold: -1}
	}
	for _, s := range g.subs {
		entry := weft.Subgraph{Name: s.name, Schema: weft.Schema{Text: s.sdl(g)}}
		if s.rest {
			entry.Sources = map[string]config.ConnectorSource{"rest": {OverrideURL: l.server.URL + "/" + s.name, Coalesce: window}}
		} else {
			sdls[s.name] = entry.Schema.Text
		}
		o.Subgraphs = append(o.Subgraphs, entry)
	}
	members, err := testkit.Federate(world{g: g}, sdls, nil)
	if err != nil {
		l.close()
		return nil, fmt.Errorf("%w: %w", errCompose, err)
	}
	l.members = members
	for _, m := range members {
		// A key that could not be read, or a value that failed, may leave nulls.
		m.Lenient = g.failing
		i := slices.IndexFunc(o.Subgraphs, func(s weft.Subgraph) bool { return s.Name == m.Name })
		o.Subgraphs[i].Source = &testkit.Source{Name: m.Name, Server: m}
		o.Subgraphs[i].HTTP = subgraphs.HTTPOptions{URL: "http://" + m.Name}
	}
	if l.gateway, err = weft.New(ctx, o); err != nil {
		l.close()
		return nil, fmt.Errorf("%w: %w", errCompose, err)
	}
	l.handler = server.NewHandler(l.gateway, server.Options{})
	if l.api, err = gqlparser.LoadSchema(&ast.Source{Name: "whole", Input: g.whole()}); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lab) close() {
	if l.gateway != nil {
		l.gateway.Close()
	}
	l.server.Close()
}

// question is an operation with its true answer.
type question struct {
	op        *operation
	text      string
	variables *testkit.Object
	want      *testkit.Response
	got       []byte
}

// question returns nil for an operation that shrinking broke.
func (l *lab) question(ctx context.Context, op *operation) *question {
	text, variables := op.text()
	document, err := testkit.ParseDocument(l.api, text, "")
	if err != nil {
		return nil
	}
	q := &question{op: op, text: text}
	if q.variables, err = testkit.ParseObject([]byte(variables)); err != nil {
		return nil
	}
	q.want = testkit.Execute(ctx, document, testkit.WorldResolver{World: world{g: l.g}}, q.variables)
	if q.want.Refused {
		return nil
	}
	return q
}

func (l *lab) ask(ctx context.Context, q *question) {
	body := testkit.FormatJSON(testkit.NewObject("query", q.text, "variables", q.variables))
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, r)
	q.got = w.Body.Bytes()
}

func (l *lab) reset() {
	l.backend.reset()
	for _, m := range l.members {
		m.Reset()
	}
}

// judge asks one operation and says what is wrong with the gateway's answer, ""
// if nothing is.
func (l *lab) judge(ctx context.Context, op *operation) string {
	q := l.question(ctx, op)
	if q == nil {
		return ""
	}
	l.reset()
	l.ask(ctx, q)
	return l.verdict(q)
}

// judgeAll asks operations at the same time. It returns the first one with a
// wrong answer, and what is wrong.
func (l *lab) judgeAll(ctx context.Context, ops []*operation) (*operation, string) {
	var list []*question
	for _, op := range ops {
		if q := l.question(ctx, op); q != nil {
			list = append(list, q)
		}
	}
	l.reset()
	var wg sync.WaitGroup
	for _, q := range list {
		wg.Go(func() { l.ask(ctx, q) })
	}
	wg.Wait()
	for _, q := range list {
		if wrong := l.verdict(q); wrong != "" {
			return q.op, wrong
		}
	}
	return nil, ""
}

func (l *lab) verdict(q *question) string {
	got, err := testkit.ParseObject(q.got)
	if err != nil {
		return "the answer is no JSON: " + err.Error() + "\n" + string(q.got)
	}
	if wrong := l.compare(q, got); wrong != "" {
		return wrong + "\nanswer: " + string(q.got) + "\ntruth:  " + string(q.want.Append(nil)) + "\ncalls:\n" + strings.Join(l.backend.calls, "\n")
	}
	return ""
}

func (l *lab) compare(q *question, got *testkit.Object) string {
	for _, m := range l.members {
		if v := m.Violations(); len(v) > 0 {
			return "violation: " + v[0]
		}
	}
	if len(l.backend.wrong) > 0 {
		return "request: " + l.backend.wrong[0]
	}
	if _, ran := got.Get("data"); !ran {
		return "refused"
	}
	if n := l.mutations(q); n != l.backend.mutations && !l.g.together {
		return fmt.Sprintf("mutations: %d requests, want %d", l.backend.mutations, n)
	}
	errs, _ := got.Value("errors").([]any)
	if len(l.backend.failed) > 0 {
		return l.compareFailing(q, got, errs)
	}
	var data any
	if q.want.Data != nil {
		data = q.want.Data
	}
	if d := testkit.Diff(data, got.Value("data"), true); d != "" {
		return "data: " + d
	}
	if (len(q.want.Errors) > 0) != (len(errs) > 0) {
		return fmt.Sprintf("%d errors instead of %d", len(errs), len(q.want.Errors))
	}
	return ""
}

// mutations counts the fields of a mutation that a backend has to be asked for.
func (l *lab) mutations(q *question) int {
	n := 0
	for _, s := range q.op.selections {
		for _, f := range l.g.mutation.fields {
			if q.op.mutation && s.name == f.name && f.subs[0].rest && q.want.Data != nil && q.want.Data.Has(s.alias) {
				n++
			}
		}
	}
	return n
}
