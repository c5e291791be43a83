// Command testcount reads the output of `go test -json`, prints one line per
// package and the full output of every failed test, and ends with a line of
// counts. It exits 1 if anything failed or nothing ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of `go test -json`.
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

// counts sum up a run.
type counts struct {
	passed, failed, skipped int
	// broken counts packages that failed without a failing test: they do not
	// build, or crashed.
	broken int
}

func main() {
	c, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
	fmt.Printf("\n%d passed, %d failed, %d skipped\n", c.passed, c.failed+c.broken, c.skipped)
	if c.failed+c.broken > 0 || c.passed == 0 {
		os.Exit(1)
	}
}

// read consumes the events and writes the report.
func read(in io.Reader, out io.Writer) (counts, error) {
	var c counts
	output := map[string]*strings.Builder{} // per package and test
	failures := map[string]int{}            // failed tests per package
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				// Not an event: what the go command itself says, such as a build error.
				fmt.Fprint(out, string(line))
			} else {
				c.add(e, output, failures, out)
			}
		}
		if err == io.EOF {
			return c, nil
		}
		if err != nil {
			return c, err
		}
	}
}

// add takes one event into account.
func (c *counts) add(e event, output map[string]*strings.Builder, failures map[string]int, out io.Writer) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "output":
		if output[key] == nil {
			output[key] = &strings.Builder{}
		}
		output[key].WriteString(e.Output)
	case "pass", "skip", "fail":
		c.end(e, output[key], failures, out)
		delete(output, key)
	}
}

// end records the end of a test or, without a test name, of a package.
func (c *counts) end(e event, text *strings.Builder, failures map[string]int, out io.Writer) {
	if text == nil {
		text = &strings.Builder{}
	}
	if e.Test == "" {
		fmt.Fprintf(out, "%-4s %s %.1fs\n", e.Action, e.Package, e.Elapsed)
		if e.Action == "fail" && failures[e.Package] == 0 {
			c.broken++
			fmt.Fprint(out, text.String())
		}
		return
	}
	switch e.Action {
	case "pass":
		c.passed++
	case "skip":
		c.skipped++
		fmt.Fprintf(out, "skip %s %s\n%s", e.Package, e.Test, text.String())
	case "fail":
		c.failed++
		failures[e.Package]++
		fmt.Fprintf(out, "FAIL %s %s\n%s", e.Package, e.Test, text.String())
	}
}
