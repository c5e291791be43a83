package operation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/weftql/weft/fault"
)

// FuzzScan: where gqlparser's lexer can read a text, scan counts the same
// tokens and levels and finds the same block strings.
func FuzzScan(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, query, _ := strings.Cut(string(text), "-- query.graphql --\n")
		query, _, _ = strings.Cut(query, "\n-- ")
		f.Add(query)
	}
	f.Add("\"\"\"\"\" \\\"\"\" é \\\"\"\"\"\" # { \"\r { [-1.5e+3 1E3]] } \"\\\"{\" \"\\u{1F600}{\"")
	f.Fuzz(func(t *testing.T, text string) {
		tokens, levels, deepest, blocks := 0, 0, 0, map[int]bool{}
		lex := lexer.New(&ast.Source{Input: text})
		for {
			token, err := lex.ReadToken()
			if err != nil {
				return
			}
			if token.Kind == lexer.EOF {
				break
			}
			tokens++
			switch token.Kind {
			case lexer.BraceL, lexer.BracketL:
				levels++
				deepest = max(deepest, levels)
			case lexer.BraceR, lexer.BracketR:
				levels--
			case lexer.BlockString:
				blocks[token.Pos.Start] = true
			default:
			}
		}
		found, err := scan(text, &Limits{Tokens: tokens, Nesting: deepest})
		if fault.CodeOf(err) == fault.GraphQLParseFailed {
			return // stricter, see TestLexicalRules
		}
		if err != nil {
			t.Fatalf("%d tokens, %d levels: %v", tokens, deepest, err)
		}
		if len(found.value) != len(blocks) {
			t.Errorf("%d block strings, not %d", len(found.value), len(blocks))
		}
		for at := range found.value {
			if !blocks[at] {
				t.Errorf("no block string at %d", at)
			}
		}
		if _, err := scan(text, &Limits{Tokens: tokens - 1, Nesting: deepest}); tokens > 0 && err == nil {
			t.Errorf("more than %d tokens pass", tokens-1)
		}
		if _, err := scan(text, &Limits{Tokens: tokens, Nesting: deepest - 1}); deepest > 0 && err == nil {
			t.Errorf("more than %d levels pass", deepest-1)
		}
	})
}
