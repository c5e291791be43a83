package rest

import (
	"testing"

	"github.com/weftql/weft/internal/golden"
)

// TestLoadErrors has operations that cannot be served: all that is wrong is
// said at once, each with its place.
func TestLoadErrors(t *testing.T) {
	view := shop(t)
	golden.Run(t, "testdata/load", []string{"errors.txt"}, func(t *testing.T, c *golden.Case) {
		_, err := New(options(t, c, view))
		if err == nil {
			t.Fatal("nothing is wrong")
		}
		c.Output(t, "errors.txt", err.Error()+"\n")
	})
}
