package graphiql

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestPageIsComplete(t *testing.T) {
	page := get(t, "/")
	refs := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(refs) < 5 {
		t.Fatalf("the page refers to %d files:\n%s", len(refs), page)
	}
	for _, ref := range refs {
		if strings.Contains(ref[1], "//") {
			t.Errorf("%s is not served from here", ref[1])
		}
		if get(t, "/"+ref[1]) == "" {
			t.Errorf("%s is empty", ref[1])
		}
	}
}

func get(t *testing.T, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: status %d", path, w.Code)
	}
	if w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("GET %s has no content security policy", path)
	}
	return w.Body.String()
}
