package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// composing are the directives of known specs that compose, with the spec that
// carries them in a supergraph and the purpose of its @link.
var composing = []struct {
	id       directiveID
	identity string
	purpose  string
}{
	{idTag, tagIdentity, ""},
	{idInaccessible, inaccessibleIdentity, "SECURITY"},
	{idAuthenticated, specsHost + "authenticated", "SECURITY"},
	{idRequiresScopes, specsHost + "requiresScopes", "SECURITY"},
	{idPolicy, specsHost + "policy", "SECURITY"},
	{idContext, specsHost + "context", "SECURITY"},
	{idCost, specsHost + "cost", ""},
	{idListSize, specsHost + "cost", ""},
	{idCacheTag, specsHost + "cacheTag", "EXECUTION"},
}

// joinVersions are the join spec versions composition writes, by the federation
// version that needs them.
var joinVersions = []struct{ federation, join version }{
	{version{2, 8}, version{0, 5}},
	{version{2, 7}, version{0, 4}},
	{version{2, 0}, version{0, 3}},
}

// pickSpecs chooses the versions of the specs in the supergraph and which
// directives compose.
func (c *composition) pickSpecs() {
	c.specs = &specs{byID: map[directiveID]*composed{}}
	for _, s := range c.subgraphs {
		if v := c.federationVersion(s); c.specs.federation.less(v) {
			c.specs.federation = v
		}
	}
	for _, v := range joinVersions {
		if !c.specs.federation.less(v.federation) {
			c.specs.join = v.join
			break
		}
	}
	names := c.appliedNames()
	features := map[string]*featureLink{}
	for _, d := range composing {
		c.composeKnown(d.id, d.identity, d.purpose, names[d.id], features)
	}
	c.composeCustom()
	slices.SortStableFunc(c.specs.composed, func(a, b *composed) int {
		return cmp.Or(strings.Compare(a.feature.identity, b.feature.identity), strings.Compare(a.name, b.name))
	})
	c.chooseAliases()
}

// federationVersion returns the version a subgraph counts as: that of its @link,
// or a later one that a feature it links needs.
func (c *composition) federationVersion(s *subgraph) version {
	v := s.version
	var cause *feature
	for _, f := range s.links.features {
		if f.spec != nil && v.less(f.spec.federation) {
			v, cause = f.spec.federation, f
		}
	}
	if cause != nil {
		c.hint(HintImplicitlyUpgraded, "", fmt.Sprintf(
			"Subgraph %s links federation %s, but %s %s needs %s, so it counts as that. Link federation %s.",
			quote(s.name), s.version, cause.name, cause.version, v, v), place{s, cause.pos})
	}
	return v
}

// appliedName is what a directive is called where a subgraph uses it.
type appliedName struct {
	name string
	at   place
}

// appliedNames returns, for each known directive that is applied anywhere, its
// name in each subgraph that does, in subgraph order.
func (c *composition) appliedNames() map[directiveID][]appliedName {
	names := map[directiveID][]appliedName{}
	for _, s := range c.subgraphs {
		seen := map[directiveID]bool{}
		note := func(id directiveID, name string, pos *ast.Position) {
			if !seen[id] {
				seen[id] = true
				names[id] = append(names[id], appliedName{name, place{s, pos}})
			}
		}
		s.eachElement(func(_ ast.DirectiveLocation, list applications, _ func() string) {
			for _, a := range list {
				note(a.id, a.name, a.pos)
			}
		})
		for _, def := range s.document.Definitions {
			if builtinScalar(def.Name) || machinery[def.Name] || s.isFeatureType(def.Name) { // without effect, yet applied
				for _, d := range def.Directives {
					note(s.identify(d.Name), d.Name, d.Position)
				}
			}
		}
	}
	return names
}

// composeKnown makes a known directive compose if it is applied. All subgraphs
// that use it must call it the same.
func (c *composition) composeKnown(id directiveID, identity, purpose string, names []appliedName, features map[string]*featureLink) {
	if len(names) == 0 {
		return
	}
	at := []place{names[0].at}
	var others []string
	for _, n := range names[1:] {
		if n.name != names[0].name {
			at = append(at, n.at)
			others = append(others, fmt.Sprintf("@%s in %s", n.name, quote(n.at.subgraph.name)))
		}
	}
	if len(at) > 1 {
		c.fail(LinkImportNameMismatch, "@"+string(id), fmt.Sprintf(
			"@%s is called @%s in subgraph %s, but %s. A directive that composes must have one name: import it alike everywhere.",
			id, names[0].name, quote(at[0].subgraph.name), strings.Join(others, ", ")), at...)
		return
	}
	if id == idCacheTag {
		return // carried by @join__directive, not as itself
	}
	link := features[identity]
	if link == nil {
		link = &featureLink{identity: identity, name: strings.TrimPrefix(identity, specsHost), purpose: purpose, version: c.specVersion(identity)}
		features[identity] = link
	}
	if name := names[0].name; name != string(id) || string(id) != link.name {
		link.imports = append(link.imports, linkImport{name: string(id), as: name, directive: true})
	}
	c.specs.add(&composed{id: id, name: names[0].name, feature: link})
}

func (s *specs) add(d *composed) {
	s.composed = append(s.composed, d)
	s.byID[d.id] = d
}

func placeNames(at []place) []string {
	names := make([]string, len(at))
	for i, p := range at {
		names[i] = p.subgraph.name
	}
	return names
}

// specVersion returns the newest version of a spec that the chosen federation
// version allows.
func (c *composition) specVersion(identity string) version {
	var newest version
	for _, source := range specSources {
		if source.identity != identity {
			continue
		}
		for _, v := range source.versions {
			if !c.specs.federation.less(v.federation) {
				newest = v.version
			}
		}
	}
	return newest
}

// chooseAliases gives a feature another namespace where its own would make an
// import ambiguous.
func (c *composition) chooseAliases() {
	links := c.linksInOrder()
	taken := map[string]bool{}
	prefix, n := "", 0
	for _, l := range links {
		if !taken[l.name] && aliasUsable(l, links) {
			taken[l.name] = true
			continue
		}
		if prefix == "" {
			prefix = c.freePrefix(links)
		}
		l.as = fmt.Sprintf("%s%d%s", prefix, n, strings.Map(lettersOnly, l.name))
		n++
		c.importPlain(l)
	}
}

// linksInOrder returns the features in the order in which they may claim their
// names: known specs before custom ones.
func (c *composition) linksInOrder() []*featureLink {
	links := []*featureLink{{identity: linkIdentity, name: "link"}, {identity: joinIdentity, name: "join"}}
	add := func(d *composed) {
		if d != nil && !slices.Contains(links, d.feature) {
			links = append(links, d.feature)
		}
	}
	for _, known := range composing {
		add(c.specs.byID[known.id])
	}
	for _, d := range c.specs.composed {
		add(d)
	}
	return links
}

// importPlain imports the directive that needed no import while its feature's
// namespace was the name they share.
func (c *composition) importPlain(l *featureLink) {
	for _, d := range c.specs.composed {
		if d.feature == l && d.definition == nil && string(d.id) == l.name && d.name == l.name {
			l.imports = append([]linkImport{{name: l.name, as: l.name, directive: true}}, l.imports...)
		}
	}
}

func lettersOnly(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// aliasUsable reports whether a feature can keep its name as namespace: it is a
// plain name, and no import looks like one of its names.
func aliasUsable(l *featureLink, links []*featureLink) bool {
	if !importForm.MatchString(l.name) || strings.Contains(l.name, "__") || strings.HasSuffix(l.name, "_") {
		return false
	}
	for _, other := range links {
		for _, i := range other.imports {
			element, inSchema := strings.TrimPrefix(i.name, "@"), strings.TrimPrefix(i.as, "@")
			if prefix, rest, ok := strings.Cut(inSchema, "__"); ok && prefix == l.name && (other != l || rest != element) {
				return false
			}
			if i.directive && inSchema == l.name && (other != l || element != l.name) {
				return false
			}
		}
	}
	return true
}

// freePrefix returns the shortest name no type or directive starts with, the
// first in the order _, a…z, A…Z, then digits.
func (c *composition) freePrefix(links []*featureLink) string {
	prefixes := map[string]bool{}
	note := func(name string) {
		if strings.HasPrefix(name, "__") || machinery[name] {
			return
		}
		for i := range name {
			prefixes[name[:i+1]] = true
		}
	}
	for _, s := range c.subgraphs {
		for name := range s.typeByName {
			note(name)
		}
		for name := range s.implied {
			note(name)
		}
		for name := range s.known {
			note(name)
		}
	}
	for _, l := range links {
		note(l.name)
		for _, i := range l.imports {
			note(strings.TrimPrefix(i.as, "@"))
		}
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	queue, chars := []string{""}, "_"+letters
	for {
		for _, r := range chars {
			candidate := queue[0] + string(r)
			if !prefixes[candidate] {
				return candidate
			}
			queue = append(queue, candidate)
		}
		queue, chars = queue[1:], letters+"0123456789"
	}
}
