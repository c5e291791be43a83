package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/weftql/weft/examples/shop/pricing/pricingpb"
)

// TestContract asks each subgraph what the demo promises of it.
func TestContract(t *testing.T) {
	urls := start(t)
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

// start runs the shop for a test and returns its addresses by name.
func start(t *testing.T) map[string]string {
	t.Helper()
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
	return urls
}

func ask(t *testing.T, url, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return do(t, request)
}

func do(t *testing.T, request *http.Request) string {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
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

// TestDepot asks the REST service what the demo promises of it.
func TestDepot(t *testing.T) {
	url := start(t)["shipping"]
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/carriers", "", `{"carriers":[{"code":"post","label":"Parcel post","max_days":4},{"code":"van","label":"Two people and a van","max_days":9}]}`},
		{"GET", "/carriers/van", "", `{"code":"van","label":"Two people and a van","max_days":9}`},
		{"GET", "/carriers/owl", "", `{"error":{"code":"NOT_FOUND","message":"there is no such carrier"}}`},
		{"POST", "/quotes", `{"ids":["1","3","2"]}`, `{"quotes":[{"product_id":"2","carrier_code":"van","days":8,"fee":79},{"product_id":"1","carrier_code":"van","days":6,"fee":49.5}]}`},
		{"POST", "/quotes", `1`, `{"error":{"code":"BAD_USER_INPUT","message":"the body is not a list of ids"}}`},
		{"POST", "/parcels", `{"product_id":"2"}`, `{"number":"p2","status":"at the depot","product_id":"2"}`},
		{"POST", "/parcels", `{"product_id":"3"}`, `{"error":{"code":"CONFLICT","message":"the depot does not carry product \"3\""}}`},
		{"GET", "/parcels/p2", "", `{"number":"p2","status":"at the depot","product_id":"2"}`},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(do(t, request)); got != c.want {
			t.Errorf("%s %s\n got %s\nwant %s", c.method, c.path, got, c.want)
		}
	}
}

// TestPricing asks the gRPC service what the demo promises of it.
func TestPricing(t *testing.T) {
	connection, err := grpc.NewClient(start(t)["pricing"], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	client := pricingpb.NewPricingClient(connection)
	offers, err := client.BatchGetOffers(t.Context(), &pricingpb.BatchGetOffersRequest{ProductIds: []string{"3", "2", "1"}})
	if err != nil || len(offers.GetOffers()) != 2 || offers.GetOffers()[0].GetDiscount() != 25 {
		t.Errorf("offers: %v, %v", offers, err)
	}
	stream, err := client.WatchOffer(t.Context(), &pricingpb.WatchOfferRequest{ProductId: "1", Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	for want := int32(11); want <= 12; want++ {
		if offer, err := stream.Recv(); err != nil || offer.GetDiscount() != want {
			t.Errorf("offer: %v, %v; want %d per cent", offer, err, want)
		}
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last offer: %v", err)
	}
	stream, err = client.WatchOffer(t.Context(), &pricingpb.WatchOfferRequest{ProductId: "3", Count: 2})
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.NotFound {
		t.Errorf("a product without an offer: %v", err)
	}
}
