package connectorlab

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var (
	cases = flag.Int("connectors.cases", 2000, "how many operations to compare")
	seed  = flag.Uint64("connectors.seed", 0, "where to begin; 0 is the clock")
	show  = flag.Int("connectors.show", 1, "how many failures to make small and print")
)

// perGraph is how many operations each graph gets; chosen so that opening it
// takes less time than they do.
const perGraph = 15

// TestConnectors compares random operations over random graphs. A failure prints
// its graph's seed; -connectors.seed repeats it.
func TestConnectors(t *testing.T) {
	start := *seed
	if start == 0 {
		start = uint64(time.Now().UnixNano()) & (1<<40 - 1)
	}
	t.Logf("seed %d", start)
	graphs, refused, done, failed := 0, 0, 0, 0
	reasons := map[string]int{}
	for ; done < *cases && failed < *show; start++ {
		graphs++
		n, err := compare(t, start)
		if errors.Is(err, errCompose) {
			refused++
			reasons[reason(err)]++
			if testing.Verbose() && refused < 4 {
				t.Logf("seed %d: %v", start, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("seed %d: %v", start, err)
			failed++
		}
		done += n
	}
	t.Logf("%d operations over %d graphs, %d further did not compose %v", done, graphs-refused, refused, reasons)
	if 10*refused > 7*graphs {
		t.Errorf("%d of %d graphs do not compose: the generator has lost touch with the rules", refused, graphs)
	}
}

func reason(err error) string {
	text := strings.TrimPrefix(err.Error(), errCompose.Error()+": ")
	code, _, _ := strings.Cut(text, ":")
	return code
}

// compare asks one graph. It returns how many operations were compared.
func compare(t *testing.T, seed uint64) (int, error) {
	t.Helper()
	g := draw(seed)
	l, err := open(t.Context(), g)
	if err != nil {
		return 0, err
	}
	defer l.close()
	a := &asker{Rand: rand.New(rand.NewPCG(seed, 2)), g: g}
	var ops []*operation
	for range perGraph {
		ops = append(ops, a.operation())
	}
	for i := 0; i < len(ops) && !g.together; i++ {
		if what := l.judge(t.Context(), ops[i]); what != "" {
			return i, small(t, &specimen{g: g, op: ops[i], what: what})
		}
	}
	if g.together {
		if op, what := l.judgeAll(t.Context(), ops); op != nil {
			return 0, small(t, &specimen{g: g, op: op, what: what})
		}
	}
	return perGraph, nil
}

// small returns a specimen made small as an error.
func small(t *testing.T, s *specimen) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if !s.try(ctx) {
		return errors.New("only together with other operations:\n" + s.String())
	}
	s.shrink(ctx)
	return errors.New("\n" + s.String())
}
