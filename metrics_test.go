package weft_test

import (
	"context"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// TestMetrics counts a good and a failed subgraph request, a planning and a
// reload.
func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	fail := false
	o := one(&answering{fetch: func(context.Context, *subgraphs.Request) (string, error) {
		if fail {
			return "", &fault.Error{Code: fault.SubrequestHTTPError, Message: "no", Subgraph: "s"}
		}
		return `{"data":{"a":"x"}}`, nil
	}})
	o.Metrics = registry
	g := gateway(t, o)
	do(t.Context(), g, "{a}")
	fail = true
	do(t.Context(), g, "{a}")
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			name := f.GetName()
			for _, l := range m.Label {
				name += " " + l.GetValue()
			}
			if h := m.GetHistogram(); h != nil {
				got[name] = float64(h.GetSampleCount())
			} else {
				got[name] = m.GetCounter().GetValue()
			}
		}
	}
	for name, want := range map[string]float64{
		"weft_subgraph_request_duration_seconds s": 2,
		"weft_subgraph_requests_total 2xx s":       1, "weft_subgraph_requests_total SUBREQUEST_HTTP_ERROR s": 1,
		"weft_subgraph_response_bytes_total s": 18, "weft_plan_duration_seconds": 1,
		"weft_cache_requests_total doc hit": 1, "weft_cache_requests_total doc miss": 1,
		"weft_cache_requests_total plan hit": 1, "weft_cache_requests_total plan miss": 1,
		"weft_router_overhead_seconds ": 2,
		"weft_generation_swap_total ok": 1, "weft_generation_swap_total error": 0,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}
