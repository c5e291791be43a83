package operation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// TestPrepareIsBounded: documents made to cost time or stack end quickly, with
// an error that says why.
func TestPrepareIsBounded(t *testing.T) {
	g := zoo(t)
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(format, "%i", fmt.Sprint(i)), "%j", fmt.Sprint(i+1)))
		}
		return b.String()
	}
	for _, c := range []struct {
		name, query string
		code        fault.Code // "" if it may pass
	}{
		{"nested selections", "{ dog " + strings.Repeat("{ friend ", 10_000) + "{ id }" + strings.Repeat(" }", 10_001), fault.TooManyTokens},
		{"unclosed selections", strings.Repeat("{a", 100_000), fault.TooManyTokens},
		{"nested lists", "{ echo(value: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + ") }", fault.TooManyTokens},
		{"nested objects", "{ echo(value: " + strings.Repeat("{a:", 10_000) + "1" + strings.Repeat("}", 10_000) + ") }", fault.TooManyTokens},
		{"nested types", "query ($a: " + strings.Repeat("[", 10_000) + "Int" + strings.Repeat("]", 10_000) + ") { dog { id } }", fault.TooManyTokens},
		{"aliases", "{ dog { " + repeat(100_000, "a%i: id ") + "} }", fault.TooManyTokens},
		{"bytes", "{ dog { id } } #" + strings.Repeat("x", 2<<20), fault.TooManyTokens},
		{"comments", strings.Repeat("#\n", 400_000) + "{ dog { id } }", fault.TooManyTokens},
		{"own cycle", "{ dog { ...A } } fragment A on Dog { ...A }", fault.GraphQLValidationFailed},
		{"long cycle", "{ dog { ...F0 } } " + repeat(1400, "fragment F%i on Dog { id ...F%j } ") + "fragment F1400 on Dog { ...F0 }", fault.GraphQLValidationFailed},
		{"long chain", "{ dog { ...F0 } } " + repeat(1400, "fragment F%i on Dog { id ...F%j } ") + "fragment F1400 on Dog { id }", fault.LimitExceeded},
		{"deep chain", "{ dog { ...F0 } } " + repeat(400, "fragment F%i on Dog { friend { ...F%j } } ") + "fragment F400 on Dog { id }", fault.LimitExceeded},
		{"exponential fragments", "{ dog { ...F0 } } " + repeat(40, "fragment F%i on Dog { ...F%j ...F%j } ") + "fragment F40 on Dog { id }", fault.LimitExceeded},
		{"exponential fields", "{ dog { ...F0 } } " + repeat(40, "fragment F%i on Dog { a: friend { ...F%j } b: friend { ...F%j } } ") + "fragment F40 on Dog { id }", fault.LimitExceeded},
		{"same fields", "{ dog { " + strings.Repeat("id ", 14_000) + "} }", ""},
		{"same objects", "{ " + strings.Repeat("dog { id } ", 3_500) + "}", ""},
		{"conflicts", "{ dog { " + repeat(4_500, "x: name ") + repeat(1, "x: id ") + "} }", fault.GraphQLValidationFailed},
		{"unknown fields", "{ dog { " + repeat(14_000, "x%i ") + "} }", fault.GraphQLValidationFailed},
		{"long unknown fields", "{ dog { " + repeat(50, strings.Repeat("x", 20_000)+"%i ") + "} }", fault.GraphQLValidationFailed},
		{"long name of an operation", "query " + strings.Repeat("q", 500_000) + "(" + repeat(60, "$v%i: Int ") + ") { dog { id } }", fault.GraphQLValidationFailed},
		{"long unexpected name", "query " + strings.Repeat("q", 500_000) + " x { dog { id } }", fault.GraphQLParseFailed},
		{"unknown types", "{ " + repeat(2_000, "... on T%i { id } ") + "}", fault.GraphQLValidationFailed},
		{"many operations", repeat(1_000, "query Q%i { dog { ...F } } ") + "fragment F on Dog { " + strings.Repeat("id ", 3_000) + "}", fault.LimitExceeded},
		{"many variables", "query (" + repeat(1_000, "$v%i: Int ") + ") { dog { id } " + repeat(900, "a%i: sum(n: $v%i) ") + "}", fault.GraphQLValidationFailed},
		{"many conditions", "query (" + repeat(65, "$v%i: Boolean! ") + ") { dog { " + repeat(65, "a%i: id @include(if: $v%i) ") + "} }", fault.LimitExceeded},
		{"crossed conditions", "query (" + repeat(30, "$v%i: Boolean! ") + ") { dog { " + strings.Repeat(repeat(29, "friend @include(if: $v%i) @skip(if: $v%j) { id } "), 10) + "} }", ""},
		{"guarded leaves", guarded("id @)"), fault.LimitExceeded},
		{"guarded objects", guarded("friend @) { id }"), fault.LimitExceeded},
		{"types and interfaces", "{ animals { ..." + strings.Repeat(" on Dog { friend { ... on Animal { friends { ... ", 60) + "{ id }" + strings.Repeat("} } } }", 60) + "} }", ""},
		{"alternating types", "{ animals { " + alternate(7) + "} }", ""},
		{"introspection", "{ " + "__schema { ...F0 } } " + repeat(40, "fragment F%i on __Schema { ...F%j ...F%j } ") + "fragment F40 on __Schema { description }", fault.LimitExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			request := &operation.Request{Document: []byte(c.query)}
			if strings.HasPrefix(c.query, "query Q0") {
				request.Name = "Q0"
			}
			_, err := operation.Prepare(t.Context(), g.API, request)
			took := time.Since(start)
			if got := fault.CodeOf(err); c.code != "" && got != c.code {
				t.Errorf("code %q, want %q", got, c.code)
			}
			if took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if err != nil && len(err.Error()) > 30_000 {
				t.Errorf("the error is %d bytes long", len(err.Error()))
			}
			t.Logf("%v %.90s", took.Round(100*time.Microsecond), fmt.Sprint(err))
		})
	}
}

// TestCoerceIsBounded: many variables that nobody declared, for an operation
// that declares many.
func TestCoerceIsBounded(t *testing.T) {
	var declared, uses, given strings.Builder
	for i := range 700 {
		fmt.Fprintf(&declared, "$v%d: Float ", i)
		fmt.Fprintf(&uses, "a%d: count(near: [[$v%d]]) ", i, i)
	}
	for i := range 200_000 {
		fmt.Fprintf(&given, `"x%d":1,`, i)
	}
	op, err := operation.Prepare(t.Context(), zoo(t).API, &operation.Request{
		Document: []byte("query (" + declared.String() + ") { " + uses.String() + "}"),
	})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	values, _, err := op.Coerce([]byte("{"+given.String()+`"v7":1}`), nil)
	if took := time.Since(start); err != nil || string(values[7]) != "1" || took > time.Second {
		t.Errorf("%v, %v", err, took)
	}
}

// guarded selects one field, in which @) is where conditions go, under thousands
// of different conditions.
func guarded(field string) string {
	var declared, fields, spreads strings.Builder
	for i := range 12 {
		fmt.Fprintf(&declared, "$a%d: Boolean! $b%d: Boolean! ", i, i)
		for j := range 12 {
			if i != j {
				fields.WriteString(strings.Replace(field, "@)", fmt.Sprintf("@include(if: $a%d) @skip(if: $a%d)", i, j), 1) + " ")
				fmt.Fprintf(&spreads, "...F @include(if: $b%d) @skip(if: $b%d) ", i, j)
			}
		}
	}
	return "query (" + declared.String() + ") { dog { " + spreads.String() + "} } fragment F on Dog { " + fields.String() + "}"
}

// alternate nests objects and interfaces so that every level has a part for
// each object type.
func alternate(n int) string {
	if n == 0 {
		return "id "
	}
	below := alternate(n - 1)
	return "friends(first: 1) { " + below + "} ... on Dog { friends(first: 1) { " + below + "} } ... on Cat { friends(first: 1) { name } } "
}

// TestLimitsAreTheCallers: each limit can be set, and a field that is 0 is its
// default.
func TestLimitsAreTheCallers(t *testing.T) {
	g := zoo(t)
	const query = `{ dog { id friend { id name(lang: "en") } } ...F ...F } fragment F on Query { cat: dog { x y z } }`
	for _, c := range []struct {
		limits operation.Limits
		code   fault.Code
		limit  string
	}{
		{operation.Limits{Bytes: len(query) - 1}, fault.TooManyTokens, "document bytes"},
		{operation.Limits{Tokens: 33}, fault.TooManyTokens, "tokens"},
		{operation.Limits{Nesting: 2}, fault.TooManyTokens, "levels of nesting"},
		{operation.Limits{Selections: 1}, fault.LimitExceeded, "selections to validate"},
		{operation.Limits{Errors: 2}, fault.GraphQLValidationFailed, ""},
		{operation.Limits{Bytes: len(query), Tokens: 34, Nesting: 3, Selections: 3, Errors: 3}, fault.GraphQLValidationFailed, ""},
	} {
		_, err := operation.NewPreparer(g.API, c.limits).Prepare(t.Context(), &operation.Request{Document: []byte(query)})
		faults := fault.Of(err)
		if fault.CodeOf(err) != c.code {
			t.Errorf("%+v: %v", c.limits, err)
		} else if c.limit != "" && string(faults[0].Extensions) != `"limit":"`+c.limit+`"` {
			t.Errorf("%+v: extensions %s", c.limits, faults[0].Extensions)
		} else if c.limit == "" && len(faults) != c.limits.Errors {
			t.Errorf("%+v: %d errors", c.limits, len(faults))
		}
	}
	deep := `{ dog { ...A } } fragment A on Dog { friend { ...B } } fragment B on Dog { friend { id } }`
	p := operation.NewPreparer(g.API, operation.Limits{Nesting: 3})
	if _, err := p.Prepare(t.Context(), &operation.Request{Document: []byte(deep)}); fault.CodeOf(err) != fault.LimitExceeded {
		t.Errorf("fields four deep: %v", err)
	}
	op, err := p.Prepare(t.Context(), &operation.Request{Document: []byte(`query ($j: JSON) { echo(value: $j) }`)})
	if err != nil {
		t.Fatal(err)
	}
	for variables, most := range map[string]string{`{"j": [[1]]}`: "", `{"j": [[[1]]]}`: "Variables nest more than 3 levels deep."} {
		_, _, err := op.Coerce([]byte(variables), nil)
		if got := fault.Of(err); most == "" && err != nil || most != "" && (len(got) != 1 || got[0].Message != most) {
			t.Errorf("%s: %v", variables, err)
		}
	}
}
