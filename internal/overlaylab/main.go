// Command overlaylab tests overlays: it draws graphs, overlays over them and
// operations over what the client then sees, and holds the gateway's answers
// against an oracle that knows nothing of rewriting.
//
//	go run ./internal/overlaylab -n 3000 -seed 1
//
// The oracle executes the client's document as it stands, by the letter of the
// specification, over the client's schema as the lab itself wrote it down, and
// resolves each field by reading the graph's data the way the drawn rule says:
// another name, a path walked step by step, a default put in, a list cut, a
// small function of other fields. For every operation it wants
//
//   - the overlay's own view of the client's schema to be the lab's;
//   - the answer to be the oracle's, to the byte order of members;
//   - an error where, and only where, the oracle has an expression fail;
//   - no subgraph to be asked what it cannot answer.
//
// In a share of the runs some fields are denied, as rights would. The run
// depends on nothing but the seed. A failure prints the graph, the overlay and
// the operation, and exits with 1.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
)

func main() {
	ok, err := run(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "overlaylab:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) (bool, error) {
	f := flag.NewFlagSet("overlaylab", flag.ContinueOnError)
	n := f.Int("n", 3000, "operations to judge")
	seed := f.Uint64("seed", 1, "what everything is drawn from")
	show := f.Int("show", 2, "failures to print")
	workers := f.Int("workers", runtime.GOMAXPROCS(0), "graphs worked on at once")
	if err := f.Parse(args); err != nil {
		return false, err
	}
	c := &campaign{n: *n, seed: *seed, show: *show, workers: *workers}
	c.run()
	c.print(out)
	return c.failed == 0, nil
}
