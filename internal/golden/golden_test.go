package golden

import (
	"slices"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	Run(t, "testdata/self", []string{"out.txt"}, func(t *testing.T, c *Case) {
		if c.Doc != "A result is compared with its section." {
			t.Errorf("doc %q", c.Doc)
		}
		if got := c.Headers("word"); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("words %q", got)
		}
		c.Output(t, "out.txt", strings.ToUpper(c.Must(t, "in.txt")))
	})
}
