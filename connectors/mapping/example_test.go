package mapping_test

import (
	"fmt"

	"github.com/weftql/weft/connectors/mapping"
)

// A mapping says how a backend's answer becomes what a GraphQL field wants.
func Example() {
	m, err := mapping.Parse(`$.data { id: loom_id label widthCm: width->mul(2.54) owner { name } }`, mapping.V3)
	if err != nil {
		fmt.Println(err)
		return
	}
	program := m.Compile(&mapping.Output{Kind: mapping.Object, Lists: 1, Typename: "Loom", Fields: []mapping.OutputField{
		{Response: "__typename", Name: "__typename"},
		{Response: "id", Name: "id", Output: &mapping.Output{Kind: mapping.ID}},
		{Response: "size", Name: "widthCm", Output: &mapping.Output{Kind: mapping.Float}},
	}})
	answer := []byte(`{"data": [{"loom_id": 7, "label": "Harbor", "width": 10}, {"loom_id": 8, "width": "wide"}]}`)
	problems := &mapping.Problems{}
	out, ok := program.Append(nil, answer, nil, problems)
	fmt.Println(string(out), ok)
	for _, p := range problems.List() {
		fmt.Println(p.Path, p.Message)
	}
	// Output:
	// [{"__typename":"Loom","id":"7","size":25.4},{"__typename":"Loom","id":"8","size":null}] true
	// [data 1 width ->mul] ->mul takes numbers, not a string
}

// A template is text with mappings in braces.
func ExampleTemplate() {
	t, err := mapping.ParseTemplate(`/looms/{$args.id}?tags={$args.tags->joinNotNull(",")}`, mapping.V3)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := t.Append(nil, mapping.Vars{{Name: "$args", JSON: []byte(`{"id": 7, "tags": ["a", null, "b"]}`)}}, nil)
	fmt.Println(string(text), err)
	// Output: /looms/7?tags=a,b <nil>
}
