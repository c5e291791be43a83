package operation_test

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// FuzzScan: where gqlparser's lexer can read a text, scan counts the same
// tokens and levels and finds the same block strings.
func FuzzScan(f *testing.F) {
	for _, query := range caseQueries(f) {
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
		found, err := operation.Scan(text, tokens, deepest)
		if fault.CodeOf(err) == fault.GraphQLParseFailed {
			return // stricter, see TestLexicalRules
		}
		if err != nil {
			t.Fatalf("%d tokens, %d levels: %v", tokens, deepest, err)
		}
		if len(found) != len(blocks) {
			t.Errorf("%d block strings, not %d", len(found), len(blocks))
		}
		for at := range found {
			if !blocks[at] {
				t.Errorf("no block string at %d", at)
			}
		}
		if _, err := operation.Scan(text, tokens-1, deepest); tokens > 0 && err == nil {
			t.Errorf("more than %d tokens pass", tokens-1)
		}
		if _, err := operation.Scan(text, tokens, deepest-1); deepest > 0 && err == nil {
			t.Errorf("more than %d levels pass", deepest-1)
		}
	})
}
