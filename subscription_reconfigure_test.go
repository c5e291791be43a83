package weft_test

import (
	"testing"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/subgraphs"
)

// TestReconfigureUnderSubscriptions ends the subscriptions that a configuration
// concerns: what subgraphs are told with each event, and what clients must have,
// were settled when they began.
func TestReconfigureUnderSubscriptions(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(o *weft.Options)
		ends   bool
	}{
		{"nothing", func(*weft.Options) {}, false},
		{"rates", func(o *weft.Options) {
			o.Demand.Rates = []config.Rate{{Name: "all", Key: "request.ip", Rate: "1000/s"}}
		}, false},
		{"another match", func(o *weft.Options) { o.BFFs[0].Match = []config.Match{{ClientName: "ios"}} }, true},
		{"header", func(o *weft.Options) {
			o.Subgraphs[1].Headers = []subgraphs.HeaderRule{{Insert: "x-turn", Value: "1"}}
		}, true},
		{"policy", func(o *weft.Options) { o.Auth.Policies = config.Policies{"self": {Word: "deny"}} }, true},
		{"directives", func(o *weft.Options) { o.Auth.Directives.Unauthorized = "reject" }, true},
		{"credentials", func(o *weft.Options) { o.Auth.Require = true }, true},
		{"profile", func(o *weft.Options) { o.BFFs[0].Auth.Scopes = []string{"events"} }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub()
			o := h.options()
			o.BFFs = []config.BFF{{Name: "web", Default: true}}
			g := h.gateway(t, o)
			f := subscribe(t, g, changed, `{"id":"1"}`, nil)
			defer f.Close()
			until(t, "subscribed", func() bool { return h.subscribed.Load() == 1 })
			o = h.options()
			o.BFFs = []config.BFF{{Name: "web", Default: true}}
			c.change(&o)
			if err := g.Reconfigure(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			want := "SUBSCRIPTION_SCHEMA_RELOAD: the graph has changed; subscribe again"
			if !c.ends {
				h.publish(item(1))
				want = answered(1)
			}
			expectNext(t, f, want)
		})
	}
}
