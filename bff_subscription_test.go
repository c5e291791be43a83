package weft_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
)

// TestExpressionsOfOthers has subscribers whose overlay computes something of
// who asks: they share a stream only as far as that is the same.
func TestExpressionsOfOthers(t *testing.T) {
	h := newHub()
	o := h.options()
	file := filepath.Join(t.TempDir(), "web.graphql")
	write(t, file, `extend type Item {
  who: String @expr("string(claims.sub ?? 'nobody') + ' ' + name", uses: ["name"])
  tongue: String @expr("client.locale + ' ' + client.name", uses: ["n"])
  twice: Int @expr("2 * n", uses: ["n"])
}`)
	o.BFFs = []config.BFF{{Name: "web", Default: true, Schema: file}}
	g := h.gateway(t, o)
	from := func(subject, locale, client string) *caller.Caller {
		return &caller.Caller{
			Header: http.Header{"Accept-Language": {locale}}, Client: caller.Client{Name: client},
			Principal: &caller.Principal{Kind: "jwt", Subject: subject, Claims: []byte(`{"sub":"` + subject + `"}`)},
		}
	}
	ann, bob := from("ann", "de", "app"), from("bob", "fr", "web")
	for _, c := range []struct {
		field, ann, bob string
		streams         int64
	}{
		{"who", `"ann a name"`, `"bob a name"`, 2},
		{"tongue", `"de app"`, `"fr web"`, 2},
		{"twice", `2`, `2`, 1},
	} {
		before := h.subscribed.Load()
		a := subscribe(t, g, `subscription { changed(id: 1) { `+c.field+` } }`, `{}`, ann)
		b := subscribe(t, g, `subscription { changed(id: 1) { `+c.field+` } }`, `{}`, bob)
		until(t, "subscribed", func() bool { return h.subscribed.Load() == before+c.streams })
		h.publish(item(1))
		expectNext(t, a, `{"data":{"changed":{"`+c.field+`":`+c.ann+`}}}`)
		expectNext(t, b, `{"data":{"changed":{"`+c.field+`":`+c.bob+`}}}`)
		a.Close()
		b.Close()
		until(t, "left", func() bool { return h.subscribed.Load() == h.closed.Load() })
	}
}

// TestSwapOfAnOverlay reloads the overlay of subscribers: they stay as long as
// what it does for them is the same.
func TestSwapOfAnOverlay(t *testing.T) {
	h := newHub()
	o := h.options()
	overlay := &swappedSchema{t: t, file: filepath.Join(t.TempDir(), "web.graphql")}
	const pinned = `extend type Subscription { changed(id: ID @fixed(value: {claim: "sub"})): Item! }
`
	overlay.write(pinned + `extend type Item { twice: Int @expr("2 * n", uses: ["n"]) }`)
	o.BFFs = []config.BFF{{Name: "web", Default: true, Schema: overlay.file}}
	g := h.gateway(t, o)
	ann := &caller.Caller{Header: http.Header{}, Principal: &caller.Principal{Kind: "jwt", Claims: []byte(`{"sub":"ann"}`)}}
	plain := subscribe(t, g, `subscription { changed { n } }`, `{}`, ann)
	defer plain.Close()
	computed := subscribe(t, g, `subscription { changed { twice } }`, `{}`, ann)
	defer computed.Close()
	until(t, "subscribed", func() bool { return h.subscribed.Load() == 2 })
	overlay.swap(g, pinned+`extend type Item { twice: Int @expr("2 * n", uses: ["n"]) }`)
	h.publish(item(1))
	expectNext(t, plain, `{"data":{"changed":{"n":1}}}`)
	expectNext(t, computed, `{"data":{"changed":{"twice":2}}}`)
	overlay.swap(g, pinned+`extend type Item { twice: Int @expr("3 * n", uses: ["n"]) }`)
	expectNext(t, computed, "SUBSCRIPTION_SCHEMA_RELOAD: the graph has changed; subscribe again")
	h.publish(item(2))
	expectNext(t, plain, `{"data":{"changed":{"n":2}}}`)
}
