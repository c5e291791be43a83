package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/examples/shop"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/stages/auth/keys"
)

// demoFiles is the folder the demo is configured from: the shop's files, and
// credentials made for this run.
type demoFiles struct {
	dir, listen string
	env         map[string]string // of weft.yaml
	token, key  string            // a customer's and a reseller's
}

// newDemoFiles writes the folder, below the system's folder for temporary files.
func newDemoFiles(s *shop.Shop, listen string) (d *demoFiles, err error) {
	d = &demoFiles{listen: listen, env: map[string]string{}}
	if d.dir, err = os.MkdirTemp("", "weft-demo-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(d.dir))
		}
	}()
	if err := os.CopyFS(d.dir, shop.Files); err != nil {
		return nil, err
	}
	for _, g := range s.Subgraphs {
		d.env[strings.ToUpper(g.Name)] = g.URL
	}
	if err := d.makeIssuer(); err != nil {
		return nil, err
	}
	return d, d.makeKey()
}

// makeIssuer writes the key set of an identity provider that signs one token.
func (d *demoFiles) makeIssuer() error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kty": "OKP", "crv": "Ed25519", "kid": "demo", "alg": "EdDSA", "use": "sig", "x": base64.RawURLEncoding.EncodeToString(public)}}})
	if err != nil {
		return err
	}
	d.env["JWKS"] = filepath.Join(d.dir, "jwks.json")
	if err := os.WriteFile(d.env["JWKS"], set, 0o600); err != nil {
		return err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": "https://id.shop.example/", "aud": "shop", "sub": "u1", "scope": "customers:read", "exp": time.Now().Add(24 * time.Hour).Unix()})
	token.Header["kid"] = "demo"
	d.token, err = token.SignedString(private)
	return err
}

// makeKey writes the store of API keys, with one.
func (d *demoFiles) makeKey() error {
	key := keys.New("demo", "")
	d.key = key.Reveal()
	d.env["KEYS"] = filepath.Join(d.dir, "keys.yaml")
	return keys.Edit(d.env["KEYS"], func([]keys.Record) ([]keys.Record, error) {
		return []keys.Record{{ID: key.ID, Env: key.Env, Name: "reseller-acme", Owner: "team-partners", BFF: "partner", Hashes: []string{key.Hash("")}}}, nil
	})
}

// load reads the configuration as it is now.
func (d *demoFiles) load() (*config.Config, error) {
	c, err := config.Load(filepath.Join(d.dir, "weft.yaml"), config.Environment{
		Lookup: func(name string) (string, bool) { value, ok := d.env[name]; return value, ok }, ReadFile: os.ReadFile})
	if err != nil {
		return nil, err
	}
	c.Listeners.Public.Address, c.Listeners.Admin.Address = d.listen, "127.0.0.1:0"
	return c, nil
}

// graphQL is the command that sends a query.
func graphQL(base, query string) string {
	body := `{"query":` + string(fault.AppendString(nil, query)) + `}`
	return fmt.Sprintf("curl -s %s/graphql -H 'Content-Type: application/json' -d '%s'", base, strings.ReplaceAll(body, "'", `'\''`))
}
