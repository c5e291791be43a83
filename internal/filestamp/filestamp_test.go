package filestamp

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestChanged writes a file with times of its own.
func TestChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	var s Stamp
	if _, _, err := s.Changed(path); err == nil || err.Error() != path+": no such file or directory" {
		t.Error(err)
	}
	put := func(text string, age time.Duration) {
		t.Helper()
		at := time.Now().Add(-age)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	look := func(want bool) {
		t.Helper()
		info, changed, err := s.Changed(path)
		if err != nil || changed != want {
			t.Errorf("changed %v, %v", changed, err)
			return
		}
		if changed {
			s.Read(info)
		}
	}
	put("a", time.Hour)
	look(true)
	look(false)
	put("b", time.Minute)
	look(false) // it may be half of it
	look(true)
	look(false)
	put("", 50*time.Second)
	look(false)
	put("longer", 40*time.Second)
	look(false)
	look(true)
	look(false)
	put("longer", 0)
	look(false)
	look(true)
	look(false) // so fresh that another change might not show
	look(true)
	put("longer", time.Minute)
	look(false)
	look(true)
	look(false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Changed(path); err == nil {
		t.Error("a file that is gone is there")
	}
}
