package executor

import (
	"context"
	"testing"

	"github.com/weftql/weft/subgraphs"
)

// Runs allocate nothing once the pool is warm, as parsing, representing and
// writing do not: performance does not depend on the garbage collector.
func TestAllocations(t *testing.T) {
	ctx, in := context.Background(), &Input{}
	big, _ := heavy(t, heavyShop)
	tiny, _ := compileText(t, tinyPlan, func(string, *subgraphs.Request) string { return tinyAnswer })
	null, _ := compileText(t, manyPlan, func(string, *subgraphs.Request) string { return `{"data":{"list":[{"n":1},null,{"n":2,"text":null}]}}` })
	for name, prog := range map[string]*Program{"heavy": big, "tiny": tiny, "null": null} {
		prog.Execute(ctx, in).Release()
		// A collection may empty the pool meanwhile: half an allocation is none.
		if n := testing.AllocsPerRun(200, func() { prog.Execute(ctx, in).Release() }); n > 0.5 && !raced {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	parse := newParse(t)
	if n := testing.AllocsPerRun(50, parse.once); n > 0 {
		t.Errorf("parse: %v allocations", n)
	}
	represent := newRepresent(t, 1000)
	if n := testing.AllocsPerRun(50, represent.once); n > 0 {
		t.Errorf("represent: %v allocations", n)
	}
	write := newWrite(t)
	if n := testing.AllocsPerRun(50, write.once); n > 0 {
		t.Errorf("write: %v allocations", n)
	}
}
