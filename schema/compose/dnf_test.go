package compose

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func TestConjunction(t *testing.T) {
	for _, c := range []struct{ left, right, want string }{
		{`[["a"], ["b"]]`, `[["c"]]`, `[["a", "c"], ["b", "c"]]`},
		{`[["a"], ["b"]]`, `[["a"]]`, `[["a"]]`},
		{`[]`, `[["a"]]`, `[["a"]]`},
		{`[[]]`, `[["b"], ["a"]]`, `[["a"], ["b"]]`},
		{`[["b", "a"]]`, `[["a", "b"]]`, `[["a", "b"]]`},
		{`[["a"], ["b", "c"]]`, `[["b"], ["c"]]`, `[["a", "b"], ["a", "c"], ["b", "c"]]`},
	} {
		got := valueText(conjunction([]dnf{dnfOf(literal(t, c.left)), dnfOf(literal(t, c.right))}).value())
		if got != c.want {
			t.Errorf("%s and %s: got %s, want %s", c.left, c.right, got, c.want)
		}
	}
}

func literal(t *testing.T, text string) *ast.Value {
	t.Helper()
	doc, err := parser.ParseSchema(&ast.Source{Input: "scalar X @x(v: " + text + ")"})
	if err != nil {
		t.Fatal(err)
	}
	return doc.Definitions[0].Directives[0].Arguments[0].Value
}

// TestConjunctionMeaning compares with the truth table: a set of scopes fulfils
// a conjunction if it fulfils every operand.
func TestConjunctionMeaning(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		operands := make([]dnf, 1+random.IntN(3))
		for i := range operands {
			operands[i] = randomDNF(random)
		}
		all := conjunction(operands)
		for held := range 1 << len(scopeNames) {
			want := true
			for _, d := range operands {
				want = want && fulfils(held, d)
			}
			if fulfils(held, all) != want {
				t.Fatalf("%v: %v with scopes %b: got %v, want %v", operands, all, held, !want, want)
			}
		}
		for _, d := range operands {
			if !all.implies(d) {
				t.Fatalf("%v does not imply %v", all, d)
			}
		}
	}
}

var scopeNames = []string{"a", "b", "c", "d"}

func randomDNF(random *rand.Rand) dnf {
	d := dnf{}
	for range 1 + random.IntN(3) {
		term := []string{}
		for _, name := range scopeNames {
			if random.IntN(3) == 0 {
				term = append(term, name)
			}
		}
		d = append(d, term)
	}
	return d
}

func fulfils(held int, d dnf) bool {
	for _, term := range d {
		ok := true
		for _, name := range term {
			for i, known := range scopeNames {
				ok = ok && (name != known || held&(1<<i) != 0)
			}
		}
		if ok {
			return true
		}
	}
	return false
}

// TestConjunctionBounds: operands of many terms end soon, with something that
// asks for more than they do.
func TestConjunctionBounds(t *testing.T) {
	wide := func(prefix string) dnf {
		d := dnf{}
		for i := range 20_000 {
			d = append(d, []string{prefix + strconv.Itoa(i%5_000)})
		}
		return d
	}
	operands := []dnf{wide("a"), wide("b"), wide("c")}
	all := conjunction(operands)
	if len(all) == 0 || len(all) > maxTerms {
		t.Fatalf("%d terms", len(all))
	}
	for _, term := range all {
		if len(term) != 3 {
			t.Fatalf("%v leaves an operand out", term)
		}
	}
}
