package executor

import (
	"github.com/weftql/weft/subgraphs"
	"os"
	"testing"
)

func recProg(b testing.TB) *Program {
	text, _ := os.ReadFile("testdata/heavy.plan.txt")
	m := map[string]string{"0": "070117a6115cd55b", "1": "e4421d2489d257ce", "2": "486166fd3ae06e96", "3": "fffdfb8a6e9d1d7a", "4": "7f82e10f510ac16c", "5": "d827bf2580d56006"}
	p, _ := compileText(b, string(text), func(f string, r *subgraphs.Request) string {
		x, _ := os.ReadFile("/work/shared/bench/floor/testdata/" + m[f] + ".res")
		return string(x)
	})
	return p
}
func BenchmarkRec(b *testing.B) { execute(b, recProg(b)) }
func TestRec(t *testing.T) {
	r := recProg(t).Execute(t.Context(), &Input{})
	t.Log(len(r.Body), r.Errors)
	t.Logf("%.300s", r.Body)
}
