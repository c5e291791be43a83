package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// TestContract asks each subgraph what the demo promises of it.
func TestContract(t *testing.T) {
	s, err := Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	urls := map[string]string{}
	for _, g := range s.Subgraphs {
		urls[g.Name] = g.URL
	}
	for _, c := range []struct{ subgraph, query, want string }{
		{"accounts", `{ me { id username } }`, `{"data":{"me":{"id":"u1","username":"ada"}}}`},
		{"products", `{ products { id name price } }`, `{"data":{"products":[{"id":"1","name":"Table","price":899},{"id":"2","name":"Couch","price":1299},{"id":"3","name":"Chair","price":54}]}}`},
		{"products", `{ products(first: 1) { id } }`, `{"data":{"products":[{"id":"1"}]}}`},
		{"products", `{ product(id: "9") { id } }`, `{"data":{"product":null}}`},
		{"inventory", `{ _entities(representations: [{__typename: "Product", id: "1", price: 899}]) { ... on Product { inStock shippingEstimate } } }`, `{"data":{"_entities":[{"inStock":true,"shippingEstimate":109}]}}`},
		{"inventory", `{ _entities(representations: [{__typename: "Product", id: "3", price: 54}]) { ... on Product { shippingEstimate } } }`, `{"errors":[{"message":"chairs are picked up, not shipped","path":["_entities",0,"shippingEstimate"],"locations":[{"line":1,"column":96}]}],"data":{"_entities":[{"shippingEstimate":null}]}}`},
		{"reviews", `mutation { addReview(productId: "2", body: "Soft.", rating: 4) { id author { id } product { id } } }`, `{"data":{"addReview":{"id":"r2","author":{"id":"u1"},"product":{"id":"2"}}}}`},
		{"reviews", `{ _entities(representations: [{__typename: "Product", id: "2"}]) { ... on Product { reviews { body rating } } } }`, `{"data":{"_entities":[{"reviews":[{"body":"Soft.","rating":4}]}]}}`},
	} {
		if got := ask(t, urls[c.subgraph], c.query); got != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.subgraph, c.query, got, c.want)
		}
	}
}

func ask(t *testing.T, url, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}
