package connectors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

func TestFailures(t *testing.T) {
	const plain = `{"message":"Request failed","extensions":{"code":"CONNECTOR_FETCH","http":{"status":%d},"connector":{"coordinate":"Query.status"}},"path":["status"]}`
	for _, c := range []struct {
		name                    string
		success, sourceSuccess  string
		message, extensions     string
		sourceMessage, sourceEx string
		answer                  answer
		want                    string // "" is a success
	}{
		{name: "2xx", answer: answer{body: `"up"`}},
		{name: "status", answer: answer{status: 503, body: `null`}, want: fmt.Sprintf(plain, 503)},
		{name: "isSuccess", success: "$.ok", answer: answer{status: 500, body: `{"ok":true}`}},
		{name: "isSuccess is not true", success: "$.ok", answer: answer{body: `{"ok":"true"}`}, want: fmt.Sprintf(plain, 200)},
		{name: "isSuccess is absent", success: "$.ok", answer: answer{body: `{}`}, want: fmt.Sprintf(plain, 200)},
		{name: "isSuccess of the source", sourceSuccess: "$status->eq(418)", answer: answer{status: 418, body: `{}`}},
		{name: "isSuccess of both", success: "$(false)", sourceSuccess: "$(true)", answer: answer{body: `{}`}, want: fmt.Sprintf(plain, 200)},
		{
			name: "message and extensions", message: "$.error.text", extensions: `code: error.code http: $({status: $status, more: $response.headers.hint})`,
			answer: answer{status: 404, body: `{"error":{"text":"no \"loom\"","code":"NOT_FOUND"}}`, headers: []subgraphs.Header{{Name: "hint", Value: "a"}, {Name: "other", Value: "b"}, {Name: "hint", Value: "c"}}},
			want:   `{"message":"no \"loom\"","extensions":{"code":"NOT_FOUND","http":{"status":404,"more":["a","c"]},"connector":{"coordinate":"Query.status"}},"path":["status"]}`,
		},
		{
			name: "source and connect", sourceMessage: "$(\"source\")", sourceEx: "code: $(\"A\") a: $(1) b: $(1)", extensions: "b: $(2)",
			answer: answer{status: 500, body: `{}`},
			want:   `{"message":"source","extensions":{"code":"A","http":{"status":500},"a":1,"b":2,"connector":{"coordinate":"Query.status"}},"path":["status"]}`,
		},
		{name: "mappings that give nothing", message: "$.error", extensions: "$.error", answer: answer{status: 500, body: `{"error":3}`}, want: fmt.Sprintf(plain, 500)},
		{
			name: "fault", answer: answer{err: &fault.Error{Code: fault.GatewayTimeout, Message: "too slow", Extensions: []byte(`"a":1`)}},
			want: `{"message":"too slow","extensions":{"code":"GATEWAY_TIMEOUT","a":1,"connector":{"coordinate":"Query.status"}},"path":["status"]}`,
		},
		{
			name: "some error", answer: answer{err: errors.New("secret")},
			want: `{"message":"the backend could not be asked","extensions":{"code":"HTTP_CLIENT_ERROR","connector":{"coordinate":"Query.status"}},"path":["status"]}`,
		},
		{
			name: "cancelled", answer: answer{err: context.Canceled},
			want: `{"message":"the backend did not answer in time","extensions":{"code":"GATEWAY_TIMEOUT","connector":{"coordinate":"Query.status"}},"path":["status"]}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			connector := rest(spec.Root, "s", "Query.status", "", "", "$->match([@, $(\"up\")])")
			connector.IsSuccess, connector.Errors = parse(c.success), spec.Errors{Message: parse(c.message), Extensions: parse(c.extensions)}
			connector.Source = &spec.Source{Name: "x", HTTP: &spec.HTTPSource{}, IsSuccess: parse(c.sourceSuccess), Errors: spec.Errors{Message: parse(c.sourceMessage), Extensions: parse(c.sourceEx)}}
			l := newLab(t, func(context.Context, *spec.Connector, *Input) answer { return c.answer }, connector)
			want := `{"data":{"status":null},"errors":[` + c.want + `]}`
			if c.want == "" {
				want = `{"data":{"status":"up"}}`
			}
			same(t, "answer", l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{}), want)
		})
	}
}

func TestPanicsAreErrors(t *testing.T) {
	for _, share := range []bool{false, true} {
		l := newLab(t, func(context.Context, *spec.Connector, *Input) answer { panic("a bug") },
			rest(spec.Type, "T", "Product", "id", "$this.id", "id"))
		l.share = share
		call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{id}}}`, nil, "Product T")
		same(t, "answer", l.fetch(WithScope(context.Background()), call, &subgraphs.Request{Sets: representations(`{"id":"1"}`)}),
			`{"data":{"_entities":[null]},"errors":[{"message":"internal server error","extensions":{"code":"INTERNAL_SERVER_ERROR","connector":{"coordinate":"Product"}},"path":["_entities",0]}]}`)
	}
}

func TestGRPCFailure(t *testing.T) {
	connector := &spec.Connector{ID: "s", Coordinate: "Query.status", Type: "Query", Field: "status", Selection: parse("$"), GRPC: &spec.GRPC{Method: "a.B/C"}}
	l := newLab(t, nil, connector)
	l.options.Open = func(*spec.Connector, *mapping.Reads) (Backend, error) {
		return backendFunc(func(out *Answer) error {
			*out = Answer{Body: []byte(`{"code":5}`), Status: 5, Failed: true, Fault: &fault.Error{Code: "NOT_FOUND", Message: "gone", Extensions: []byte(`"grpc":{"code":5}`)}}
			return nil
		}), nil
	}
	same(t, "answer", l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{}),
		`{"data":{"status":null},"errors":[{"message":"gone","extensions":{"code":"NOT_FOUND","grpc":{"code":5},"connector":{"coordinate":"Query.status"}},"path":["status"]}]}`)
}

type backendFunc func(out *Answer) error

func (f backendFunc) Call(_ context.Context, _ *Input, out *Answer) error { return f(out) }

func TestVariables(t *testing.T) {
	connector := rest(spec.Root, "s", "Query.status", "", `a: $config.host b: $env.REGION c: $env.SECRET d: $request.headers.tenant e: $request.headers.x g: $request.headers.Tenant f: $context.principal.subject`, "$")
	connector.Source = &spec.Source{Name: "x", HTTP: &spec.HTTPSource{}}
	l := newLab(t, fixed(`"ok"`), connector)
	l.options.Config = map[string]SourceConfig{"x": {Config: map[string]string{"host": "h\"", "a": "b"}, Env: []string{"REGION", "OTHER"}}}
	l.options.Env = func(name string) (string, bool) { return "value of " + name, true }
	c := &caller.Caller{Profile: "web", Header: map[string][]string{"Tenant": {"a", "b"}, "Authorization": {"secret"}}, Principal: &caller.Principal{Kind: "user", Subject: "ann", Claims: []byte(`{"x":1}`)}}
	l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{Caller: c, Header: []subgraphs.Header{{Name: "via", Value: "weft"}}})
	sameList(t, "requests", l.asked(), `s $config={"a":"b","host":"h\""} $env={"REGION":"value of REGION"} `+
		`$context={"profile":"web","client":{},"principal":{"kind":"user","subject":"ann","scopes":[],"roles":[],"claims":{"x":1}}} `+
		`$request={"headers":{"tenant":["a","b"]}} via: weft`)
}

func TestOnlyWhatIsUsedIsMade(t *testing.T) {
	l := newLab(t, fixed(`"ok"`), rest(spec.Root, "s", "Query.status", "", "", "$"))
	l.options.Context = func([]byte, *caller.Caller) []byte { panic("nobody uses it") }
	l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{})
	sameList(t, "requests", l.asked(), "s ")
}

func TestIdentity(t *testing.T) {
	c := rest(spec.Root, "s", "Query.status", "", `a: $request.headers.tenant`, "$")
	c.HTTP.Headers = []spec.Header{{Name: "x", From: "authorization"}}
	identity := func(list ...*spec.Connector) func(header map[string][]string, subject string) string {
		l := newLab(t, nil, list...)
		source, err := NewSource(l.options)
		if err != nil {
			t.Fatal(err)
		}
		return func(header map[string][]string, subject string) string {
			who := &caller.Caller{RequestID: subject, Header: header, Principal: &caller.Principal{Subject: subject}}
			return string(source.(interface {
				AppendIdentity(dst []byte, c *caller.Caller) []byte
			}).AppendIdentity(nil, who))
		}
	}
	of := identity(c)
	base := of(map[string][]string{"Tenant": {"a"}, "Authorization": {"b"}, "X-Request-Id": {"1"}}, "ann")
	if base != of(map[string][]string{"Tenant": {"a"}, "Authorization": {"b"}, "X-Request-Id": {"2"}}, "bob") {
		t.Error("what nobody reads tells callers apart")
	}
	for _, other := range []map[string][]string{{"Tenant": {"b"}, "Authorization": {"b"}}, {"Tenant": {"a"}, "Authorization": {"c"}}, {"Tenant": {"a"}}, {"Tenant": {"a"}, "Authorization": {"b", ""}}} {
		if of(other, "ann") == base {
			t.Errorf("%v is the same", other)
		}
	}
	if of := identity(rest(spec.Root, "s", "Query.status", "", `a: $context.principal.subject`, "$")); of(nil, "ann") == of(nil, "bob") {
		t.Error("principals are the same")
	}
}

func TestInvalidBody(t *testing.T) {
	l := newLab(t, fixed(`{"id":`), rest(spec.Root, "s", "Query.status", "", "", "$"))
	same(t, "answer", l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{}),
		`{"data":{"status":null},"errors":[{"message":"the backend's answer is not JSON","extensions":{"code":"CONNECTOR_RESPONSE_INVALID","connector":{"coordinate":"Query.status"}},"path":["status"]}]}`)
}

// One error stands at each key of a request that failed, so a backend that is
// long-winded could fill the memory with its words.
func TestFailuresAreShort(t *testing.T) {
	connector := batchOf(0)
	connector.Errors = spec.Errors{Message: parse("$.error"), Extensions: parse("code: $.error long: $.error short: $.hint")}
	l := newLab(t, fixed(`{}`), connector)
	l.serve = func(context.Context, *spec.Connector, *Input) answer {
		return answer{status: 500, body: `{"error":"` + strings.Repeat("é", 1<<20) + `","hint":"h"}`}
	}
	got := l.fetch(context.Background(), l.prepare(plan.Query, entities, nil, "Product B"), &subgraphs.Request{Sets: products(100, func(i int) int { return i })})
	if n := strings.Count(got, `"short":"h"`); n != 100 || len(got) > 100*(maxMessage+500) {
		t.Errorf("%d errors of %d bytes", n, len(got))
	}
	if strings.Contains(got, `"long"`) || !strings.Contains(got, `é…","extensions":{"code":"CONNECTOR_FETCH"`) {
		t.Errorf("%.5000s", got)
	}
}

// What the mappings of a request ran into is told, whether it is sent or not.
func TestProblemsOfRequests(t *testing.T) {
	for _, err := range []error{nil, &fault.Error{Code: fault.ConnectorRequest, Message: "no"}} {
		l := newLab(t, nil, rest(spec.Root, "s", "Query.status", "", "", "$"))
		l.options.Open = opened(noting{err})
		var told []string
		l.options.Trace.Problems = func(_ string, list []mapping.Problem) {
			for _, p := range list {
				told = append(told, p.Message)
			}
		}
		l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{})
		sameList(t, "problems", told, "nothing there")
	}
}

// noting is a backend that has a problem with each request.
type noting struct{ err error }

func (b noting) Call(_ context.Context, in *Input, out *Answer) error {
	in.Problems.Add(mapping.Problem{Message: "nothing there", Count: 1})
	out.Body, out.Status = append(out.Body, `"ok"`...), 200
	return b.err
}

// A bug is no debugging matter.
func TestPanicsAreLogged(t *testing.T) {
	l := newLab(t, func(context.Context, *spec.Connector, *Input) answer { panic("a bug") }, rest(spec.Root, "s", "Query.status", "", "", "$"))
	var lines strings.Builder
	l.options.Logger = slog.New(slog.NewTextHandler(&lines, nil))
	l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{})
	if text := lines.String(); !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "a bug") || !strings.Contains(text, "failure_test.go") {
		t.Error(text)
	}
}

// Each request is told of, with what became of it.
func TestRequestsAreTold(t *testing.T) {
	down := &fault.Error{Code: fault.HTTPClientError, Message: "down"}
	for _, c := range []struct {
		answer answer
		want   RequestInfo
	}{
		{answer{body: `"ok"`}, RequestInfo{Status: 200}},
		{answer{status: 503, body: `null`}, RequestInfo{Status: 503, Failed: true}},
		{answer{err: down}, RequestInfo{Err: down}},
	} {
		l := newLab(t, fixed(""), rest(spec.Root, "s", "Query.status", "", "", "$"))
		l.serve = func(context.Context, *spec.Connector, *Input) answer { return c.answer }
		var told []RequestInfo
		l.options.Trace.Request = func(i RequestInfo) { i.Took = 0; told = append(told, i) }
		l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{})
		c.want.Connector = "s"
		if len(told) != 1 || told[0] != c.want {
			t.Errorf("%+v", told)
		}
	}
}
