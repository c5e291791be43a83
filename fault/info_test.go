package fault

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/errors.md")

// constants returns the values of the Code constants as written in codes.go.
func constants(t *testing.T) []Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []Code
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok {
			value, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, Code(value))
		}
		return true
	})
	return codes
}

func TestEveryCodeIsInTheTableOnce(t *testing.T) {
	shape := regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)
	seen := map[Code]bool{}
	for _, c := range constants(t) {
		if seen[c] {
			t.Errorf("%s has two constants", c)
		}
		seen[c] = true
		if !shape.MatchString(string(c)) {
			t.Errorf("%s is not SCREAMING_SNAKE", c)
		}
		if _, ok := c.Info(); !ok {
			t.Errorf("%s is missing from the table", c)
		}
	}
	for _, c := range Codes() {
		if !seen[c] {
			t.Errorf("%s is in the table but has no constant", c)
		}
	}
}

// reserved are codes that nothing returns yet, each with what will.
var reserved = map[string]string{"BatchLimitExceeded": "lists of requests, which are refused so far"}

// TestEveryCodeIsUsed looks for fault.NAME in the sources of other packages.
func TestEveryCodeIsUsed(t *testing.T) {
	used := map[string]bool{}
	name := regexp.MustCompile(`\bfault\.([A-Z]\w+)`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range name.FindAllSubmatch(text, -1) {
			used[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("codes.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`(?m)^\t([A-Z]\w+)\s+Code = `).FindAllSubmatch(source, -1) {
		constant := string(found[1])
		if _, waits := reserved[constant]; used[constant] == waits {
			t.Errorf("%s: used %v, reserved %v", constant, used[constant], waits)
		}
	}
}

func TestTableIsComplete(t *testing.T) {
	summaries := map[string]Code{}
	for _, c := range Codes() {
		info, _ := c.Info()
		if info.HTTP < 400 || info.HTTP > 599 {
			t.Errorf("%s: status %d is not an error", c, info.HTTP)
		}
		if !strings.HasSuffix(info.Summary, ".") || strings.Contains(info.Summary, "|") {
			t.Errorf("%s: the summary must be a sentence without |: %q", c, info.Summary)
		}
		if other, ok := summaries[info.Summary]; ok {
			t.Errorf("%s and %s have the same summary", c, other)
		}
		summaries[info.Summary] = c
		if info.Document && !info.Public {
			t.Errorf("%s: what a client's document caused must be told to the client", c)
		}
	}
}

func TestUnknownCodeCountsAsDownstream(t *testing.T) {
	info, ok := Code("OUT_OF_STOCK").Info()
	if want, _ := DownstreamServiceError.Info(); ok || info != want {
		t.Errorf("got %v, %v", info, ok)
	}
}

func TestPageIsUpToDate(t *testing.T) {
	const file = "../docs/errors.md"
	if *update {
		if err := os.WriteFile(file, []byte(Page()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Page() {
		t.Error("docs/errors.md is not what the table says; go test ./fault -update")
	}
}
