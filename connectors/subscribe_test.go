package connectors

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// streaming is a backend with streams: of the answers of its list.
type streaming struct {
	*backend
	messages []answer
	closed   *int
}

func (s *streaming) Stream(_ context.Context, in *Input) (Stream, error) {
	s.lab.log = append(s.lab.log, s.connector.ID+" "+s.text(in))
	return &messages{list: s.messages, closed: s.closed}, nil
}

type messages struct {
	list   []answer
	closed *int
}

func (m *messages) Next(_ context.Context, out *Answer) error {
	if len(m.list) == 0 {
		return io.EOF
	}
	a := m.list[0]
	m.list = m.list[1:]
	out.Body, out.Status, out.Failed = append(out.Body, a.body...), a.status, a.status != 0
	return a.err
}

func (m *messages) Close() error {
	*m.closed++
	return nil
}

func TestSubscription(t *testing.T) {
	c := rest(spec.Root, "S", "Subscription.priced", "", "a: $args.id", "$ { id name }")
	c.IsSuccess = parse("$.ok")
	l := newLab(t, nil, c)
	closed := 0
	broken := &fault.Error{Code: "UNAVAILABLE", Message: "gone away"}
	l.options.Open = func(c *spec.Connector, _ *mapping.Reads) (Backend, error) {
		return &streaming{backend: &backend{connector: c, lab: l}, closed: &closed, messages: []answer{
			{body: `{"ok":true,"id":1,"name":"a"}`}, {body: `{"ok":false}`}, {body: `{"ok":true,"id":1,"name":"b"}`}, {err: broken}}}, nil
	}
	call := l.prepare(plan.Subscription, `subscription($id: ID!){ price: priced(id: $id) { name id } }`, []string{"id"})
	value := []byte(`"1"`)
	stream, err := call.(subgraphs.Subscriber).Subscribe(context.Background(), &subgraphs.Request{Values: [][]byte{value}, Caller: &caller.Caller{}})
	if err != nil {
		t.Fatal(err)
	}
	copy(value, "xxx") // the request is the caller's again
	sameList(t, "requests", l.asked(), `S $args={"id":"1"}`)
	for _, want := range []string{
		`{"data":{"price":{"name":"a","id":"1"}}}`,
		`{"data":{"price":null},"errors":[{"message":"Request failed","extensions":{"code":"CONNECTOR_FETCH","http":{"status":0},"connector":{"coordinate":"Subscription.priced"}},"path":["price"]}]}`,
		`{"data":{"price":{"name":"b","id":"1"}}}`,
	} {
		res := &subgraphs.Response{Body: []byte("x")}
		if err := stream.Next(context.Background(), res); err != nil {
			t.Fatal(err)
		}
		same(t, "event", string(res.Body), "x"+want)
	}
	if err := stream.Next(context.Background(), &subgraphs.Response{}); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := stream.Next(context.Background(), &subgraphs.Response{}); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	_, _ = stream.Close(), stream.Close()
	if closed != 1 {
		t.Errorf("closed %d times", closed)
	}
}

func TestSubscriptionNeedsStreams(t *testing.T) {
	l := newLab(t, nil, rest(spec.Root, "S", "Subscription.priced", "", "", "id"))
	source, err := NewSource(l.options)
	if err != nil {
		t.Fatal(err)
	}
	_, err = source.Prepare(&subgraphs.Spec{Kind: plan.Subscription, Operation: `subscription{ priced(id: 1) { id } }`})
	if err == nil || !strings.Contains(err.Error(), "no streams") {
		t.Error(err)
	}
}

// A large event leaves nothing behind: there are thousands of streams.
func TestSubscriptionKeepsLittle(t *testing.T) {
	l := newLab(t, nil, rest(spec.Root, "S", "Subscription.priced", "", "a: $args.id", "$ { id name }"))
	l.options.Open = func(c *spec.Connector, _ *mapping.Reads) (Backend, error) {
		return &streaming{backend: &backend{connector: c, lab: l}, closed: new(int), messages: []answer{
			{body: `{"id":1,"name":"` + strings.Repeat("x", 1<<20) + `"}`}, {body: `{"id":1,"name":"a"}`}}}, nil
	}
	s, err := l.prepare(plan.Subscription, `subscription { priced(id: 1) { name } }`, nil).(subgraphs.Subscriber).
		Subscribe(context.Background(), &subgraphs.Request{Caller: &caller.Caller{}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Next(context.Background(), &subgraphs.Response{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.(*stream).job.size(); n > 2*maxKeptByStream {
		t.Errorf("%d bytes are kept", n)
	}
}
