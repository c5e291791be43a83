package clienttests

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/bff/selection/draw"
	"github.com/weftql/weft/bff/typescript"
	"github.com/weftql/weft/schema"
)

// TestTypesFitAnswers has tsc judge answers to random operations, executed by the
// book: each is a value of the operation's result type, and answers that cannot
// be are not.
func TestTypesFitAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("installs npm packages")
	}
	install(t)
	s := draw.Schema()
	rng := rand.New(rand.NewPCG(4, 4))
	var operations []*rest.Operation
	var names, checks strings.Builder
	refused := 0
	for i := range 250 {
		name := fmt.Sprintf("Op%d", i)
		text, query := draw.Operation(rng, s, name)
		operations = append(operations, &rest.Operation{Name: name, Kind: ast.Query, Document: text, Definition: query.Operations[0], Query: query})
		fmt.Fprintf(&names, "  type %sResult,\n", name)
		for range 3 {
			data, wrong := draw.Answer(rng, s, query)
			fmt.Fprintf(&checks, "value<%sResult>(%s);\n", name, literal(t, data))
			for _, w := range wrong {
				if rng.IntN(5) == 0 {
					w.Do()
					fmt.Fprintf(&checks, "// @ts-expect-error %s\nvalue<%sResult>(%s);\n", w.What, name, literal(t, data))
					w.Undo()
					refused++
				}
			}
		}
	}
	module, err := typescript.Generate(typescript.Options{Profile: "web", View: &schema.View{AST: s}, Operations: operations,
		Scalars: map[string]string{"Stamp": "string | number | object"}})
	if err != nil {
		t.Fatal(err)
	}
	head := "import {\n" + names.String() + "} from \"./app.js\";\n\nfunction value<T>(v: T): void {\n  void v;\n}\n\n"
	typeCheck(t, map[string][]byte{"app.ts": module, "run.ts": []byte(head + checks.String())}, "--noEmit")
	if refused < 300 {
		t.Errorf("only %d wrong answers", refused)
	}
}

// literal is an answer on one line, as a literal of TypeScript.
func literal(t *testing.T, data map[string]any) string {
	t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// typeCheck runs tsc, as strict as it can be, over files in a folder of their
// own, which it returns.
func typeCheck(t *testing.T, files map[string][]byte, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{must(filepath.Abs("node_modules/typescript/bin/tsc")), "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess",
		"--noUnusedLocals", "--noImplicitOverride", "--erasableSyntaxOnly", "--verbatimModuleSyntax", "--target", "es2022", "--module", "nodenext",
		"--typeRoots", must(filepath.Abs("node_modules/@types")), "--types", "node"}
	args = append(args, flags...)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "node", args...)
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("tsc: %v\n%.4000s", err, output)
	}
	return dir
}

func must(path string, err error) string {
	if err != nil {
		panic(err)
	}
	return path
}
