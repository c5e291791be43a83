package operation_test

import (
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// TestLexicalRules: what the scan must read as the specification does, whether
// it or the parser decides.
func TestLexicalRules(t *testing.T) {
	g := zoo(t)
	for query, place := range map[string]fault.Position{
		`{ count(near: [[1.5, 2e5, -0, 1E-3, 0.0e+10]]) }`:       {},
		`{ echo(value: "\u{1F600} \uD83D\uDE00 \u00e9 { [ #") }`: {},
		`{ echo(value: """ { "" [ \""" # \u """) }`:              {},
		"\ufeff{ dog { id } } # { [\n":                           {},
		"{ dog { # }\r id } }":                                   {},
		`{ sum(n: 1a) }`:                                         {Line: 1, Column: 11},
		"{ dog { id } # é\r\n  sum(n: 1_) }":                     {Line: 2, Column: 11},
		`{ sum(n: 01) }`:                                         {Line: 1, Column: 11},
		`{ sum(n: 1.) }`:                                         {Line: 1, Column: 11},
		`{ sum(n: 1.5.2) }`:                                      {Line: 1, Column: 13},
		`{ sum(n: -a) }`:                                         {Line: 1, Column: 11},
		`{ sum(n: 1...F) } fragment F on Query { dog { id } }`:   {Line: 1, Column: 11},
		`{ echo(value: "é \uD83D") }`:                            {Line: 1, Column: 18},
		`{ echo(value: "\uDE00\uD83D") }`:                        {Line: 1, Column: 16},
		`{ echo(value: "\u12") }`:                                {Line: 1, Column: 16},
		`{ ...F } fragment F($x: Int) on Query { dog { id } }`:   {Line: 1, Column: 21},
	} {
		_, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(query)})
		if place.Line == 0 {
			if err != nil {
				t.Errorf("%s: %v", query, err)
			}
			continue
		}
		if fault.CodeOf(err) != fault.GraphQLParseFailed {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if at := fault.Of(err)[0].Locations; len(at) != 1 || at[0] != place {
			t.Errorf("%s: %v at %v", query, err, at)
		}
	}
}
