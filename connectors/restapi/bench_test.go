package restapi

import (
	"io"
	"net/http"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors"
)

func benchmarked(b *testing.B, url string) (*backend, *connectors.Input) {
	c := fromSource(url, "/looms/{$args.id}/parts?first={$args.first}&after={$args.after}")
	c.Headers = []headerText{{Name: "authorization", From: "authorization"}, {Name: "x-tenant", Value: "{$context.tenant}"}}
	c.QueryParams = "tags: $args.tags"
	return open(b, c.connector(b), Settings{}), &connectors.Input{
		Vars:   varsOf(b, `{"$args":{"id":"a/b 1","first":20,"after":"bG9vbTo0Mg==","tags":["a","b"]},"$context":{"tenant":"acme"}}`),
		Caller: &caller.Caller{Header: http.Header{"Authorization": {"Bearer abc"}}}, Retry: true,
	}
}

// BenchmarkURL makes an address with a path value, two query values and a
// mapping of query parameters.
func BenchmarkURL(b *testing.B) {
	backend, in := benchmarked(b, "http://svc.test/api")
	m := &maker{vars: in.Vars}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := backend.address.make(m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRequest makes a whole request.
func BenchmarkRequest(b *testing.B) {
	backend, in := benchmarked(b, "http://svc.test/api")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := backend.request(in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCall does a request on loopback whose answer is 1.2 kB of JSON.
func BenchmarkCall(b *testing.B) {
	answer := make([]byte, 0, 1200)
	answer = append(answer, '[')
	for len(answer) < 1190 {
		answer = append(answer, "123456789,"...)
	}
	answer = append(answer[:len(answer)-1], ']')
	url := serve(b, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = jsonType
		_, _ = w.Write(answer)
	})
	backend, in := benchmarked(b, url)
	var out connectors.Answer
	b.ReportAllocs()
	for b.Loop() {
		out.Body, out.Headers = out.Body[:0], out.Headers[:0]
		if err := backend.Call(b.Context(), in, &out); err != nil {
			b.Fatal(err)
		}
	}
	_, _ = io.Discard.Write(out.Body)
}
