package weft

import (
	"context"
	"errors"
	"io"
	"strconv"
	"testing"

	"github.com/weftql/weft/examples/shop"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// TestStreamOutlivesRelease releases a source while a subscription runs on it,
// over each protocol: what a swap lets go must not end anybody's stream.
func TestStreamOutlivesRelease(t *testing.T) {
	demo, err := shop.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = demo.Close() }) // the listeners go with the process
	entry := Subgraph{Name: "products"}
	for _, g := range demo.Subgraphs {
		if g.Name == entry.Name {
			entry.HTTP.URL = g.URL
		}
	}
	shared := newShared(&Options{})
	for _, protocol := range []subgraphs.Protocol{subgraphs.TransportWS, subgraphs.EventStream} {
		entry.HTTP.Subscriptions.Protocol = protocol
		source, key, err := shared.acquire(entry)
		if err != nil {
			t.Fatal(err)
		}
		call, err := source.Prepare(&subgraphs.Spec{Kind: plan.Subscription, Operation: `subscription{priceChanged(id:"1",count:20){price}}`})
		if err != nil {
			t.Fatal(err)
		}
		stream, err := call.(subgraphs.Subscriber).Subscribe(t.Context(), &subgraphs.Request{})
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i <= 20; i++ {
			var res subgraphs.Response
			if err := stream.Next(context.Background(), &res); err != nil {
				t.Fatal(err)
			}
			if want := `{"data":{"priceChanged":{"price":` + strconv.Itoa(899+i) + `}}}`; string(res.Body) != want {
				t.Errorf("got %s, want %s", res.Body, want)
			}
			if i == 1 {
				shared.release(key)
			}
		}
		if err := stream.Next(t.Context(), &subgraphs.Response{}); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		_ = stream.Close() // never fails
	}
	if len(shared.sources) != 0 {
		t.Error("a source is left")
	}
}

// TestSourcesAreShared finds a source by all its settings.
func TestSourcesAreShared(t *testing.T) {
	shared := newShared(&Options{})
	entry := Subgraph{Name: "a", HTTP: subgraphs.HTTPOptions{URL: "http://127.0.0.1:1/"}}
	one, key, err := shared.acquire(entry)
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := shared.acquire(entry)
	if err != nil || one != two {
		t.Error("equal settings have two sources", err)
	}
	entry.HTTP.Subscriptions.MaxPerConnection = 7
	other, otherKey, err := shared.acquire(entry)
	if err != nil || other == one {
		t.Error("different settings have one source", err)
	}
	shared.release(key)
	shared.release(key)
	shared.release(otherKey)
	if len(shared.sources) != 0 {
		t.Error("a source is left")
	}
}
