package bff_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

var documentFiles = map[string]string{
	"ops/a.graphql": `query A($id: ID!) @rest(path: "/a/{id}") {
  product(id: $id) { name } # the name
}
`,
	"ops/b.graphql": `query B @auth(scopes: [["b", "c"], ["admin"]]) @deprecated(since: "2026-01-01") @sunset(date: "2027-01-01", link: "https://shop/b2") { me { id } }`,
	"manifest.json": `{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"m1","name":"M","type":"query","body":"query M { me { name __typename } }"}]}`,
	"relay.json":    `{"r1":"query R { me { name } }"}`,
}

// mode makes the only profile with one mode.
func mode(t *testing.T, mode, manifest string, o bff.Options) *bff.Profile {
	t.Helper()
	dir := t.TempDir()
	lay(t, dir, documentFiles)
	lay(t, dir, map[string]string{"weft.yaml": "bffs: [ { name: web, default: true, operations: { dir: ops, manifest: " + manifest + ", mode: " + mode + " } } ]"})
	made := options(t, dir, graph(t, shopSDL))
	made.Logger, made.Unknown, made.Now, made.Previous = o.Logger, o.Unknown, o.Now, o.Previous
	p, err := bff.New(made)
	if err != nil {
		t.Fatal(err)
	}
	return p.Named("web")
}

func TestModes(t *testing.T) {
	a := strings.Replace(strings.TrimSpace(documentFiles["ops/a.graphql"]), ` @rest(path: "/a/{id}")`, "", 1)
	quoted, _ := json.Marshal(a)
	id := mode(t, "open", "manifest.json", bff.Options{}).Operations[0].ID
	for _, c := range []struct {
		name    string
		request operation.Request
		want    map[string]string // mode → known operation, "" for unknown but taken, or a code
	}{
		{"text of the file", operation.Request{Document: []byte(documentFiles["ops/a.graphql"])},
			map[string]string{"open": "A", "audit": "A", "trusted": "A", "id_only": "PERSISTED_DOCUMENT_ID_REQUIRED"}},
		{"without directives", operation.Request{Document: []byte(a)},
			map[string]string{"open": "", "audit": "A", "trusted": "A", "allow_text": "A", "id_only": "PERSISTED_DOCUMENT_ID_REQUIRED"}},
		{"as JSON", operation.Request{Document: quoted[1 : len(quoted)-1], Escaped: true}, map[string]string{"trusted": "A"}},
		{"other white space", operation.Request{Document: []byte("query A($id:ID!){product(id:$id){name}}")}, map[string]string{"open": "", "trusted": "A"}},
		{"another selection", operation.Request{Document: []byte("query A($id:ID!){product(id:$id){name id}}")},
			map[string]string{"open": "", "off": "", "audit": "", "trusted": "QUERY_NOT_IN_SAFELIST", "id_only": "PERSISTED_DOCUMENT_ID_REQUIRED"}},
		{"another literal", operation.Request{Document: []byte(`query M { me { name __typename(x: 1) } }`)}, map[string]string{"trusted": "QUERY_NOT_IN_SAFELIST"}},
		{"two in one", operation.Request{Name: "X", Document: []byte(a + " query X { me { id } }")}, map[string]string{"trusted": "QUERY_NOT_IN_SAFELIST"}},
		{"name as id", operation.Request{DocumentID: "A"}, map[string]string{"open": "A", "audit": "A", "trusted": "A", "id_only": "A"}},
		{"digest", operation.Request{DocumentID: id}, map[string]string{"trusted": "A", "id_only": "A"}},
		{"digest with its kind", operation.Request{DocumentID: "sha256:" + id}, map[string]string{"trusted": "A"}},
		{"id of the manifest", operation.Request{DocumentID: "m1"}, map[string]string{"trusted": "M", "id_only": "M"}},
		{"name of a manifest's operation", operation.Request{DocumentID: "M"}, map[string]string{"trusted": "PERSISTED_QUERY_NOT_FOUND"}},
		{"unknown id", operation.Request{DocumentID: "x"}, map[string]string{"open": "PERSISTED_QUERY_NOT_FOUND", "trusted": "PERSISTED_QUERY_NOT_FOUND"}},
		{"text beside its id", operation.Request{DocumentID: id, Document: []byte(a)}, map[string]string{"id_only": "A"}},
		{"text beside another's id", operation.Request{DocumentID: "m1", Document: []byte(a)}, map[string]string{"trusted": "A", "id_only": "PERSISTED_DOCUMENT_ID_REQUIRED"}},
		{"unknown text beside a known id", operation.Request{DocumentID: id, Document: []byte("{me{email}}")}, map[string]string{"trusted": "QUERY_NOT_IN_SAFELIST", "id_only": "PERSISTED_DOCUMENT_ID_REQUIRED"}},
		{"path of what has changed since", operation.Request{Routed: true, DocumentID: "old", Name: "A", Document: []byte("query A { old }")},
			map[string]string{"open": "A", "audit": "A", "trusted": "A", "id_only": "A"}},
		{"path of what has gone since", operation.Request{Routed: true, DocumentID: "old", Name: "Old", Document: []byte("query Old { old }")},
			map[string]string{"trusted": "QUERY_NOT_IN_SAFELIST"}},
		{"as if by a path", operation.Request{DocumentID: "old", Name: "A", Document: []byte("query A { old }")}, map[string]string{"trusted": "QUERY_NOT_IN_SAFELIST"}},
		{"broken escape", operation.Request{Document: []byte(`\q`), Escaped: true}, map[string]string{"trusted": "QUERY_NOT_IN_SAFELIST"}},
		{"more white space than is worth a look", operation.Request{Document: []byte(a + strings.Repeat(" ", 5000))}, map[string]string{"trusted": "QUERY_NOT_IN_SAFELIST"}},
		{"no text", operation.Request{}, map[string]string{"trusted": "QUERY_NOT_IN_SAFELIST"}},
	} {
		for m, want := range c.want {
			p := mode(t, m, "manifest.json", bff.Options{})
			r := c.request
			d, err := p.Document(&r)
			got := string(fault.CodeOf(err))
			if d != nil && err == nil {
				got = d.Name
				if string(r.Document) != d.Document || r.Escaped {
					t.Errorf("%s, %s: the text is %q", c.name, m, r.Document)
				}
				if _, err := p.Prepare(t.Context(), &r, 0); err != nil {
					t.Errorf("%s, %s: %v", c.name, m, err)
				}
			}
			if got != want {
				t.Errorf("%s, %s: %q, want %q (%v)", c.name, m, got, want, err)
			}
		}
	}
	for code, status := range map[fault.Code]int{fault.QueryNotInSafelist: 403, fault.PersistedDocumentRequired: 400, fault.PersistedQueryNotFound: 400} {
		if info, _ := code.Info(); info.HTTP != status {
			t.Errorf("%s: %d", code, info.HTTP)
		}
	}
}

func TestManifests(t *testing.T) {
	p := mode(t, "trusted", "relay.json", bff.Options{})
	if d, err := p.Document(&operation.Request{DocumentID: "r1"}); err != nil || d.Name != "R" {
		t.Error(d, err)
	}
	// What is written can be read: another profile may know the operations by it.
	dir := t.TempDir()
	lay(t, dir, map[string]string{"out.json": string(p.Manifest()), "weft.yaml": "bffs: [ { name: web, default: true, operations: { manifest: out.json, mode: id_only } } ]"})
	again, err := bff.New(options(t, dir, graph(t, shopSDL)))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range p.Operations {
		r := &operation.Request{DocumentID: o.ID}
		if _, err := again.Named("web").Document(r); err != nil || string(r.Document) != o.Document {
			t.Error(o.Name, err)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"version":   {`{"format":"apollo-persisted-query-manifest","version":2}`, "version 2"},
		"no JSON":   {`{`, "neither a manifest"},
		"a list":    {`[]`, "neither a manifest"},
		"two":       {`{"x":"query A { me { id } } query B { me { id } }"}`, `"x" is not one operation`},
		"invalid":   {`{"x":"{ nothing }"}`, `Cannot query field "nothing"`},
		"no id":     {`{"":"{ me { id } }"}`, `"" is not one operation with an id`},
		"no syntax": {`{"x":"{"}`, `"x" is not one operation`},
	} {
		lay(t, dir, map[string]string{"out.json": c.text})
		if _, err := bff.New(options(t, dir, graph(t, shopSDL))); err == nil || !strings.Contains(err.Error(), "out.json:1:1: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// @auth, @sunset and @deprecated hold for a known operation, however it came.
func TestKnownOperations(t *testing.T) {
	now := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	p := mode(t, "trusted", "manifest.json", bff.Options{Now: func() time.Time { return now }})
	for _, c := range []struct {
		principal *caller.Principal
		want      string
	}{
		{nil, "UNAUTHENTICATED"},
		{&caller.Principal{Kind: "anonymous"}, "UNAUTHENTICATED"},
		{&caller.Principal{Kind: "jwt", Scopes: []string{"b"}}, "FORBIDDEN"},
		{&caller.Principal{Kind: "jwt", Scopes: []string{"c", "b"}}, ""},
		{&caller.Principal{Kind: "jwt", Scopes: []string{"admin"}}, ""},
	} {
		for _, r := range []operation.Request{{DocumentID: "B"}, {Document: []byte("query B{me{id}}")}} {
			r.Caller = &caller.Caller{Principal: c.principal}
			d, err := p.Document(&r)
			if string(fault.CodeOf(err)) != c.want {
				t.Errorf("%+v: %v", c.principal, err)
			}
			h := http.Header{}
			if d.Headers(h); h.Get("Deprecation") != "@1767225600" || h.Get("Sunset") != "Fri, 01 Jan 2027 00:00:00 GMT" || !strings.Contains(h.Get("Link"), "b2") {
				t.Error(h)
			}
		}
	}
	now = now.AddDate(0, 0, 1)
	admin := &caller.Caller{Principal: &caller.Principal{Kind: "jwt", Scopes: []string{"admin"}}}
	if _, err := p.Document(&operation.Request{DocumentID: "B", Caller: admin}); fault.CodeOf(err) != fault.Sunset || !strings.Contains(string(fault.Of(err)[0].Extensions), "https://shop/b2") {
		t.Error(err)
	}
}

// Unknown operations are counted, told once in the log, and bounded; the record
// survives a reload.
func TestAudit(t *testing.T) {
	var log bytes.Buffer
	counted := 0
	o := bff.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), Unknown: func(string) { counted++ }}
	p := mode(t, "audit", "manifest.json", o)
	send := func(text, name, client string) {
		t.Helper()
		r := &operation.Request{Document: []byte(text), Name: name, Caller: &caller.Caller{Client: caller.Client{Name: client, Version: "1.2"}}}
		if d, err := p.Document(r); d != nil || err != nil {
			t.Error(d, err)
		}
	}
	send("query X { me { id } }", "X", "app")
	send("query X { me { id } }", "X", "app")
	send(`query Y { node(id: "secret") { id } }`, "Y", strings.Repeat("long", 100))
	if _, err := p.Document(&operation.Request{DocumentID: "A"}); err != nil {
		t.Error(err)
	}
	list, more := p.Unknown()
	if len(list) != 2 || more != 0 || list[0].Count != 2 || list[0].Operation != "X" || list[0].Client != "app" || list[0].Version != "1.2" || len(list[1].Client) > 64 {
		t.Errorf("%+v %d", list, more)
	}
	if text := log.String(); counted != 3 || strings.Count(text, "operation is not known") != 2 || !strings.Contains(text, "operation=X client=app version=1.2") || strings.Contains(text, "secret") {
		t.Errorf("%d\n%s", counted, text)
	}
	for i := range 1100 {
		send("{ me { id } } #"+strconv.Itoa(i), "", "app")
	}
	list, more = p.Unknown()
	if len(list) != 1000 || more != 102 || strings.Count(log.String(), "\n") != 1001 {
		t.Error(len(list), more, strings.Count(log.String(), "\n"))
	}
}

func BenchmarkDocument(b *testing.B) {
	dir := b.TempDir()
	lay(b, dir, documentFiles)
	lay(b, dir, map[string]string{"weft.yaml": "bffs: [ { name: web, default: true, operations: { dir: ops, mode: trusted } } ]"})
	p, err := bff.New(options(b, dir, graph(b, shopSDL)))
	if err != nil {
		b.Fatal(err)
	}
	web := p.Named("web")
	text := []byte(web.Operations[0].Document)
	for name, r := range map[string]operation.Request{
		"text": {Document: text}, "id": {DocumentID: web.Operations[0].ID}, "white space": {Document: bytes.ReplaceAll(text, []byte(" "), []byte("\t "))},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				one := r
				if _, err := web.Document(&one); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
