// Command errors prints docs/errors.md, the page of error codes, from the table
// in package fault.
package main

import (
	"os"

	"github.com/weftql/weft/fault"
)

func main() {
	if _, err := os.Stdout.WriteString(fault.Page()); err != nil {
		os.Exit(1)
	}
}
