package server

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/weftql/weft/fault"
)

func TestEnvelope(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"all", ` {"query" : "{a}","operationName":"Q","variables":{"a":[1,{"b":null}]},"extensions":{},"documentId":"x:y"} `,
			`{a}|Q|{"a":[1,{"b":null}]}|{}|x:y`},
		{"escapes stay", `{"query":"{\n\ta(s:\"\u00e9\")}"}`, `{\n\ta(s:\"\u00e9\")}|||| escaped`},
		{"escaped name", `{"query":"","operationName":"\u0051\/"}`, `|Q/|||`},
		{"escaped key", `{"qu\u0065ry":"{a}"}`, `{a}||||`},
		{"nulls", `{"query":"{a}","operationName":null,"variables":null,"extensions":null,"documentId":null}`, `{a}||||`},
		{"unknown members", `{"id":[[],{},"]}"],"query":"{a}","x":{"y":-1.5e+3},"z":true}`, `{a}||||`},
		{"no query", `{}`, `- |||`},
		{"null query", `{"query":null}`, `- |||`},
		{"twice", `{"query":"{a}","query":"{b}"}`, `BAD_REQUEST: the member "query" is given more than once`},
		{"twice in disguise", `{"variables":{},"v\u0061riables":{}}`, `BAD_REQUEST: the member "variables" is given more than once`},
		{"unknown twice", `{"x":1,"x":2,"query":"{a}"}`, `{a}||||`},
		{"batch", `[{"query":"{a}"}]`, `BATCHING_NOT_ENABLED: a list of requests needs batching, which is not enabled`},
		{"broken batch", `[{"query":"{a}"`, `BAD_REQUEST: the body is not JSON: a comma or bracket is missing, at byte 15`},
		{"empty", ``, `BAD_REQUEST: the body must be a JSON object, at byte 0`},
		{"string", `"x"`, `BAD_REQUEST: the body must be a JSON object, at byte 0`},
		{"query number", `{"query":1}`, `BAD_REQUEST: "query" must be a string`},
		{"variables list", `{"query":"","variables":[]}`, `BAD_REQUEST: "variables" must be an object`},
		{"variables text", `{"query":"","variables":"{}"}`, `BAD_REQUEST: "variables" must be an object`},
		{"extensions number", `{"query":"","extensions":1}`, `BAD_REQUEST: "extensions" must be an object`},
		{"name object", `{"query":"","operationName":{}}`, `BAD_REQUEST: "operationName" must be a string`},
		{"trailing", `{"query":""}{`, `BAD_REQUEST: the body goes on after its JSON object, at byte 12`},
		{"cut string", `{"query":"{a`, `BAD_REQUEST: the body is not JSON: a string does not end, at byte 12`},
		{"cut object", `{"query":"{a}"`, `BAD_REQUEST: the body is not JSON: , or } is missing, at byte 14`},
		{"cut after colon", `{"query":`, `BAD_REQUEST: the body ends in the middle of its JSON, at byte 9`},
		{"trailing comma", `{"query":"",}`, `BAD_REQUEST: the body is not JSON: a member name is missing, at byte 12`},
		{"bad escape", `{"query":"\x"}`, `BAD_REQUEST: the body is not JSON: an unknown escape, at byte 10`},
		{"bad unicode escape", `{"query":"\u00g0"}`, `BAD_REQUEST: the body is not JSON: an unknown escape, at byte 10`},
		{"newline in string", "{\"query\":\"\n\"}", `BAD_REQUEST: the body is not JSON: a control character in a string, at byte 10`},
		{"leading zero", `{"x":01}`, `BAD_REQUEST: the body is not JSON: , or } is missing, at byte 6`},
		{"mixed brackets", `{"x":[1}}`, `BAD_REQUEST: the body is not JSON: a comma or bracket is missing, at byte 7`},
		{"too deep", `{"x":` + strings.Repeat("[", 10000), `BAD_REQUEST: the body is nested too deeply, at byte 205`},
		{"just deep enough", `{"x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `,"query":"q"}`, `q||||`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e envelope
			if got := show(&e, e.scan([]byte(c.body))); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func show(e *envelope, err error) string {
	if err != nil {
		return err.Error()
	}
	query := string(e.query)
	if !e.hasQuery {
		return "- |||"
	}
	escaped := ""
	if e.escaped {
		escaped = " escaped"
	}
	return strings.Join([]string{query, e.name, string(e.variables), string(e.extensions), e.documentID + escaped}, "|")
}

// FuzzEnvelope holds the scanner against encoding/json: both accept the same
// texts, but for depth and repeated members, and find the same parts.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{`{"query":"{a}","variables":{"a":[1,2.5e3,"\u00e9"]}}`, `[]`, `{"x":{"y":[{}]}}`, `{"query":"\"\\"}`, `{"":-0}`, "{\"a\":\"\x7f\"}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !utf8.Valid(body) {
			return
		}
		var e envelope
		err := e.scan(body)
		if err == nil && !json.Valid(body) {
			t.Fatalf("accepted %q", body)
		}
		if err != nil {
			if fault.CodeOf(err) == "" {
				t.Fatalf("%v has no code", err)
			}
			if message := err.Error(); json.Valid(body) && !strings.Contains(message, " must be ") && !strings.Contains(message, "more than once") &&
				!strings.Contains(message, "too deeply") && !strings.Contains(message, "batching") {
				t.Fatalf("refused %q: %v", body, err)
			}
			return
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(body, &want) != nil {
			return
		}
		if e.hasQuery && !bytes.Equal(e.query, bytes.Trim(want["query"], `"`)) && !bytes.HasSuffix(want["query"], []byte(`\""`)) && !bytes.HasPrefix(want["query"], []byte(`""`)) {
			t.Fatalf("query %q of %q", e.query, body)
		}
		if e.variables != nil && !bytes.Equal(e.variables, want["variables"]) {
			t.Fatalf("variables %q of %q", e.variables, body)
		}
	})
}

func BenchmarkEnvelope(b *testing.B) {
	body := []byte(`{"query":"` + strings.Repeat(`query Products { topProducts { name price } }\n`, 20) + `","variables":{"first":10,"filter":{"names":["a","b"]}},"operationName":"Products"}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var e envelope
		if err := e.scan(body); err != nil {
			b.Fatal(err)
		}
	}
}
