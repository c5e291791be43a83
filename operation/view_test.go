package operation_test

import (
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// TestViewHidesWhatItDoesNotShow: over a narrower view, what is outside of it
// is unknown in documents and in variables, and no message names it, not even
// for a name one letter off.
func TestViewHidesWhatItDoesNotShow(t *testing.T) {
	g := zoo(t)
	v, err := g.Contract(schema.ContractOptions{ID: 1, Cascade: true, Hide: []string{
		"Lion", "Keeper.salary", "Kind.LION", "Filter.weight", "Animal.name(lang:)", "Pet.name(lang:)", "Dog.name(lang:)", "Cat.name(lang:)", "Mutation",
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`{ animals { ... on Lion { id } ... on Lio { id } } }`,
		`{ animals { roars roar } }`,
		`{ keeper { salary salar } }`,
		`{ count(of: LION) b: count(of: LIONS) }`,
		`{ animals(where: { weight: 1, weigh: 2 }) { id } }`,
		`{ dog { name(lang: "x") b: name(lan: "x") } }`,
		`mutation { feed(id: 1, grams: 1) { id } }`,
		`query ($x: Lion) { dog { id } }`,
	} {
		_, err := operation.Prepare(t.Context(), v, &operation.Request{Document: []byte(query)})
		if fault.CodeOf(err) != fault.GraphQLValidationFailed {
			t.Errorf("%s: %v", query, err)
			continue
		}
		for _, e := range fault.Of(err) {
			if _, hint, ok := strings.Cut(e.Message, "Did you mean"); ok {
				for _, hidden := range []string{"Lion", "roars", "salary", "LION", "weight", "lang"} {
					if strings.Contains(hint, hidden) {
						t.Errorf("%s: %s", query, e.Message)
					}
				}
			}
		}
	}
	op, err := operation.Prepare(t.Context(), v, &operation.Request{Document: []byte(`query ($w: Filter, $k: Kind) { animals(where: $w) { id } count(of: $k) }`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, variables := range []string{`{"w": {"weight": 1}}`, `{"k": "LION"}`} {
		if _, _, err := op.Coerce([]byte(variables), nil); fault.CodeOf(err) != fault.BadUserInput {
			t.Errorf("%s: %v", variables, err)
		}
	}
	// What the view hides must not be filled in either.
	values, _, err := op.Coerce([]byte(`{"w": {"name": "x"}}`), nil)
	if err != nil || strings.Contains(string(values[0]), "weight") {
		t.Errorf("%s, %v", values, err)
	}
}
