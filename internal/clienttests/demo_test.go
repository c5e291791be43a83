package clienttests

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/bff/typescript"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/examples/shop"
	"github.com/weftql/weft/stages/auth/keys"
)

// withDemo is the configuration of the demo, with a reseller's key.
func withDemo(t *testing.T) (change func(*config.Config), key string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, shop.Files); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"JWKS": filepath.Join(dir, "jwks.json"), "KEYS": filepath.Join(dir, "keys.yaml")}
	set := []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"demo","alg":"EdDSA","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`)
	if err := os.WriteFile(env["JWKS"], set, 0o600); err != nil {
		t.Fatal(err)
	}
	made := keys.New("demo", "")
	record := keys.Record{ID: made.ID, Env: made.Env, Name: "reseller-acme", Owner: "team-partners", BFF: "partner", Hashes: []string{made.Hash("")}}
	if err := keys.Edit(env["KEYS"], func([]keys.Record) ([]keys.Record, error) { return []keys.Record{record}, nil }); err != nil {
		t.Fatal(err)
	}
	return func(c *config.Config) {
		for _, entry := range c.Subgraphs.List {
			address := entry.URL
			for _, source := range entry.Sources {
				address = source.OverrideURL
			}
			env[strings.ToUpper(entry.Name)] = address
		}
		loaded, err := config.Load(filepath.Join(dir, "weft.yaml"), config.Environment{
			Lookup: func(name string) (string, bool) { value, ok := env[name]; return value, ok }, ReadFile: os.ReadFile})
		if err != nil {
			t.Error(err)
			return
		}
		loaded.Listeners = c.Listeners
		*c = *loaded
	}, made.Reveal()
}

// TestDemoREST calls each path of the demo's client profiles.
func TestDemoREST(t *testing.T) {
	change, key := withDemo(t)
	g := startGateway(t, change)
	callAll(t, "http://"+g.address, "/ios/v1", []restCall{
		{"Item", "GET", "/items/1", "", 200},
		{"Item", "GET", "/items/none", "", 404},
		{"Items", "GET", "/items", "", 200},
		{"Items", "GET", "/items?first=1", "", 200},
		{"AddReview", "POST", "/items/2/reviews", `{"body":"Soft.","rating":4}`, 201},
	}, nil)
	if _, res := fetch(t, "GET", "http://"+g.address+"/ios/v1/items/1", "", nil); !slices.Contains(res.Header.Values("Vary"), "Accept-Language") {
		t.Error("prices are written for a language, and caches are not told:", res.Header)
	}
	callAll(t, "http://"+g.address, "/partner/v1", []restCall{
		{"Catalogue", "GET", "/products?first=2", "", 200},
	}, http.Header{"X-Api-Key": {key}})
}

// TestDemoTypeScript writes the client of the demo's app, compiles it strictly
// with testdata/demo.ts, and runs that against the demo.
func TestDemoTypeScript(t *testing.T) {
	if testing.Short() {
		t.Skip("installs npm packages")
	}
	install(t)
	change, _ := withDemo(t)
	g := startGateway(t, change)
	p := profile(t, g.settings(), "ios")
	text, err := typescript.Generate(typescript.Options{Profile: p.Name, View: p.View, Operations: p.Operations, ByID: true})
	if err != nil {
		t.Fatal(err)
	}
	run, err := os.ReadFile("testdata/demo.ts")
	if err != nil {
		t.Fatal(err)
	}
	dir := typeCheck(t, map[string][]byte{"ios.ts": text, "demo.ts": run}, "--outDir", "out")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var complaints bytes.Buffer
	command := exec.CommandContext(ctx, "node", filepath.Join(dir, "out", "demo.js"), "http://"+g.address+"/graphql")
	command.Stderr = &complaints
	output, err := command.Output()
	var got struct {
		Item   struct{ ID, Title, PriceText string }
		Items  []struct{ ID string }
		Rating int
	}
	if err != nil || json.Unmarshal(output, &got) != nil || got.Item.Title != "Table" || got.Item.PriceText == "" || len(got.Items) != 2 || got.Rating != 5 {
		t.Errorf("%v %s %s\n%s", err, output, complaints.String(), g.log.String())
	}
}
