package connectors

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// shelf is a random backend: what it has of each product, and which products
// make the request they are in fail.
type shelf struct {
	names  map[string]string
	poison map[string]bool
	random *rand.Rand
	mu     *sync.Mutex // guards random, where requests are at once
}

// serve answers a batch, in any order, with ids of any kind, with products
// nobody asked for, with products twice.
func (s *shelf) serve(_ context.Context, _ *spec.Connector, in *Input) answer {
	if s.mu != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	var keys []struct{ ID string }
	if err := json.Unmarshal(in.Vars[0].JSON, &keys); err != nil {
		return answer{status: 500, body: `{}`}
	}
	var items []string
	for _, k := range keys {
		if s.poison[k.ID] {
			return answer{status: 500, body: `{}`}
		}
		if name, ok := s.names[k.ID]; ok {
			items = append(items, s.item(k.ID, name))
		}
	}
	s.random.Shuffle(len(items), func(i, k int) { items[i], items[k] = items[k], items[i] })
	for range s.random.IntN(3) {
		items = append(items, `{"id":"stranger","name":"?"}`, `null`)
	}
	if len(items) > 0 && s.random.IntN(3) == 0 {
		items = append(items, strings.Replace(items[0], `"name":"`, `"name":"late `, 1))
	}
	return answer{body: `{"items":[` + strings.Join(items, ",") + `]}`}
}

func (s *shelf) item(id, name string) string {
	if strings.Trim(id, "0123456789") == "" && s.random.IntN(2) == 0 {
		return `{"id":` + id + `,"name":"` + name + `"}`
	}
	quoted, _ := json.Marshal(id)
	return `{"name":"` + name + `","id":` + string(quoted) + `}`
}

// expect answers representation by representation.
func (s *shelf) expect(ids []any, size int) string {
	var order []string
	chunk := map[string]int{}
	text := func(id any) string { return fmt.Sprint(id) }
	for _, id := range ids {
		if _, seen := chunk[text(id)]; id != nil && !seen {
			chunk[text(id)] = len(order) / size
			order = append(order, text(id))
		}
	}
	failed := map[int]bool{}
	for _, id := range order {
		failed[chunk[id]] = failed[chunk[id]] || s.poison[id]
	}
	var objects, errs []string
	for i, id := range ids {
		name, known := s.names[text(id)]
		switch {
		case id == nil:
			objects = append(objects, "null")
		case failed[chunk[text(id)]]:
			objects = append(objects, "null")
			errs = append(errs, fmt.Sprintf(`{"message":"Request failed","extensions":{"code":"CONNECTOR_FETCH","http":{"status":500},"connector":{"coordinate":"Product"}},"path":["_entities",%d]}`, i))
		case !known:
			objects = append(objects, "null")
		default:
			objects = append(objects, `{"name":"`+name+`"}`)
		}
	}
	out := `{"data":{"_entities":[` + strings.Join(objects, ",") + `]}`
	if errs != nil {
		out += `,"errors":[` + strings.Join(errs, ",") + `]`
	}
	return out + "}"
}

// TestBatchesAgainstOracle asks for random representations and compares with
// looking them up one by one: alone, in an operation that keeps what it got,
// and where operations ask together.
func TestBatchesAgainstOracle(t *testing.T) {
	for seed := range uint64(400) {
		synctest.Test(t, func(t *testing.T) { againstOracle(t, seed) })
	}
}

func againstOracle(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	s := &shelf{names: map[string]string{}, poison: map[string]bool{}, random: random}
	pool := 1 + random.IntN(30)
	id := func(i int) any {
		switch i % 4 {
		case 0:
			return nil
		case 1:
			return i // a number, or the same as text
		case 2:
			return fmt.Sprint(i - 1)
		}
		return fmt.Sprintf("k\"%d é", i)
	}
	for i := range pool {
		if random.IntN(4) > 0 {
			s.names[fmt.Sprint(id(i))] = fmt.Sprintf("n%d", i)
		}
		if random.IntN(25) == 0 {
			s.poison[fmt.Sprint(id(i))] = true
		}
	}
	var ids []any
	var list []string
	for range random.IntN(60) {
		one := id(random.IntN(pool))
		ids = append(ids, one)
		text, _ := json.Marshal(one)
		list = append(list, `{"__typename":"Product","id":`+string(text)+`}`)
	}
	size := 1 + random.IntN(8)
	l := newLab(t, s.serve, batchOf(size))
	l.options.Parallel = 1 // the backend's random source is one
	ctx := context.Background()
	switch seed % 3 {
	case 1:
		ctx = WithScope(ctx)
	case 2:
		s.mu = new(sync.Mutex)
		l.options.Config = map[string]SourceConfig{"": {Coalesce: Coalesce{Window: time.Millisecond, Threshold: -1}}}
	}
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product B")
	got := l.fetch(ctx, call, &subgraphs.Request{Sets: representations(list...)})
	if want := s.expect(ids, size); got != want {
		t.Fatalf("seed %d:\n got %s\nwant %s", seed, got, want)
	}
}
