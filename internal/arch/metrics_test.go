package arch

import (
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestMetricsArePublished holds docs/observability.md against the code: every
// metric is in its table with its kind and its labels, and nothing else is.
func TestMetricsArePublished(t *testing.T) {
	made := map[string]string{}
	walk(t, func(_, path string, file *ast.File) {
		if strings.HasSuffix(path, "_gen.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if name, row := metricOf(call); name != "" {
					made[name] = row
				}
			}
			return true
		})
	})
	if len(made) < 30 {
		t.Fatalf("only %d metrics found: is this test still looking at the right calls?", len(made))
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "observability.md"))
	if err != nil {
		t.Fatal(err)
	}
	published := map[string]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if name := strings.Trim(strings.TrimSpace(strings.Join(cells[min(1, len(cells)-1):min(2, len(cells))], "")), "`"); strings.HasPrefix(name, "weft_") && len(cells) > 4 {
			published[name] = strings.TrimSpace(cells[2]) + "|" + strings.TrimSpace(cells[3])
		}
	}
	for name, row := range made {
		if published[name] != row {
			t.Errorf("%s: the page says %q, the code %q", name, published[name], row)
		}
	}
	for name := range published {
		if made[name] == "" {
			t.Errorf("%s is on the page but not made", name)
		}
	}
}

// metricOf returns the name a call gives to a metric, and its cells in the
// table: kind and labels, sorted.
func metricOf(call *ast.CallExpr) (name, row string) {
	made, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return "", ""
	}
	if made.Sel.Name == "NewDesc" {
		return text(call.Args[0]), "gauge|" + labels(call.Args, 2)
	}
	kind, isNew := strings.CutPrefix(made.Sel.Name, "New")
	options, ok := call.Args[0].(*ast.CompositeLit)
	if !isNew || !ok {
		return "", ""
	}
	for _, e := range options.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Name" && strings.HasPrefix(text(pair.Value), "weft_") {
				name = text(pair.Value)
			}
		}
	}
	kind = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(kind, "Vec"), "Func"))
	return name, kind + "|" + labels(call.Args, 1)
}

func text(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, _ := strconv.Unquote(literal.Value)
	return s
}

// labels are those of a literal list at a place of the arguments.
func labels(args []ast.Expr, at int) string {
	if len(args) <= at {
		return ""
	}
	list, ok := args[at].(*ast.CompositeLit)
	if !ok {
		return ""
	}
	var names []string
	for _, e := range list.Elts {
		names = append(names, "`"+text(e)+"`")
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
