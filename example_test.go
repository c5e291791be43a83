package weft_test

import (
	"context"
	"fmt"

	"github.com/weftql/weft"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/subgraphs"
)

// hello answers every fetch alike; a program would reach its backends here, or
// give a URL instead of a Source.
type hello struct{}

func (hello) Prepare(*subgraphs.Spec) (subgraphs.Call, error) { return hello{}, nil }

func (hello) Fetch(_ context.Context, _ *subgraphs.Request, res *subgraphs.Response) error {
	res.Body = append(res.Body, `{"data":{"hello":"world"}}`...)
	return nil
}

// A gateway in a program of one's own, without a listener.
func ExampleNew() {
	g, err := weft.New(context.Background(), weft.Options{Subgraphs: []weft.Subgraph{
		{Name: "greetings", Schema: weft.Schema{Text: "type Query { hello: String }"}, Source: hello{}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer g.Close()
	answer := g.Do(context.Background(), &operation.Request{Document: []byte("{ hello }")})
	defer answer.Release()
	fmt.Println(string(answer.Body))
	// Output: {"data":{"hello":"world"}}
}
