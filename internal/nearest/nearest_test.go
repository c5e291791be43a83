package nearest

import (
	"slices"
	"testing"
)

func TestTo(t *testing.T) {
	names := []string{"title", "body", "id", "bode"}
	for wanted, want := range map[string]string{
		"bdy": "body", "BODY": "body", "titel": "title", "reviews": "", "x": "", "bod": "bode", "": "",
	} {
		if got := To(wanted, names); got != want {
			t.Errorf("%q: got %q, want %q", wanted, got, want)
		}
	}
	if !slices.Equal(names, []string{"title", "body", "id", "bode"}) {
		t.Error("the names were put in order")
	}
}
