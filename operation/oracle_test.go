package operation_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// deviations are where this package and gqlparser's validator disagree on
// purpose. A document only one of them refuses must be refused for one of
// these reasons alone.
var deviations = []struct {
	ours    string // part of a message of ours, "" if we accept
	theirs  string // rule of gqlparser's, "" if it accepts
	because string
}{
	{ours: "must not have variables inside", because: "nobody could check a variable inside of a custom scalar's value"},
	{ours: `"@skip" or "@include" at its top level`, because: "a subscription has one root field whatever the variables are (September 2025)"},
	{ours: "must select only one top level field", because: "two aliases of one field are two root fields; gqlparser counts names"},
	{ours: "value: an object", because: "no built-in scalar takes an object; gqlparser lets an empty one pass"},
	{ours: "non 32-bit signed integer", because: "an Int has 32 bits; gqlparser reads 64"},
	{ours: `conflicting types "String" and "String!"`, because: "__typename is never null; gqlparser takes it for nullable"},
}

// TestValidationAgreesWithGqlparser validates operations that were damaged at
// random, by gqlparser's own rules too. Both must accept or both refuse, but
// for the deviations listed above.
func TestValidationAgreesWithGqlparser(t *testing.T) {
	count := 6_000
	if testing.Short() {
		count = 1_500
	}
	g := zoo(t)
	p := operation.NewPreparer(g.API, operation.Limits{})
	theirs := rules.NewDefaultRules()
	seeds := oracleSeeds(t)
	used := make([]int, len(deviations))
	compared, accepted := 0, 0
	for i := range count {
		rng := rand.New(rand.NewPCG(11, uint64(i)))
		query := damage(rng, g, seeds[rng.IntN(len(seeds))], rng.IntN(4))
		doc, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil || len(doc.Operations) == 0 {
			continue
		}
		request := &operation.Request{Document: []byte(query), Name: doc.Operations[0].Name}
		_, ours := p.Prepare(t.Context(), request)
		if code := fault.CodeOf(ours); code == fault.GraphQLParseFailed {
			continue // stricter on purpose, see TestLexicalRules
		} else if code == fault.LimitExceeded {
			t.Fatalf("%v\n%s", ours, query)
		}
		compared++
		found := validator.ValidateWithRules(g.API.AST, doc, theirs)
		if ours == nil && found == nil {
			accepted++
		}
		if (ours == nil) == (found == nil) {
			continue
		}
		if !explained(ours, found, used) {
			t.Errorf("we say: %v\ngqlparser says: %v\n%s", ours, found, query)
		}
	}
	t.Logf("%d compared, %d accepted, deviations %v", compared, accepted, used)
	if compared < count/3 || accepted < compared/20 {
		t.Error("too few comparisons to mean anything")
	}
	for i, n := range used {
		if n == 0 && !testing.Short() {
			t.Errorf("no document shows that %s", deviations[i].because)
		}
	}
}

// explained reports whether every reason for a disagreement is a deviation.
func explained(ours error, theirs gqlerror.List, used []int) bool {
	one := func(message, rule string) bool {
		for i, d := range deviations {
			if d.ours != "" && strings.Contains(message, d.ours) || d.theirs != "" && d.theirs == rule {
				used[i]++
				return true
			}
		}
		return false
	}
	for _, e := range fault.Of(ours) {
		if !one(e.Message, "") {
			return false
		}
	}
	for _, e := range theirs {
		if !one("", e.Rule) {
			return false
		}
	}
	return true
}

// oracleSeeds returns the documents of this package's cases, as tokens.
// Incremental delivery is left out: gqlparser has no rules for it.
func oracleSeeds(t *testing.T) [][]string {
	t.Helper()
	queries := append(caseQueries(t), heavy,
		// One for each deviation, so that the random draw shows it.
		`query ($a: Int) { echo(value: [$a]) }`, `subscription { born @skip(if: true) { id } }`,
		`subscription { a: born { id } b: born { id } }`, `{ sum(n: 1, s: {}) }`, `{ sum(n: 2147483648) }`,
		`{ thing { ... on Home { x: place } ... on Keeper { x: __typename } } }`)
	for i := range 20 {
		gen := &generator{rng: rand.New(rand.NewPCG(13, uint64(i)))}
		queries = append(queries, gen.query())
	}
	var seeds [][]string
	for _, query := range queries {
		if tokens, ok := tokens(query); ok && len(tokens) > 0 && !slices.Contains(tokens, "defer") && !slices.Contains(tokens, "stream") {
			seeds = append(seeds, tokens)
		}
	}
	return seeds
}

// tokens splits a document, false if it cannot be read.
func tokens(query string) ([]string, bool) {
	lex := lexer.New(&ast.Source{Input: query})
	runes := []rune(query)
	var out []string
	for {
		token, err := lex.ReadToken()
		switch {
		case err != nil:
			return nil, false
		case token.Kind == lexer.EOF:
			return out, true
		case token.Kind != lexer.Comment:
			out = append(out, string(runes[token.Pos.Start:token.Pos.End]))
		}
	}
}

// damage changes a document a few times.
func damage(rng *rand.Rand, g *schema.Supergraph, seed []string, times int) string {
	list := slices.Clone(seed)
	names := vocabulary(g)
	for range times {
		at := rng.IntN(len(list))
		switch rng.IntN(8) {
		case 0, 1: // another name or value
			if isName(list[at]) {
				list[at] = names[rng.IntN(len(names))]
			} else if value := strings.IndexByte("\"0123456789-", list[at][0]) >= 0; value {
				list[at] = literals[rng.IntN(len(literals))]
			}
		case 2: // a name the document has
			if other := list[rng.IntN(len(list))]; isName(list[at]) && isName(other) {
				list[at] = other
			}
		case 3: // something less
			list = slices.Delete(list, at, closing(list, at)+1)
		case 4: // something twice
			end := min(closing(list, at)+1+rng.IntN(3), len(list))
			list = slices.Insert(list, end, slices.Clone(list[at:end])...)
		case 5: // two places swapped
			other := rng.IntN(len(list))
			list[at], list[other] = list[other], list[at]
		case 6: // something in addition
			list = slices.Insert(list, at, strings.Fields(additions[rng.IntN(len(additions))])...)
		case 7: // another literal
			if at > 0 && list[at-1] == ":" {
				list[at] = literals[rng.IntN(len(literals))]
			}
		}
		if len(list) == 0 {
			return ""
		}
	}
	return strings.Join(list, " ")
}

var literals = []string{
	"1", "-7", "2147483648", "1.5", "1e3", `"x"`, `"""x"""`, "true", "false", "null", "CAT", "LION", "NONE",
	"[ ]", "[ 1 ]", "[ [ 1.5 ] ]", `[ "x" , null ]`, "{ }", "{ id : 1 }", `{ name : "x" }`, "{ weight : 1 kind : CAT }",
	"{ weight : $a }", "$a", "$b", "$first", "[ $a ]", "$none",
}

var additions = []string{
	"@ include ( if : true )", "@ skip ( if : $a )", "@ skip ( if : true )", "@ include", "@ none", "@ deprecated", "id", "__typename",
	"x : name", "x : id", "x : __typename", "name ( lang : \"de\" )", "friend { id }", "... on Cat { meows }", "... on Animal { id }", "... on Home { place }",
	"... F", "fragment F on Dog { id barks }", "fragment F on Query { dog { id } }", "query Other { dog { id } }", "{ keeper { id } }",
	"( first : 1 )", "( $a : Boolean )", "$a : Boolean ! = true", "$b : Dog", "$first : Int", "!", "[ Int ]", "subscription { born { id } }",
	"__schema { types { name } }", "animals ( where : { any : [ { not : { } } ] } ) { id }",
	"pick ( by : { id : 1 } ) { id }", "pick ( by : { id : $a } ) { id }", "pick ( by : { id : 1 name : \"x\" } ) { id }",
}

func isName(token string) bool {
	c := token[0] | 0x20
	return c >= 'a' && c <= 'z' || c == '_'|0x20
}

// closing returns where the bracket at a place closes, the place itself where
// there is none.
func closing(list []string, at int) int {
	depth := 0
	for i := at; i < len(list); i++ {
		switch list[i] {
		case "{", "(", "[":
			depth++
		case "}", ")", "]":
			depth--
		}
		if depth <= 0 {
			return i
		}
	}
	return at
}

// vocabulary returns the names of the schema and some that nothing has.
func vocabulary(g *schema.Supergraph) []string {
	names := []string{"nam", "Dogg", "on", "query", "fragment", "true", "null"}
	for name, def := range g.API.AST.Types {
		if def.BuiltIn {
			continue
		}
		names = append(names, name)
		for _, f := range def.Fields {
			names = append(names, f.Name)
			for _, a := range f.Arguments {
				names = append(names, a.Name)
			}
		}
		for _, v := range def.EnumValues {
			names = append(names, v.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
