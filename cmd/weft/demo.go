package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/weftql/weft"
	"github.com/weftql/weft/examples/shop"
)

func demoCommand() *cobra.Command {
	var listen string
	var open bool
	c := &cobra.Command{
		Use: "demo", Short: "Serve the example shop: six backends, three kinds of clients and weft in one process", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			s, err := shop.Start(c.Context())
			if err != nil {
				return &environmentError{err}
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			files, err := newDemoFiles(s, listen)
			if err != nil {
				return &environmentError{err}
			}
			defer func() { err = errors.Join(err, os.RemoveAll(files.dir)) }()
			return files.serve(c.Context(), c.OutOrStdout(), c.ErrOrStderr(), s, open)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:4000", "host:port to serve clients on")
	c.Flags().BoolVar(&open, "open", false, "open GraphiQL in a browser")
	return c
}

func (d *demoFiles) serve(ctx context.Context, stdout, stderr io.Writer, s *shop.Shop, open bool) error {
	settings, err := d.load()
	if err != nil {
		return err
	}
	return serve(ctx, settings, true, stderr, func(p *weft.Process) {
		p.Load = d.load
		introduce(stdout, s, p, d)
		if open {
			browse(ctx, "http://"+p.Addr()+"/")
		}
	})
}

// introduce prints where everything is and what to try.
func introduce(w io.Writer, s *shop.Shop, p *weft.Process, d *demoFiles) {
	base := "http://" + p.Addr()
	fmt.Fprintf(w, "weft      %s/graphql\nGraphiQL  %s/\nmetrics   http://%s/metrics\nfiles     %s (change them: weft takes it)\n", base, base, p.AdminAddr(), d.dir)
	for _, g := range s.Subgraphs {
		fmt.Fprintf(w, "%-9s %s\n", g.Name, g.URL)
	}
	for _, q := range shop.Queries {
		fmt.Fprintf(w, "\n# %s\n%s\n", q.Title, graphQL(base, q.Query))
	}
	fmt.Fprintf(w, `
# The website (bff/web): email asks for a scope that nobody has without a token
%s
# The same by somebody who has it
%s -H 'Authorization: Bearer %s'

# The app (bff/ios): its own names and shapes, as a REST path; %s/ios/v1/openapi.json describes it
curl -s %s/ios/v1/items/1 -H 'Accept-Language: de'

# A reseller (bff/partner): comes with a key, and at most three times at once: the fourth is refused
for i in 1 2 3 4; do curl -s -o /dev/null -w '%%{http_code}\n' %s/partner/v1/products -H 'X-API-Key: %s'; done
`, graphQL(base, emails), graphQL(base, emails), d.token, base, base, base, d.key)
	fmt.Fprintln(w, "\nCtrl-C stops everything.")
}

const emails = `{ products(first: 1) { reviews { author { username email } } } }`
