package connectors

import (
	"context"
	"testing"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// A connector that enters an interface says what each object is, and has the
// fields of all of them.
func TestInterfaceLookup(t *testing.T) {
	c := rest(spec.Entity, "M", "Query.medium", "id", "$args", "$ { __typename: kind id title pages minutes }")
	c.Type, c.Arguments = "Medium", map[string]string{"id": "id"}
	l := newLab(t, fixed(`{"kind":"Film","id":1,"title":"x","minutes":90}`), c)
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Medium{__typename title ... on Book{pages} ... on Film{minutes}}}}`, nil, "Medium M")
	same(t, "answer", l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(`{"id":"1"}`)}),
		`{"data":{"_entities":[{"__typename":"Film","title":"x","pages":null,"minutes":90}]}}`)
}

// An interface object is an object to its subgraph: nobody asks a backend for
// its type.
func TestInterfaceObject(t *testing.T) {
	l := newLab(t, fixed(`[{"id":1,"price":2.5}]`), rest(spec.Root, "S", "Query.shows", "", "$args", "$ { id price }"))
	call := l.prepare(plan.Query, `{shows{__typename id price}}`, nil)
	same(t, "answer", l.fetch(context.Background(), call, &subgraphs.Request{}),
		`{"data":{"shows":[{"__typename":"Show","id":"1","price":2.5}]}}`)
}
