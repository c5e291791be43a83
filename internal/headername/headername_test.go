package headername

import "testing"

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"X-User-Id", "x-user-id", true}, {"X-User-Id", "X_USER-ID", true}, {"X-User-Id", "X-User-I", false},
		{"X-User-Id", "X.User.Id", false}, {"", "", true}, {"@", "`", false}, {"[", "{", false},
	} {
		if Same(c.a, c.b) != c.want || Same(c.b, c.a) != c.want {
			t.Errorf("%q and %q: not %v", c.a, c.b, c.want)
		}
	}
}
