package clienttests

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/bff/typescript"
	"github.com/weftql/weft/config"
)

// withApp adds the client profile of testdata/app.
func withApp(t *testing.T) func(*config.Config) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "app"), os.DirFS("testdata/app")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "weft.yaml")
	if err := os.WriteFile(file, []byte("version: 1\nbffs: [{ dir: app }]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(file, config.System())
	if err != nil {
		t.Fatal(err)
	}
	return func(c *config.Config) { c.BFFs = loaded.BFFs }
}

// profile compiles a client profile of settings.
func profile(t *testing.T, settings *config.Config, name string) *bff.Profile {
	t.Helper()
	o := weft.FromConfig(settings, false)
	graph, err := weft.ReadSupergraph(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	list, err := bff.New(bff.Options{Graph: graph, Files: bff.Read(settings.BFFs), Limits: settings.Limits, Auth: settings.Auth, Introspection: o.Introspection})
	if err != nil {
		t.Fatal(err)
	}
	return list.Named(name)
}

// TestTypeScript writes the client of a profile, has tsc compile it strictly
// together with testdata/run.ts, and runs that against a gateway.
func TestTypeScript(t *testing.T) {
	if testing.Short() {
		t.Skip("installs npm packages")
	}
	install(t)
	g := startGateway(t, withApp(t))
	p := profile(t, g.settings(), "app")
	text, err := typescript.Generate(typescript.Options{Profile: p.Name, View: p.View, Operations: p.Operations, ByID: true})
	if err != nil {
		t.Fatal(err)
	}
	run, err := os.ReadFile("testdata/run.ts")
	if err != nil {
		t.Fatal(err)
	}
	dir := typeCheck(t, map[string][]byte{"app.ts": text, "run.ts": run}, "--outDir", "out")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var complaints bytes.Buffer
	command := exec.CommandContext(ctx, "node", filepath.Join(dir, "out", "run.js"), "http://"+g.address+"/graphql")
	command.Stderr = &complaints
	output, err := command.Output()
	cases := 0
	for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); cases++ {
		t.Run(strings.TrimPrefix(strings.Split(lines.Text(), ": |")[0], "ok "), func(t *testing.T) {
			if !strings.HasPrefix(lines.Text(), "ok ") {
				t.Error(lines.Text())
			}
		})
	}
	if err != nil || cases != 13 {
		t.Errorf("%d cases, %v: %s\n%s", cases, err, complaints.String(), g.log.String())
	}
}
