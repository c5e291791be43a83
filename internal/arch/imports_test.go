package arch

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/weftql/weft"

// leaves may be imported by everybody.
var leaves = []string{"fault", "caller", "planner/plan", "internal/cache", "internal/headername", "internal/jsonscan", "internal/expression", "internal/nearest", "internal/series"}

// everything marks the assembly and the test-only packages: nothing but tests
// and main packages may import what carries it, except through allowed.
const everything = "*"

// allowed is the table of imports: package → the packages it may import beside
// the leaves. A package missing here fails the test.
var allowed = map[string][]string{
	"fault":               {},
	"caller":              {},
	"planner/plan":        {},
	"internal/cache":      {},
	"internal/golden":     {},
	"internal/headername": {},
	"internal/jsonscan":   {},
	"internal/nearest":    {},
	"internal/series":     {},
	"schema":              {},
	"subgraphs":           {},
	"config":              {},
	"schema/compose":      {"schema"},
	"connectors":          {"schema", "subgraphs", "connectors/mapping", "connectors/spec", "connectors/batch"},
	"connectors/mapping":  {},
	"connectors/spec":     {"schema", "connectors/mapping"},
	"connectors/batch":    {"subgraphs"},
	"connectors/restapi":  {"subgraphs", "connectors", "connectors/mapping", "connectors/spec"},
	"connectors/grpcapi":  {"subgraphs", "connectors", "connectors/mapping", "connectors/spec"},
	"schema/introspect":   {"schema", "subgraphs"},
	"operation":           {"schema"},
	"planner":             {"schema", "operation"},
	"executor":            {"subgraphs"},
	"internal/expression": {},
	"stages":              {"operation", "schema"},
	"stages/auth":         {"operation", "schema", "config", "stages", "stages/auth/jwks", "stages/auth/keys"},
	"stages/auth/jwks":    {"internal/filestamp"},
	"stages/auth/keys":    {"internal/filestamp"},
	"internal/filestamp":  {},
	"stages/limit":        {"operation", "schema", "config", "stages"},
	"bff":                 {"schema", "operation", "config", "bff/overlay", "bff/rest"},
	"bff/overlay":         {"schema", "operation"},
	"bff/rest":            {"schema", "operation", "config", "bff/selection"},
	"bff/selection":       {},
	"bff/selection/draw":  {},
	"bff/typescript":      {"schema", "bff/rest", "bff/selection"},
	"subgraphs/traffic":   {"subgraphs", "config"},
	"telemetry":           {"config", "executor", "operation", "subgraphs"},
	"server":              {"operation"},
	".":                   {everything},
	// The demo's packages know nothing of weft; they import each other.
	"examples/shop":         {"examples/shop/..."},
	"cmd/weft":              {".", "config", "schema", "schema/compose", "operation", "planner", "subgraphs", "examples/shop", "stages/auth/keys", "bff", "bff/rest", "bff/typescript"},
	"internal/testkit":      {everything},
	"internal/conformance":  {everything},
	"internal/differential": {everything},
	"internal/connectorlab": {everything},
	"internal/rightslab":    {everything},
	"internal/overlaylab":   {everything},
	"internal/acceptance":   {everything},
	"internal/redistest":    {},
	"internal/testcount":    {},
	"internal/graphiql":     {},
	"internal/gen/errors":   {},
	"internal/gen/proto":    {},
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	walk(t, func(pkg, path string, file *ast.File) {
		row, ok := rule(pkg)
		if !ok && !seen[pkg] {
			t.Errorf("package %s is missing from the import table of internal/arch", pkg)
		}
		seen[pkg] = true
		for _, imported := range imports(t, file) {
			if ok && !permits(row, imported) {
				t.Errorf("%s imports %s, which the table in internal/arch does not allow", path, imported)
			}
		}
	})
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("package %s is in the table but has no Go file", pkg)
		}
	}
}

// rule finds the row of a package; packages below examples/shop share its row.
func rule(pkg string) ([]string, bool) {
	if strings.HasPrefix(pkg, "examples/shop/") {
		pkg = "examples/shop"
	}
	row, ok := allowed[pkg]
	return row, ok
}

func permits(row []string, imported string) bool {
	if slices.Contains(leaves, imported) || slices.Contains(row, imported) || slices.Contains(row, everything) {
		return true
	}
	for _, r := range row {
		if prefix, ok := strings.CutSuffix(r, "..."); ok && strings.HasPrefix(imported, prefix) {
			return true
		}
	}
	return false
}

// imports returns the weft packages a file imports, relative to the module.
func imports(t *testing.T, file *ast.File) []string {
	t.Helper()
	var found []string
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if name == module {
			found = append(found, ".")
		} else if rest, ok := strings.CutPrefix(name, module+"/"); ok {
			found = append(found, rest)
		}
	}
	return found
}
