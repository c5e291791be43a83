package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
)

// lay writes files below a new folder.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A BFF may live in a folder: its paths start there, and what is there by its
// usual name need not be said.
func TestBFFInAFolder(t *testing.T) {
	dir := lay(t, map[string]string{
		"weft.yaml":                   "bffs:\n  - dir: bff/ios\n  - dir: bff/web\n",
		"bff/ios/bff.yaml":            "owner: team-ios\nmatch: [ { client_name: ios } ]\noperations: { mode: trusted }\n",
		"bff/ios/schema.graphql":      "",
		"bff/ios/operations/a.gql":    "",
		"bff/web/bff.yaml":            "name: site\ndefault: true\noperations: { dir: ops }\n",
		"bff/web/operations/left.gql": "",
	})
	c, err := Load(filepath.Join(dir, "weft.yaml"), Environment{})
	if err != nil {
		t.Fatal(err)
	}
	ios, web := c.BFFs[0], c.BFFs[1]
	if ios.Err != nil || ios.Name != "ios" || ios.Owner != "team-ios" ||
		ios.Schema != filepath.Join(dir, "bff/ios/schema.graphql") || ios.Operations.Dir != filepath.Join(dir, "bff/ios/operations") {
		t.Errorf("%+v", ios)
	}
	if web.Err != nil || web.Name != "site" || web.Schema != "" || web.Operations.Dir != filepath.Join(dir, "bff/web/ops") {
		t.Errorf("%+v", web)
	}
	if at := ios.At.Of("match[0].client_name"); at != (fault.Position{Line: 2, Column: 25}) || !strings.HasSuffix(ios.At.File, "bff.yaml") {
		t.Errorf("%+v %s", at, ios.At.File)
	}
	if at := ios.At.Of("contract.allow[3]"); at.Line != 1 {
		t.Errorf("%+v", at)
	}
}

// What is wrong in a folder is its BFF's own trouble, with its own places.
func TestBFFInABrokenFolder(t *testing.T) {
	for name, c := range map[string]struct{ yaml, want string }{
		"syntax":  {"name: [", "bff.yaml:1:7: "},
		"unknown": {"ownr: me\n", `bff.yaml:1:1: unknown key "ownr" in the file; did you mean "owner"?`},
		"match":   {"owner: me\nmatch:\n  - {}\n", "bff.yaml:3:5: match[0]: give one of"},
		"rule":    {"contract:\n  deny: [a-b]\n", `bff.yaml:2:10: contract.deny[0]: "a-b" is not`},
		"dir":     {"dir: other\n", "bff.yaml:1:6: dir cannot stand"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := lay(t, map[string]string{"weft.yaml": "bffs: [ { dir: ios }, { name: web } ]\n", "ios/bff.yaml": c.yaml})
			got, err := Load(filepath.Join(dir, "weft.yaml"), Environment{})
			if err != nil {
				t.Fatal(err)
			}
			var list fault.List
			if !errors.As(got.BFFs[0].Err, &list) || !strings.Contains(list.Error(), c.want) || got.BFFs[0].Name != "ios" {
				t.Errorf("%s: %v", got.BFFs[0].Name, got.BFFs[0].Err)
			}
		})
	}
	dir := lay(t, map[string]string{"weft.yaml": "bffs: [ { dir: ios } ]\n"})
	got, err := Load(filepath.Join(dir, "weft.yaml"), Environment{})
	if err != nil || got.BFFs[0].Err == nil || !strings.Contains(got.BFFs[0].Err.Error(), "cannot be read: no such file") {
		t.Errorf("%v %+v", err, got)
	}
}
