package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weftql/weft"
	"github.com/weftql/weft/examples/shop"
)

// TestDemoClients tries what the demo tells its visitors to try of each client.
func TestDemoClients(t *testing.T) {
	p, d := startDemo(t)
	base := "http://" + p.Addr()
	const asked = `{"query":"{ products(first: 1) { reviews { author { username email } } } }"}`
	for _, c := range []struct {
		name, method, path, body string
		header                   map[string]string
		status                   int
		want                     string
	}{
		{"web without a token", "POST", "/graphql", asked, nil, 200, `"path":["products","reviews","author","email"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}`},
		{"web with a token", "POST", "/graphql", asked, map[string]string{"Authorization": "Bearer " + d.token}, 200, `{"data":{"products":[{"reviews":[{"author":{"username":"ada","email":"ada@shop.example"}}]}]}}`},
		{"web sees nothing internal", "POST", "/graphql", `{"query":"{ products { purchasePrice } }"}`, nil, 200, `GRAPHQL_VALIDATION_FAILED`},
		{"ios, an item", "GET", "/ios/v1/items/1", "", map[string]string{"Accept-Language": "de"}, 200, `{"id":"1","title":"Table","priceText":"899,00` + "\u00a0" + `€","delivery":6,"review":"Solid oak, solid table."}`},
		{"ios, no such item", "GET", "/ios/v1/items/99", "", nil, 404, `application/problem+json`},
		{"ios, a wrong parameter", "GET", "/ios/v1/items?first=many", "", nil, 400, `"parameter":"first"`},
		{"ios, a review", "POST", "/ios/v1/items/2/reviews", `{"body":"Soft.","rating":4}`, nil, 201, `"rating":4`},
		{"ios, an operation it does not know", "POST", "/graphql", `{"query":"{ items { title } }"}`, map[string]string{"Graphql-Client-Name": "shop-ios"}, 403, `QUERY_NOT_IN_SAFELIST`},
		{"ios, its description", "GET", "/ios/v1/openapi.json", "", nil, 200, `"openapi": "3.1.0"`},
		{"partner without a key", "GET", "/partner/v1/products", "", nil, 401, `UNAUTHENTICATED`},
		{"partner, somebody's key at another's door", "GET", "/ios/v1/items", "", map[string]string{"X-API-Key": d.key}, 403, `FORBIDDEN`},
		{"partner", "GET", "/partner/v1/products", "", map[string]string{"X-API-Key": d.key}, 200, `"purchasePrice":510`},
		{"partner again", "GET", "/partner/v1/products", "", map[string]string{"X-API-Key": d.key}, 200, `"purchasePrice":510`},
		{"partner a third time", "GET", "/partner/v1/products", "", map[string]string{"X-API-Key": d.key}, 200, `"purchasePrice":510`},
		{"partner once too often", "GET", "/partner/v1/products", "", map[string]string{"X-API-Key": d.key}, 429, `RATE_LIMITED`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if c.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			for name, value := range c.header {
				r.Header.Set(name, value)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			got := response.Header.Get("Content-Type") + "\n" + string(body)
			if response.StatusCode != c.status || !strings.Contains(got, c.want) {
				t.Errorf("%d %s\nwant %d and %s", response.StatusCode, got, c.status, c.want)
			}
		})
	}
}

// TestDemoIntroduces holds what is printed: a command for each client, with its
// credentials.
func TestDemoIntroduces(t *testing.T) {
	p, d := startDemo(t)
	var out bytes.Buffer
	introduce(&out, &shop.Shop{}, p, d)
	for _, want := range []string{"http://" + p.Addr() + "/graphql", "Bearer " + d.token, "/ios/v1/items/1", "X-API-Key: " + d.key, d.dir} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not print %s:\n%s", want, out.String())
		}
	}
}

// startDemo runs the shop and its gateway until the test ends.
func startDemo(t *testing.T) (*weft.Process, *demoFiles) {
	t.Helper()
	s, err := shop.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDemoFiles(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	settings, err := d.load()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p, err := weft.Start(t.Context(), settings, true, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		t.Fatal(err)
	}
	if log.Len() > 0 { // a broken profile
		t.Error(log.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }() // ends with cancel
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(d.dir); err != nil {
			t.Error(err)
		}
	})
	return p, d
}

// TestDemoReloads changes a profile while the demo runs: the next request sees
// it, a mistake changes nothing.
func TestDemoReloads(t *testing.T) {
	p, d := startDemo(t)
	ask := func() string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.Addr()+"/ios/v1/items?first=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strconv.Itoa(response.StatusCode) + " " + string(body)
	}
	file := filepath.Join(d.dir, "bff", "ios", "schema.graphql")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{`'EUR'`, `'USD'`, `$899.00`},
		{`path: "shipping.days"`, `path: "shipping.speed"`, `$899.00`}, // broken: as it was
		{`'EUR'`, `'GBP'`, `£899.00`},
	} {
		if err := os.WriteFile(file, bytes.ReplaceAll(before, []byte(c.from), []byte(c.to)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.Gateway.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ask(); !strings.HasPrefix(got, "200 ") || !strings.Contains(got, c.want) {
			t.Errorf("after %s: %s", c.to, got)
		}
	}
}
