package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/examples/shop"
)

func demoCommand() *cobra.Command {
	var listen string
	var open bool
	c := &cobra.Command{
		Use: "demo", Short: "Serve the example shop: six backends and weft in one process", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			s, err := shop.Start(c.Context())
			if err != nil {
				return &environmentError{err}
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			settings := &config.Config{}
			settings.Listeners.Public.Address = listen
			settings.Listeners.Admin.Address = "127.0.0.1:0"
			for _, g := range s.Subgraphs {
				settings.Subgraphs.List = append(settings.Subgraphs.List, entry(g))
			}
			return serve(c.Context(), settings, true, c.ErrOrStderr(), func(p *weft.Process) {
				introduce(c.OutOrStdout(), s, p)
				if open {
					browse(c.Context(), "http://"+p.Addr()+"/")
				}
			})
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:4000", "host:port to serve clients on")
	c.Flags().BoolVar(&open, "open", false, "open GraphiQL in a browser")
	return c
}

// entry is how a backend stands in the configuration: a GraphQL service with its
// URL, a REST or gRPC service with its schema and the address of its source.
func entry(g shop.Subgraph) config.Subgraph {
	c := config.Subgraph{Name: g.Name, URL: g.URL}
	if g.Source != "" {
		c = config.Subgraph{Name: g.Name, Schema: config.SchemaRef{Text: g.SDL},
			Sources: map[string]config.ConnectorSource{g.Source: {OverrideURL: g.URL}}}
	}
	if g.Counted {
		share := false
		c.Subscriptions.Share = &share
	}
	return c
}

// introduce prints where everything is and what to try.
func introduce(w io.Writer, s *shop.Shop, p *weft.Process) {
	endpoint := "http://" + p.Addr() + "/graphql"
	fmt.Fprintf(w, "weft      %s\nGraphiQL  http://%s/\nmetrics   http://%s/metrics\n", endpoint, p.Addr(), p.AdminAddr())
	for _, g := range s.Subgraphs {
		fmt.Fprintf(w, "%-9s %s\n", g.Name, g.URL)
	}
	for _, q := range shop.Queries {
		body := `{"query":` + quote(q.Query) + `}`
		fmt.Fprintf(w, "\n# %s\ncurl -s %s -H 'Content-Type: application/json' -d '%s'\n", q.Title, endpoint, strings.ReplaceAll(body, "'", `'\''`))
	}
	fmt.Fprintln(w, "\nCtrl-C stops everything.")
}

// quote writes a JSON string; the queries hold no control characters.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
