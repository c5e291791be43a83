package bff_test

import (
	"strings"
	"testing"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

var (
	asIOS = caller.Caller{Client: caller.Client{Name: "ios"}}
	asTV  = caller.Caller{Client: caller.Client{Name: "tv"}}
)

// serves returns the name of the profile that c gets, with a mark if it is an
// earlier version, or a code.
func serves(p *bff.Profiles, c caller.Caller) string {
	found, err := p.Identify(&c, "")
	switch {
	case err != nil:
		return string(fault.CodeOf(err))
	case found.Stale:
		return found.Name + " (stale)"
	}
	return found.Name
}

func runs(t *testing.T, p *bff.Profile, document string) bool {
	t.Helper()
	_, err := p.Prepare(t.Context(), &operation.Request{Document: []byte(document)}, 0)
	return err == nil
}

const folders = "bffs: [ { dir: ios }, { dir: tv }, { name: web, default: true } ]"

// A profile that breaks goes on as it was, over the new graph too, and nobody
// else notices.
func TestBrokenProfileGoesOn(t *testing.T) {
	g, next := graph(t, shopSDL), graph(t, strings.Replace(shopSDL, "me: User", "me: User count: Int", 1))
	for name, broken := range map[string]map[string]string{
		"settings":  {"ios/bff.yaml": "match: ["},
		"contract":  {"ios/bff.yaml": "match: [ { client_name: iphone } ]\ncontract: { deny: [Prodct] }"},
		"operation": {"ios/operations/a.graphql": "query A { nothing }"},
		"privilege": {"ios/bff.yaml": "match: [ { client_name: ios } ]\nintrospection: on"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			lay(t, dir, map[string]string{
				"weft.yaml":                folders,
				"ios/bff.yaml":             "match: [ { client_name: ios } ]\ncontract: { exclude_tags: [internal] }",
				"ios/operations/a.graphql": "query A { me { id } }",
				"tv/bff.yaml":              "match: [ { client_name: tv } ]",
			})
			first, err := bff.New(options(t, dir, g))
			if err != nil {
				t.Fatal(err)
			}
			lay(t, dir, broken)
			o := options(t, dir, next)
			o.Previous = first
			second, err := bff.New(o)
			if err == nil {
				t.Fatal("nothing is wrong")
			}
			o = options(t, dir, next)
			o.Previous = second // the next reload must not lose it either
			third, err := bff.New(o)
			if err == nil {
				t.Fatal("nothing is wrong any more")
			}
			for _, p := range []*bff.Profiles{second, third} {
				if got := serves(p, asIOS) + ", " + serves(p, asTV) + ", " + serves(p, caller.Caller{}); got != "ios (stale), tv, web" {
					t.Error(got)
				}
				ios := p.Named("ios")
				if !runs(t, ios, "{ count }") || runs(t, ios, "{ product(id: 1) { margin } }") || ios.Err == nil || len(ios.Operations) != 1 {
					t.Errorf("%+v", ios)
				}
			}
			lay(t, dir, map[string]string{"ios/bff.yaml": "match: [ { client_name: ios } ]", "ios/operations/a.graphql": "query A { me { id } }"})
			o = options(t, dir, next)
			o.Previous = third
			fourth, err := bff.New(o)
			if err != nil || serves(fourth, asIOS) != "ios" {
				t.Error(err, serves(fourth, asIOS))
			}
		})
	}
}

// Without an earlier version, or with one that does not fit the graph any more,
// its clients are told; they never get another's view.
func TestBrokenProfileIsUnavailable(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"weft.yaml": folders, "ios/bff.yaml": "match: [ { client_name: ios } ]", "tv/bff.yaml": "match: [ { client_name: tv } ]",
		"ios/operations/a.graphql": "query A { nothing }",
	}
	lay(t, dir, files)
	g := graph(t, shopSDL)
	p, err := bff.New(options(t, dir, g))
	if list := fault.Of(err); len(list) != 1 || !strings.Contains(list[0].Message, "ios/operations/a.graphql:1:11: ") {
		t.Fatal(err)
	}
	if got := serves(p, asIOS) + ", " + serves(p, asTV) + ", " + serves(p, caller.Caller{}); got != "BFF_UNAVAILABLE, tv, web" {
		t.Error(got)
	}
	bound := caller.Caller{Principal: key("k", "ios")}
	if got := serves(p, bound); got != "BFF_UNAVAILABLE" {
		t.Error(got)
	}
	if info, _ := fault.BFFUnavailable.Info(); info.HTTP != 503 || !info.Retry {
		t.Error(info)
	}

	lay(t, dir, map[string]string{"ios/operations/a.graphql": "query A { me { email } }"})
	o := options(t, dir, g)
	o.Previous = p
	if p, err = bff.New(o); err != nil {
		t.Fatal(err)
	}
	// The graph loses what both the last good and the new version need.
	lay(t, dir, map[string]string{"ios/operations/a.graphql": "query A { me { email id } }"})
	o = options(t, dir, graph(t, strings.Replace(shopSDL, `email: String @tag(name: "internal")`, "", 1)))
	o.Previous = p
	if p, err = bff.New(o); err == nil || serves(p, asIOS) != "BFF_UNAVAILABLE" || serves(p, asTV) != "tv" {
		t.Error(err, serves(p, asIOS))
	}
	// It comes back with the graph, although the files are still broken in
	// another way.
	lay(t, dir, map[string]string{"ios/operations/a.graphql": "query A {"})
	o = options(t, dir, g)
	o.Previous = p
	if p, err = bff.New(o); err == nil || serves(p, asIOS) != "ios (stale)" {
		t.Error(err, serves(p, asIOS))
	}
}

// While nobody can read whom a profile is for, clients that match nothing may be
// its: they must not get the default.
func TestProfileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{
		"weft.yaml":    "bffs: [ { dir: ios }, { name: web, default: true, match: [ { client_name: web } ] } ]",
		"ios/bff.yaml": "match: [",
	})
	p, err := bff.New(options(t, dir, graph(t, shopSDL)))
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	if got := serves(p, asIOS) + ", " + serves(p, caller.Caller{Client: caller.Client{Name: "web"}}); got != "BFF_UNAVAILABLE, web" {
		t.Error(got)
	}
}

// A default that is broken grants nothing, but others are held against what it
// is meant to grant.
func TestBrokenDefault(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{
		"weft.yaml": `bffs:
  - { name: ios, match: [ { client_name: ios } ] }
  - { name: tv, match: [ { client_name: tv } ], contract: { exclude_tags: [internal] } }
  - { name: web, default: true, contract: { exclude_tags: [internal], deny: [Nothing] } }`,
	})
	p, err := bff.New(options(t, dir, graph(t, shopSDL)))
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	if got := serves(p, asIOS) + ", " + serves(p, asTV) + ", " + serves(p, caller.Caller{}); got != "BFF_UNAVAILABLE, tv, BFF_UNAVAILABLE" {
		t.Error(got, err)
	}
}

// What differs in a file differs in the digest, and nothing else does.
func TestDigest(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"weft.yaml": folders, "ios/bff.yaml": "owner: a", "ios/operations/a.graphql": "query A { me { id } }", "tv/bff.yaml": ""})
	read := func() [32]byte { return bff.Read(load(t, dir).BFFs).Digest() }
	first := read()
	if read() != first {
		t.Error("the digest differs from itself")
	}
	seen := map[[32]byte]bool{first: true}
	for name, text := range map[string]string{
		"ios/bff.yaml": "owner: b", "ios/operations/a.graphql": "query A { me { name } }",
		"ios/operations/b.gql": "query B { me { id } }", "tv/schema.graphql": "#",
	} {
		lay(t, dir, map[string]string{name: text})
		if d := read(); seen[d] {
			t.Errorf("%s makes no difference", name)
		} else {
			seen[d] = true
		}
	}
	if got := len(bff.Read(load(t, dir).BFFs).Watch()); got != 4 {
		t.Error(bff.Read(load(t, dir).BFFs).Watch())
	}
}
