package keys

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestKeysHaveTheirForm(t *testing.T) {
	shape := regexp.MustCompile(`^wft_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`)
	seen := map[string]bool{}
	for range 200 {
		k := New("live", "")
		if !shape.MatchString(k.Reveal()) || seen[k.ID] {
			t.Fatal(k)
		}
		seen[k.ID] = true
		again, ok := Parse(k.Reveal())
		if !ok || again != k {
			t.Fatalf("%v comes back as %v", k, again)
		}
		if second := New("live", k.ID); second.ID != k.ID || second.Reveal() == k.Reveal() || second.Hash("") == k.Hash("") {
			t.Fatal("a second secret is the first one")
		}
	}
}

// TestOneLetterWrong: the checksum knows, so a scanner has no false alarms and a
// mistyped key costs no look-up.
func TestOneLetterWrong(t *testing.T) {
	text := New("live", "").Reveal()
	for i := range text {
		for _, letter := range []string{"a", "B", "7", "_", "-", "\x00", ""} {
			if wrong := text[:i] + letter + text[i+1:]; wrong != text {
				if _, ok := Parse(wrong); ok {
					t.Errorf("%d: %q", i, wrong)
				}
			}
		}
	}
}

func TestHash(t *testing.T) {
	k := New("live", "")
	d, ok := parseHash(k.Hash("salt"))
	sum := digest(k.sum("salt"))
	if !ok || !d.matches(&sum) || k.Hash("salt") == k.Hash("") {
		t.Error("the hash is not the key's")
	}
	for _, text := range []string{"", "sha256:", k.Hash("")[:70], k.Hash("") + "0", strings.Replace(k.Hash(""), "sha256", "sha512", 1), "sha256:" + strings.Repeat("x", 64)} {
		if _, ok := parseHash(text); ok {
			t.Errorf("%q is a hash", text)
		}
	}
	// A long pepper is no truncated one.
	long := strings.Repeat("p", 5000)
	if k.Hash(long) == k.Hash(long[:4999]) {
		t.Error("the end of the pepper does not count")
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	k := New("live", "")
	shown := fmt.Sprint(k, &k) + fmt.Sprintf("%v %+v %#v %s", k, k, k, struct{ K Key }{k})
	if strings.Contains(shown, k.Reveal()[22:40]) || !strings.Contains(shown, k.ID) {
		t.Error(shown)
	}
}

// FuzzParse: whatever a client sends is a key only if it is written exactly as
// one.
func FuzzParse(f *testing.F) {
	good := New("live", "").Reveal()
	for _, text := range []string{good, "", "wft_", "wft____", good[:30], strings.ToUpper(good), good + "_", "wft_é_" + good} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, ok := Parse(text)
		if !ok {
			return
		}
		if parts := strings.Split(text, "_"); len(parts) != 5 || parts[0] != "wft" || parts[1] != k.Env || parts[2] != k.ID || k.Reveal() != text || check(text[:len(text)-checksum-1]) != parts[4] {
			t.Errorf("%q is %v", text, k)
		}
	})
}
