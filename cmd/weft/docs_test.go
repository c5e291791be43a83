package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/weftql/weft/examples/shop"
	"github.com/weftql/weft/examples/shop/pricing"
	"github.com/weftql/weft/examples/shop/shipping"
)

// TestDocs holds the pages against the program. In each page, a fenced block
// that starts with "# NAME" is a file (NAME may have folders), and a "console" block is played: what
// its commands print, standard error included, must be what the block says.
// Blocks marked "sh" are for the reader alone.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join("..", "..", "README.md")) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			playPage(t, t.TempDir(), string(text))
		})
	}
}

var (
	fenced   = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	fileName = regexp.MustCompile(`^# ([\w./-]+\.\w+)\n`)
)

func playPage(t *testing.T, dir, page string) {
	t.Helper()
	for _, block := range fenced.FindAllStringSubmatch(page, -1) {
		language, text := block[1], block[2]
		if name := fileName.FindStringSubmatch(text); name != nil {
			file := filepath.Join(dir, filepath.FromSlash(name[1]))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if language == "console" {
			playConsole(t, dir, text)
		}
	}
}

// playConsole runs the lines that start with "$ ", one after the other.
func playConsole(t *testing.T, dir, text string) {
	t.Helper()
	status := 0
	for _, part := range strings.Split("\n"+text, "\n$ ")[1:] {
		command, want, _ := strings.Cut(strings.ReplaceAll(part, "\\\n", " "), "\n")
		c := exec.CommandContext(t.Context(), "sh", "-c", "(exit "+strconv.Itoa(status)+"); "+command)
		c.Dir = dir
		got, err := c.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status = c.ProcessState.ExitCode()
		if strings.TrimSpace(string(got)) != strings.TrimSpace(want) {
			t.Errorf("$ %s\n--- the page says\n%s\n--- it prints\n%s", command, want, got)
		}
	}
}

// TestReadmeShowsTheDemo keeps the two schemas in the README those of the demo.
func TestReadmeShowsTheDemo(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, sdl := range map[string]string{"shipping": shipping.SDL, "pricing": pricing.SDL} {
		if !strings.Contains(string(readme), "```graphql\n"+sdl+"```\n") {
			t.Errorf("the README does not show examples/shop/%s/schema.graphql as it is", name)
		}
	}
}

// TestReadmeShowsTheBFF keeps the files in the README those of the demo.
func TestReadmeShowsTheBFF(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bff.yaml", "schema.graphql", "operations/item.graphql"} {
		text, err := shop.Files.ReadFile("bff/ios/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(readme), "\n"+string(text)+"```\n") {
			t.Errorf("the README does not show examples/shop/bff/ios/%s as it is", name)
		}
	}
}

// TestDocLinks checks that what the pages refer to is there.
func TestDocLinks(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "CHANGELOG.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}

// links matches relative links of Markdown.
var links = regexp.MustCompile(`\]\(([^)#:]+)\)`)
