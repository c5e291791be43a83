package limit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/stages"
)

// TestEstimateIsTheCostOfAFullAnswer estimates random operations, answers them
// with lists as long as estimated and nothing null, and measures the answers:
// both costs are the same. Shorter answers cost less.
func TestEstimateIsTheCostOfAFullAnswer(t *testing.T) {
	g := shop(t)
	w := newWeights(g)
	p := operation.NewPreparer(g.API, operation.Limits{})
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		doc := "{ " + randomFields(random, "Query", 0) + " }"
		op, err := p.Prepare(t.Context(), &operation.Request{Document: []byte(doc)})
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		values, _, err := op.Coerce(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		program := w.compile(op, 3, -1)
		estimated, err := program.estimate(values)
		if err != nil {
			t.Fatal(err)
		}
		call := &stages.Call{Operation: op, Values: values}
		sizes := map[string]int{"cart": 3, "reviews": 5}
		if got := program.Measure(call, []byte(answerTo(op, op.Select, sizes))); got != max(1, estimated) {
			t.Fatalf("%s: %d estimated, %d measured of a full answer", doc, estimated, got)
		}
		sizes["cart"], sizes["reviews"] = 1, 0
		if got := program.Measure(call, []byte(answerTo(op, op.Select, sizes))); got > max(1, estimated) {
			t.Fatalf("%s: %d estimated, %d measured of a short answer", doc, estimated, got)
		}
	}
}

// shopFields are the fields of the shop's types, and what they return.
var shopFields = map[string][][2]string{
	"Query":   {{"me", "User"}, {"products(first: %d)", "Product"}, {"find(f: {text: \"x\"})", ""}},
	"User":    {{"name", ""}, {"cart", "Product"}},
	"Product": {{"id", ""}, {"name", ""}, {"reviews", "Review"}},
	"Review":  {{"stars", ""}, {"text", ""}},
}

func randomFields(random *rand.Rand, on string, depth int) string {
	var b strings.Builder
	for i := range 1 + random.IntN(4) {
		f := shopFields[on][random.IntN(len(shopFields[on]))]
		name, alias := f[0], fmt.Sprintf("f%d_%d: ", depth, i)
		if strings.Contains(name, "%d") {
			name = fmt.Sprintf(name, random.IntN(6))
		}
		b.WriteString(alias + name)
		if f[1] != "" {
			b.WriteString(" { " + randomFields(random, f[1], depth+1) + "}")
		}
		b.WriteString(" ")
	}
	return b.String()
}

// answerTo makes an answer's object, with lists as long as their arguments or
// sizes say.
func answerTo(op *operation.Operation, fields []operation.Field, sizes map[string]int) string {
	var members []string
	for i := range fields {
		f := &fields[i]
		value := "1"
		if len(f.Select) > 0 {
			value = answerTo(op, f.Select, sizes)
		}
		n, list := sizes[f.Name]
		if f.Name == "products" {
			list = true
			for i, v := range op.Variables {
				if "$"+v.Name == f.Args[0].Value {
					_, _ = fmt.Sscan(string(op.Literals[i]), &n)
				}
			}
		}
		if list {
			value = "[" + strings.TrimSuffix(strings.Repeat(value+",", n), ",") + "]"
		}
		members = append(members, fmt.Sprintf("%q : %s", f.Response, value))
	}
	return "{" + strings.Join(members, " ,\n") + "}"
}
