package compose_test

import (
	"fmt"

	"github.com/weftql/weft/schema/compose"
)

// Two subgraphs resolve different fields of one entity. Clients see one type.
func ExampleCompose() {
	const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`
	result := compose.Compose([]compose.Input{
		{Name: "catalog", URL: "http://catalog", SDL: link + `
			type Query { star(hip: ID!): Star }
			type Star @key(fields: "hip") { hip: ID! name: String }`},
		{Name: "lens", URL: "http://lens", SDL: link + `
			type Star @key(fields: "hip") { hip: ID! brightness: Float }`},
	}, compose.Options{})
	fmt.Print(result.API)
	// Output:
	// type Query {
	//   star(hip: ID!): Star
	// }
	//
	// type Star {
	//   hip: ID!
	//   name: String
	//   brightness: Float
	// }
}

// What cannot be composed is said with its place.
func ExampleCompose_errors() {
	result := compose.Compose([]compose.Input{
		{Name: "catalog", SDL: "type Query {\n  star: Stra\n}\ntype Star { name: String }"},
	}, compose.Options{})
	for _, e := range result.Errors {
		at := e.Locations[0]
		fmt.Printf("%s:%d:%d %s\n%s\n", at.File, at.Line, at.Column, e.Code, e.Message)
	}
	// Output:
	// catalog.graphql:2:9 INVALID_GRAPHQL
	// "Query.star" refers to the type "Stra", which does not exist in this subgraph. Did you mean "Star"? If another subgraph defines it, repeat here what this subgraph needs of it.
}
