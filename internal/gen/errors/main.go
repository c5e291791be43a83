// Command errors writes the page of error codes, from the table in package
// fault, to the file it is given.
package main

import (
	"fmt"
	"os"

	"github.com/weftql/weft/fault"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: errors FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(fault.Page()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}
