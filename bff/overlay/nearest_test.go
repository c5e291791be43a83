package overlay

import "testing"

func TestNearest(t *testing.T) {
	for _, c := range []struct{ wanted, want string }{
		{"bdy", "; did you mean body?"}, {"BODY", "; did you mean body?"}, {"reviews", ""}, {"x", ""}, {"titel", "; did you mean title?"},
	} {
		if got := nearest(c.wanted, []string{"title", "body", "id"}); got != c.want {
			t.Errorf("%s: %q", c.wanted, got)
		}
	}
}
