package subgraphs

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/weftql/weft/examples/shop"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// shopURL starts the demo's subgraphs, which gqlgen serves, and returns one's
// URL.
func shopURL(t *testing.T, name string) string {
	t.Helper()
	s, err := shop.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, g := range s.Subgraphs {
		if g.Name == name {
			return g.URL
		}
	}
	t.Fatal("no subgraph " + name)
	return ""
}

// TestShop subscribes to real subgraphs over every protocol.
func TestShop(t *testing.T) {
	url := shopURL(t, "products")
	spec := &Spec{Kind: plan.Subscription, Operation: `subscription($id:ID!,$n:Int!){priceChanged(id:$id,count:$n){id price}}`, Variables: []string{"id", "n"}}
	for _, protocol := range []Protocol{TransportWS, EventStream, AutoProtocol} {
		t.Run(string(protocol), func(t *testing.T) {
			source := newStreams(t, HTTPOptions{URL: url, Subscriptions: SubscriptionOptions{Protocol: protocol}})
			stream := subscribe(t, source, spec, &Request{Values: [][]byte{[]byte(`"1"`), []byte(`3`)}})
			for _, price := range []string{"900", "901", "902"} {
				next(t, stream, `{"data":{"priceChanged":{"id":"1","price":`+price+`}}}`)
			}
			nextEnds(t, stream, io.EOF)

			stream = subscribe(t, source, spec, &Request{Values: [][]byte{[]byte(`"9"`), []byte(`3`)}})
			var res Response
			err := stream.Next(t.Context(), &res)
			if err == nil {
				if !bytes.Contains(res.Body, []byte(`there is no product \"9\"`)) {
					t.Errorf("%s", res.Body)
				}
				err = stream.Next(t.Context(), &Response{})
			}
			if f := (*fault.Error)(nil); errors.As(err, &f) {
				t.Log(f)
			} else if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		})
	}
}

// TestShopReviews adds a review while somebody listens, and leaves.
func TestShopReviews(t *testing.T) {
	url := shopURL(t, "reviews")
	spec := &Spec{Kind: plan.Subscription, Operation: `subscription{reviewAdded(productId:"2"){body}}`}
	for _, protocol := range []Protocol{TransportWS, EventStream} {
		t.Run(string(protocol), func(t *testing.T) {
			source := newStreams(t, HTTPOptions{URL: url, Subscriptions: SubscriptionOptions{Protocol: protocol}})
			stream := subscribe(t, source, spec, &Request{})
			// The subgraph does not say when it listens: add until an event comes.
			got := make(chan string, 1)
			go func() { // ends with the first event
				var res Response
				_ = stream.Next(t.Context(), &res) // then the text is wrong
				got <- string(res.Body)
			}()
			for {
				add(t, url)
				select {
				case event := <-got:
					if event != `{"data":{"reviewAdded":{"body":"Soft."}}}` {
						t.Errorf("%s: %s", protocol, event)
					}
					return
				default:
				}
			}
		})
	}
}

func add(t *testing.T, url string) {
	t.Helper()
	response, err := http.Post(url, "application/json", bytes.NewReader([]byte(`{"query":"mutation{addReview(productId:\"2\",body:\"Soft.\",rating:4){id}}"}`)))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close() // only that it happened counts
}
