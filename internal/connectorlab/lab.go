package connectorlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

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
	for _, s := range g.subs {
		entry := weft.Subgraph{Name: s.name, Schema: weft.Schema{Text: s.sdl(g)}}
		if s.rest {
			entry.Sources = map[string]config.ConnectorSource{"rest": {OverrideURL: l.server.URL + "/" + s.name}}
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

// judge asks both and says what is wrong with the gateway's answer, "" if
// nothing is.
func (l *lab) judge(ctx context.Context, op *operation) string {
	text, variables := op.text()
	document, err := testkit.ParseDocument(l.api, text, "")
	if err != nil {
		return "" // an operation that shrinking broke
	}
	vars, err := testkit.ParseObject([]byte(variables))
	if err != nil {
		return "variables: " + err.Error()
	}
	want := testkit.Execute(ctx, document, testkit.WorldResolver{World: world{g: l.g}}, vars)
	if want.Refused {
		return "" // likewise
	}
	l.backend.reset()
	for _, m := range l.members {
		m.Reset()
	}
	body := testkit.FormatJSON(testkit.NewObject("query", text, "variables", vars))
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, r)
	got, err := testkit.ParseObject(w.Body.Bytes())
	if err != nil {
		return "the answer is no JSON: " + err.Error() + "\n" + w.Body.String()
	}
	if wrong := l.compare(want, got); wrong != "" {
		return wrong + "\nanswer: " + w.Body.String() + "\ntruth:  " + string(want.Append(nil)) + "\ncalls:\n" + strings.Join(l.backend.calls, "\n")
	}
	return ""
}

func (l *lab) compare(want *testkit.Response, got *testkit.Object) string {
	for _, m := range l.members {
		if v := m.Violations(); len(v) > 0 {
			return "violation: " + v[0]
		}
	}
	if len(l.backend.wrong) > 0 {
		return "request: " + l.backend.wrong[0]
	}
	if _, refused := got.Get("data"); !refused {
		return "refused"
	}
	errs, _ := got.Value("errors").([]any)
	if len(l.backend.failed) > 0 {
		return l.compareFailing(want, got, errs)
	}
	var data any
	if want.Data != nil {
		data = want.Data
	}
	if d := testkit.Diff(data, got.Value("data"), true); d != "" {
		return "data: " + d
	}
	if (len(want.Errors) > 0) != (len(errs) > 0) {
		return fmt.Sprintf("%d errors instead of %d", len(errs), len(want.Errors))
	}
	return ""
}
