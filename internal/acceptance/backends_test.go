package acceptance

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// running are the servers of this run, and where the descriptions of the gRPC
// ones are.
var (
	running  *Backends
	services string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	if testing.Short() {
		return m.Run() // the tests skip themselves
	}
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "acceptance")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	source, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	running, services = New(dir, source), dir
	defer running.Close()
	install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--silent")
	install.Stderr = os.Stderr
	if err := install.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "npm ci:", err)
		return 1
	}
	if err := running.Describe(ctx, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// needsServers skips a test in short mode.
func needsServers(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts real servers")
	}
}

func TestBackendsStart(t *testing.T) {
	needsServers(t)
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			address, err := running.Start(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(address)
		})
	}
}
