package restapi

import (
	"strings"
	"testing"
)

func TestValidAuthority(t *testing.T) {
	for _, text := range []string{"a", "a.b", "A-1_~.b.", "a:1", "a:65535", "127.0.0.1:80", "[::1]", "[::1]:80", "[fe80::1]"} {
		if !validAuthority(text) {
			t.Errorf("%q is refused", text)
		}
	}
	for _, text := range []string{"", ":80", ".", "..", "a:", "a:0", "a:65536", "a:+1", "a:1:2", "a b", "a/b", "a@b", "a%41", "é", "[::1", "::1", "[1.2.3.4]",
		"[fe80::1%25eth0]", "[::1]80", "[::1]:", "[x]", "a\n", "a?b", "a#b", "a\\b", "a:99999999999999999999"} {
		if validAuthority(text) {
			t.Errorf("%q is taken for a host", text)
		}
	}
}

func TestAllows(t *testing.T) {
	patterns, err := hostPatterns([]string{"a.test", "*.b.test", "c.test:8443", "*.d.test:443", "[::1]:80"})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"http://a.test", "https://A.TEST.:1", "http://x.b.test", "http://x.y.b.test:9", "https://c.test:8443", "https://x.d.test", "http://[::1]"} {
		if scheme, host, _ := strings.Cut(url, "://"); !allows(patterns, scheme, host) {
			t.Errorf("%s is refused", url)
		}
	}
	for _, url := range []string{"http://x.a.test", "http://b.test", "http://xb.test", "https://c.test", "http://x.d.test", "https://[::1]", "http://a.test.evil.test", "http://[::2]"} {
		if scheme, host, _ := strings.Cut(url, "://"); allows(patterns, scheme, host) {
			t.Errorf("%s is allowed", url)
		}
	}
	if !allows(nil, "http", "anything.test") {
		t.Error("no list allows nothing")
	}
}

func TestDotted(t *testing.T) {
	for _, value := range []string{"", ".", "..", "%2e", "%2E%2e", ".%2e", "%252e", "%25252e.", "a/..", "../a", "a/./b", "a\\..\\b", "a%2f..%2fb", "a%2f%2e%2e",
		"%5c..", "%" + strings.Repeat("25", 20) + "2e"} {
		if !dotted([]byte(value)) {
			t.Errorf("%q is let through", value)
		}
	}
	for _, value := range []string{"...", ".a", "a.", "a..b", "a/b", "/", "%", "%2", "%zz", "100%", "50%25", "a/.../b", "..a/b..", " ..", "%00"} {
		if dotted([]byte(value)) {
			t.Errorf("%q is refused", value)
		}
	}
}
