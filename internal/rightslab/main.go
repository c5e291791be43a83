// Command rightslab tests field authorization: it draws graphs with
// @authenticated, @requiresScopes and @policy, callers and operations, and holds
// the gateway's answers against an oracle that judges the client's document by
// the table of what each selection asks for.
//
//	go run ./internal/rightslab -n 5000 -seed 1
//
// For every operation it wants:
//
//   - the answer to be the whole one with null, and what null brings about, in the
//     places the oracle removes, so that it is a subset of the whole;
//   - no field in the answer that the caller may not see, whatever removed it;
//   - errors that name exactly the removed places;
//   - no request for a field the caller may not see, keys and what @requires reads
//     excepted.
//
// The run depends on nothing but the seed. A failure prints the graph, the caller
// and the operation, and exits with 1.
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
		fmt.Fprintln(os.Stderr, "rightslab:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) (bool, error) {
	f := flag.NewFlagSet("rightslab", flag.ContinueOnError)
	n := f.Int("n", 5000, "operations to judge")
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
