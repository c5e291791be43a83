package testkit_test

import (
	"context"
	"sync"
	"testing"

	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/subgraphs"
)

// canned answers each connector with one body, and notes what it was asked.
type canned struct {
	bodies map[string]string

	mu    sync.Mutex
	asked map[string]string
}

func (c *canned) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	id := spec.Lookup
	if len(spec.Sets) > 0 {
		id = spec.Sets[0].Lookup
	}
	return cannedCall{c, id}, nil
}

type cannedCall struct {
	source *canned
	id     string
}

func (c cannedCall) Fetch(_ context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	c.source.mu.Lock()
	defer c.source.mu.Unlock()
	for i := range req.Sets {
		c.source.asked[c.id] += string(req.Sets[i].Reps)
	}
	res.Body = append(res.Body, c.source.bodies[c.id]...)
	return nil
}

// A connector that uses nothing of its object is asked once, with the type's
// name; one whose key is null is not asked.
func TestConnectorKeys(t *testing.T) {
	result := compose.Compose([]compose.Input{{Name: "s", SDL: "type Query { users: [User] } type User { name: String code: Int motto: String rank: Int }"}},
		compose.Options{SkipSatisfiability: true})
	if !result.OK() {
		t.Fatal(result.Errors[0].Message)
	}
	graph, err := testkit.WithConnectors(result.Graph, "users: s Query.users { name code }\nmotto: s User.motto()\nrank: s User.rank(code)\n")
	if err != nil {
		t.Fatal(err)
	}
	source := &canned{asked: map[string]string{}, bodies: map[string]string{
		"users": `{"data":{"users":[{"name":"a","code":null},{"name":"b","code":7}]}}`,
		"motto": `{"data":{"_entities":[{"motto":"m"}]}}`,
		"rank":  `{"data":{"_entities":[{"rank":1}]}}`,
	}}
	gateway, err := testkit.NewGateway(graph, func(string) subgraphs.Source { return source })
	if err != nil {
		t.Fatal(err)
	}
	answer := gateway.Do(context.Background(), &testkit.Ask{Query: "{ users { name motto rank } }"})
	if answer.Failure != nil || len(answer.Errors) > 0 {
		t.Fatal(answer.Failure, answer.Errors)
	}
	want := `{"data":{"users":[{"name":"a","motto":"m","rank":null},{"name":"b","motto":"m","rank":1}]}}`
	if string(answer.Body) != want {
		t.Errorf("got  %s\nwant %s", answer.Body, want)
	}
	if got := source.asked["motto"]; got != `{"__typename":"User"}` {
		t.Errorf("motto was asked with %s", got)
	}
	if got := source.asked["rank"]; got != `{"__typename":"User","code":7}` {
		t.Errorf("rank was asked with %s", got)
	}
}
