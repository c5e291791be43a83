package restapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
)

// Whatever the values, the URL is the one the templates describe: same scheme
// and host, as many segments, the same delimiters in the same order.
func FuzzURL(f *testing.F) {
	for _, template := range []string{
		"/looms/{$args.a}", "/{$args.a}/{$args.b}?x={$args.a}&y={$args.b}", "{$args.a}", "?{$args.a}={$args.b}", "/a/.{$args.a}/b",
		"/x{$args.a}{$args.b}/", "//{$args.a}//", "/%2e{$args.a}?#{$args.b}", "/a;b={$args.a},{$args.b}@:{$args.a}", "/\n{$args.a}\t?\f{$args.b}",
	} {
		for _, value := range []string{"1", "..", ".", "", "%2e%2e", "%252e", "a/../b", "a?b=c&d#e", "\x00\r\n", "//evil.test/", "\\..\\", "é\xff", "@evil.test", "{$args.b}"} {
			f.Add(template, "http://svc.test/api?k=v", value, "b")
			f.Add(template, "https://svc.test:81", "a", value)
		}
	}
	f.Fuzz(func(t *testing.T, template, base, a, b string) {
		hostile, tame := made(t, base, template, a, b), made(t, base, template, "v", "v")
		if tame == nil {
			return // not a template, or one that no value can fill
		}
		if hostile == nil {
			return // refused
		}
		if hostile.Scheme != tame.Scheme || hostile.Host != tame.Host || hostile.User != nil || hostile.Fragment != "" {
			t.Fatalf("%s goes elsewhere than %s", hostile, tame)
		}
		if h, w := skeleton(hostile.EscapedPath()), skeleton(tame.EscapedPath()); h != w {
			t.Fatalf("path of %s is built like %q, not %q", hostile, h, w)
		}
		if h, w := skeleton(hostile.RawQuery), skeleton(tame.RawQuery); h != w {
			t.Fatalf("query of %s is built like %q, not %q", hostile, h, w)
		}
		dots(t, hostile, tame)
	})
}

// made is the URL of values, nil if none is sent.
func made(t *testing.T, base, template, a, b string) *url.URL {
	source, err := mapping.ParseTemplate(base, mapping.V3)
	if err != nil {
		return nil
	}
	own, err := mapping.ParseTemplate(template, mapping.V3)
	if err != nil {
		return nil
	}
	values, err := json.Marshal(map[string]string{"a": a, "b": b})
	if err != nil {
		t.Fatal(err)
	}
	c := &spec.Connector{Source: &spec.Source{HTTP: &spec.HTTPSource{BaseURL: source}}, HTTP: &spec.HTTP{Method: "GET", URL: own}}
	text, err := URL(c, mapping.Vars{{Name: "$args", JSON: values}}, nil)
	if err != nil {
		return nil
	}
	parsed, err := url.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if parsed.String() != text {
		t.Fatalf("%q is read as %q", text, parsed)
	}
	return parsed
}

// skeleton is a URL's part without what values may consist of.
func skeleton(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%':
			i += 2
		case !unreserved(c):
			b.WriteByte(c)
		}
	}
	return b.String()
}

// dots looks for segments that lead to another path but are not the
// template's.
func dots(t *testing.T, hostile, tame *url.URL) {
	own := strings.Split(tame.EscapedPath(), "/")
	for i, segment := range strings.Split(hostile.EscapedPath(), "/") {
		for range 4 {
			text, err := url.PathUnescape(segment)
			if err != nil {
				break
			}
			for _, piece := range strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '\\' }) {
				if (piece == "." || piece == "..") && own[i] != segment && !strings.Contains(own[i], "%") {
					t.Fatalf("%s has a dot segment", hostile)
				}
			}
			segment = text
		}
	}
}

// Whatever comes back, an answer is JSON that a mapping takes, or a fault.
func FuzzAnswer(f *testing.F) {
	for _, media := range []string{"application/json", "", "text/plain; charset=shift_jis", "text/plain; charset=utf-16", "text/html", "application/x+json; charset=hz-gb-2312", ";"} {
		for _, body := range []string{`{"a":1}`, "", "\uFEFF[]", "\xff\xfe\x00\xd8", `"\ud800"`, "~{<:~}", strings.Repeat("[", 600)} {
			f.Add(200, media, "", body)
			f.Add(500, media, "gzip", body)
		}
	}
	f.Add(200, "application/json", "gzip", gzipped(f, `{"a":"é"}`))
	b := open(f, get("http://svc.test").connector(f), Settings{MaxResponseBytes: 1 << 10})
	f.Fuzz(func(t *testing.T, status int, media, encoding, body string) {
		response := &http.Response{StatusCode: status, ContentLength: -1, Body: io.NopCloser(strings.NewReader(body)),
			Header: http.Header{"Content-Type": {media}, "Content-Encoding": {encoding}}}
		out := connectors.Answer{Body: []byte("kept")}
		if err := b.read(response, &out); err != nil {
			if b.judge(t.Context(), err).Code == "" {
				t.Fatal("a fault without a code")
			}
			return
		}
		text, ok := strings.CutPrefix(string(out.Body), "kept")
		if _, err := mapping.CheckJSON([]byte(text)); !ok || err != nil || out.Failed != (status < 200 || status > 299) {
			t.Fatalf("%q, %v, failed %v", out.Body, err, out.Failed)
		}
	})
}

// A host keeps the ending its template has.
func FuzzHost(f *testing.F) {
	for _, value := range []string{"eu", "evil.test/", "evil.test:80", "a@b", "[::1]", "evil.test?", "evil.test#", "\\", "%2f", "", ".", "é"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		own, err := mapping.ParseTemplate("https://{$context.a}.svc.test/x", mapping.V3)
		if err != nil {
			t.Fatal(err)
		}
		values, err := json.Marshal(map[string]string{"a": value})
		if err != nil {
			t.Fatal(err)
		}
		text, err := URL(&spec.Connector{HTTP: &spec.HTTP{URL: own}}, mapping.Vars{{Name: "$context", JSON: values}}, nil)
		if err != nil {
			return
		}
		parsed, err := url.Parse(text)
		if err != nil || parsed.Path != "/x" || !strings.HasSuffix(parsed.Hostname(), ".svc.test") || parsed.Port() != "" || parsed.User != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
