package executor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weftql/weft/subgraphs"
)

// shop is the data of the heavy query: users and products whose reviews point
// at each other.
type shop struct{ users, products, perUser, perProduct int }

func (s shop) reviewsOfUser(user, depth int) string {
	var list []string
	for i := range s.perUser {
		n := user*s.perUser + i
		product := (user*3 + i*5) % s.products
		text := fmt.Sprintf(`{"id":"%d","body":"%s","product":{"upc":"%d"`, n, reviewBody(n), product)
		if depth > 0 {
			text += `,"reviews":` + s.reviewsOfProduct(product)
		}
		list = append(list, text+"}}")
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (s shop) reviewsOfProduct(product int) string {
	var list []string
	for i := range s.perProduct {
		n := 1000 + product*s.perProduct + i
		user := (product*2 + i) % s.users
		list = append(list, fmt.Sprintf(`{"id":"%d","body":"%s","author":{"id":"%d","username":"%s","reviews":%s}}`,
			n, reviewBody(n), user, userName(user), s.reviewsOfUser(user, 0)))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// reviewBody is about 400 characters of words.
func reviewBody(n int) string {
	words := strings.Fields("ridge upland amber fjord yonder shore thorn delta heath quay basin zephyr plain ledge ember grove wharf jetty notch knoll cedar marsh ocean vale")
	var b strings.Builder
	for i := 0; b.Len() < 350+n%100; i++ {
		n = n*1103515245 + 12345
		b.WriteString(words[(n>>16&0x7fff)%len(words)])
		b.WriteByte(' ')
	}
	return b.String() + "."
}

func userName(user int) string { return fmt.Sprintf("@user%d", user) }

func fullName(user int) string { return fmt.Sprintf("Ada the %dth", user) }

func (s shop) product(upc int) string {
	return fmt.Sprintf(`{"name":"Product %d","price":%d,"weight":%d}`, upc, 100+upc*7, 50+upc*3)
}

// answer is what a subgraph says to a fetch of testdata/heavy.plan.txt.
func (s shop) answer(fetch string, req *subgraphs.Request) string {
	switch fetch {
	case "0":
		var list []string
		for i := range s.users {
			list = append(list, fmt.Sprintf(`{"id":"%d","username":"%s","name":"%s"}`, i, userName(i), fullName(i)))
		}
		return `{"data":{"users":[` + strings.Join(list, ",") + `]}}`
	case "1":
		var list []string
		for i := range 5 {
			list = append(list, fmt.Sprintf(`{"name":"Product %d","price":%d,"upc":"%d","weight":%d}`, i, 100+i*7, i, 50+i*3))
		}
		return `{"data":{"topProducts":[` + strings.Join(list, ",") + `]}}`
	case "2":
		a := entities(req, 0, "id", func(id int) string { return `{"reviews":` + s.reviewsOfUser(id, 1) + `}` })
		b := entities(req, 1, "upc", func(upc int) string { return `{"reviews":` + s.reviewsOfProduct(upc) + `}` })
		return `{"data":{"a":` + a + `,"b":` + b + `}}`
	case "3":
		return `{"data":{"_entities":` + entities(req, 0, "upc", s.product) + `}}`
	case "4":
		return `{"data":{"_entities":` + entities(req, 0, "id", func(id int) string { return `{"name":"` + fullName(id) + `"}` }) + `}}`
	}
	return `{"data":{"_entities":` + entities(req, 0, "upc", func(upc int) string {
		return fmt.Sprintf(`{"inStock":%v,"shippingEstimate":%d.5}`, upc%2 == 0, upc*3)
	}) + `}}`
}

// entities answers a set of representations one by one.
func entities(req *subgraphs.Request, set int, key string, one func(int) string) string {
	var reps []map[string]any
	if err := json.Unmarshal([]byte("["+string(req.Sets[set].Reps)+"]"), &reps); err != nil {
		panic(err)
	}
	var list []string
	for _, rep := range reps {
		list = append(list, one(number10(rep[key].(string))))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// replay answers a fetch once from the generator and then from memory, without
// allocating.
type replay struct {
	answer func(fetch string, req *subgraphs.Request) string
	seen   map[string][]byte // by fetch
}

type replayCall struct {
	r     *replay
	name  string
	known []byte
	write []byte // what the request would be on the wire
}

func (r *replay) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	return &replayCall{r: r, name: spec.Name}, nil
}

func (c *replayCall) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	c.write = c.write[:0]
	for i := range req.Sets {
		c.write = append(c.write, req.Sets[i].Reps...)
	}
	if c.known == nil {
		c.known = []byte(c.r.answer(c.name, req))
		c.r.seen[c.name] = c.known
	}
	return c, nil
}

func (c *replayCall) Finish(res *subgraphs.Response) error {
	res.Body = append(res.Body, c.known...)
	return nil
}

func (c *replayCall) Interrupt() {}

func (c *replayCall) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	p, err := c.Start(ctx, req)
	if err != nil {
		return err
	}
	return p.Finish(res)
}

// heavyShop gives answers of the sizes the published benchmarks have: 76 kB of
// reviews, an answer of 90 kB.
var heavyShop = shop{users: 6, products: 9, perUser: 2, perProduct: 4}

// heavy compiles the heavy plan over a generator's data.
func heavy(t testing.TB, s shop) (*Program, *replay) {
	t.Helper()
	text, err := os.ReadFile("testdata/heavy.plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	return compileText(t, string(text), s.answer)
}

// compileText compiles a plan whose answers a function makes.
func compileText(t testing.TB, text string, answer func(string, *subgraphs.Request) string) (*Program, *replay) {
	t.Helper()
	p, err := parsePlan(text)
	if err != nil {
		t.Fatal(err)
	}
	p.Inline = true
	x, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &replay{answer: answer, seen: map[string][]byte{}}
	prog, err := x.Compile(p, func(string) subgraphs.Source { return r })
	if err != nil {
		t.Fatal(err)
	}
	return prog, r
}

func TestHeavy(t *testing.T) {
	prog, r := heavy(t, heavyShop)
	res := prog.Execute(context.Background(), &Input{})
	defer res.Release()
	if len(res.Errors) > 0 || !json.Valid(res.Body) {
		t.Fatalf("%v: %.300s", res.Errors, res.Body)
	}
	t.Logf("reviews %d bytes, answer %d bytes, %d requests", len(r.seen["2"]), len(res.Body), len(res.Fetches))
	if n := strings.Count(string(res.Body), "null"); n > 0 {
		t.Errorf("%d nulls in the answer", n)
	}
}

func BenchmarkExecute(b *testing.B) {
	b.Run("heavy", func(b *testing.B) {
		prog, _ := heavy(b, heavyShop)
		execute(b, prog)
	})
	b.Run("tiny", func(b *testing.B) {
		prog, _ := compileText(b, tinyPlan, func(string, *subgraphs.Request) string {
			return tinyAnswer
		})
		execute(b, prog)
	})
}

func execute(b *testing.B, prog *Program) {
	ctx, in := context.Background(), &Input{}
	prog.Execute(ctx, in).Release() // the generator answers once
	b.ReportAllocs()
	for b.Loop() {
		prog.Execute(ctx, in).Release()
	}
}

const tinyAnswer = `{"data":{"me":{"id":"1","name":"Ada Lovelace"}}}`

const tinyPlan = `
subgraphs accounts
shape 1
  me 2
shape 2
  id String
  name String
fetch accounts
  data 1
data
  me 0.0 T
    id 0.0 T!
    name 0.1 T
`
