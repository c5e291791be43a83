package operation_test

import (
	"testing"

	"github.com/weftql/weft/operation"
)

// TestHash: what does not change a plan does not change the hash, and the
// other way round.
func TestHash(t *testing.T) {
	g := zoo(t)
	hash := func(query string) [32]byte {
		op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(query)})
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return op.Hash
	}
	base := `query Q($a: Int!, $c: Boolean!) { animals(first: $a, order: [NAME]) { id name(lang: "de") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`
	want := hash(base)
	for name, query := range map[string]string{
		"layout":         "query Q(  $a: Int!\n$c: Boolean!) { animals(first: $a, order: [NAME]) { id, name(lang: \"de\") @include(if: $c) } # x\n __type(name: \"Dog\") { name @skip(if: $c) } }",
		"variable names": `query Q($x: Int!, $y: Boolean!) { animals(first: $x, order: [NAME]) { id name(lang: "de") @include(if: $y) } __type(name: "Dog") { name @skip(if: $y) } }`,
		"literals":       `query Q($a: Int!, $c: Boolean!) { animals(first: $a, order: [AGE, NAME]) { id name(lang: "fr") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
		"argument order": `query Q($a: Int!, $c: Boolean!) { animals(order: [NAME], first: $a) { id name(lang: "de") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
		"declarations":   `query Q($c: Boolean!, $a: Int!) { animals(first: $a, order: [NAME]) { id name(lang: "de") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
		"fragments":      `query Q($a: Int!, $c: Boolean!) { animals(first: $a, order: [NAME]) { ...F id } ... on Query { __type(name: "Dog") { name @skip(if: $c) } } } fragment F on Animal { id ... @include(if: $c) { name(lang: "de") } }`,
	} {
		if hash(query) != want {
			t.Errorf("%s changes the hash", name)
		}
	}
	for name, query := range map[string]string{
		"name":          `query R($a: Int!, $c: Boolean!) { animals(first: $a, order: [NAME]) { id name(lang: "de") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
		"alias":         `query Q($a: Int!, $c: Boolean!) { b: animals(first: $a, order: [NAME]) { id name(lang: "de") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
		"order":         `query Q($a: Int!, $c: Boolean!) { animals(first: $a, order: [NAME]) { name(lang: "de") @include(if: $c) id } __type(name: "Dog") { name @skip(if: $c) } }`,
		"condition":     `query Q($a: Int!, $c: Boolean!) { animals(first: $a, order: [NAME]) { id name(lang: "de") @skip(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
		"null":          `query Q($a: Int!, $c: Boolean!) { animals(first: $a, order: null) { id name(lang: "de") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
		"type":          `query Q($a: Int!, $c: Boolean!) { animals(first: $a, order: [NAME]) { ... on Dog { id } name(lang: "de") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
		"introspection": `query Q($a: Int!, $c: Boolean!) { animals(first: $a, order: [NAME]) { id name(lang: "de") @include(if: $c) } __type(name: "Cat") { name @skip(if: $c) } }`,
		"default":       `query Q($a: Int! = 5, $c: Boolean!) { animals(first: $a, order: [NAME]) { id name(lang: "de") @include(if: $c) } __type(name: "Dog") { name @skip(if: $c) } }`,
	} {
		if hash(query) == want {
			t.Errorf("%s does not change the hash", name)
		}
	}
	same := hash(`{ sum(n: 1, list: [1]) b: sum(n: 1) }`)
	if hash(`{ sum(n: 1, list: [1]) b: sum(n: 2) }`) == same {
		t.Error("two literals that are one variable, and two that are not, have one hash")
	}
}
