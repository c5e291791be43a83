// Command differential compares weft with a monolith: it draws graphs, splits
// them into subgraphs, writes operations, and wants the gateway's answer to be
// the one a single server with all the data would give.
//
//	go run ./internal/differential -n 20000 -seed 1 [-rows 50] [-save DIR]
//
// For every difference it prints the smallest subgraphs and operation it could
// find that still differ, with both answers, and exits with 1. The run depends
// on nothing but the seed. -save writes each difference as a txtar file, in the
// form of testdata/seeds.
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
		fmt.Fprintln(os.Stderr, "differential:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) (bool, error) {
	f := flag.NewFlagSet("differential", flag.ContinueOnError)
	n := f.Int("n", 20000, "operations to compare")
	seed := f.Uint64("seed", 1, "what everything is drawn from")
	show := f.Int("show", 5, "differences to minimise and print")
	save := f.String("save", "", "directory for minimised differences")
	replay := f.String("replay", "", "txtar file of one difference to look at again")
	rows := f.Int("rows", 0, "graphs in a hundred that have subgraphs made of connectors")
	verbose := f.Bool("v", false, "print why graphs do not compose")
	workers := f.Int("workers", runtime.GOMAXPROCS(0), "graphs worked on at once")
	if err := f.Parse(args); err != nil {
		return false, err
	}
	if *replay != "" {
		return replayFile(*replay, out)
	}
	c := &campaign{n: *n, seed: *seed, show: *show, workers: *workers, rows: *rows}
	c.run()
	c.print(out, *verbose)
	if *save != "" {
		for i, s := range c.shown {
			if err := s.write(*save, fmt.Sprintf("seed%d_%d", *seed, i)); err != nil {
				return false, err
			}
		}
	}
	return c.differences == 0, nil
}
