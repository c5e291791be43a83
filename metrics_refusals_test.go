package weft_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/subgraphs"
)

// TestRefusalsAreCounted refuses for credentials, for the profile and for the
// document, before any stage of a chain has its say.
func TestRefusalsAreCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	o := one(&answering{fetch: func(context.Context, *subgraphs.Request) (string, error) { return `{"data":{"a":"x"}}`, nil }})
	o.Metrics = registry
	o.Auth = newIssuer(t).auth(1)
	o.BFFs = []config.BFF{
		{Name: "staff", Verify: []string{"claim"}, Match: []config.Match{{ClientName: "staff"}, {Claim: config.MatchClaim{Name: "role", Value: "staff"}}}},
		{Name: "web", Default: true, Operations: config.BFFOperations{Mode: "trusted"}},
	}
	g := gateway(t, o)
	ask := func(header http.Header, client string) {
		who := &caller.Caller{Method: "POST", Header: header, Client: caller.Client{Name: client}}
		answer := g.Do(t.Context(), &operation.Request{Document: []byte("{a}"), Caller: who})
		if len(answer.Errors) != 1 {
			t.Errorf("%v", answer.Errors)
		}
		if answer.Release != nil {
			answer.Release()
		}
	}
	ask(http.Header{"Authorization": {"Bearer x"}}, "")
	ask(http.Header{}, "staff")
	ask(http.Header{}, "")
	got := map[string]float64{}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() != "weft_rejections_total" {
				continue
			}
			name := ""
			for _, l := range m.Label {
				name += l.GetName() + "=" + l.GetValue() + " "
			}
			got[name] = m.GetCounter().GetValue()
		}
	}
	for _, name := range []string{
		"bff= code=UNAUTHENTICATED mode=enforce stage=auth ",
		"bff= code=UNAUTHENTICATED mode=enforce stage=bff ",
		"bff=web code=QUERY_NOT_IN_SAFELIST mode=enforce stage=documents ",
	} {
		if got[name] != 1 {
			t.Errorf("%q is %v in %v", name, got[name], got)
		}
	}
}
