package compose

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// composeItem is one valid @composeDirective.
type composeItem struct {
	subgraph *subgraph
	feature  *feature
	// element is the directive's name in its feature, name that in the schema.
	element, name string
	at            place
}

func (i *composeItem) id() directiveID { return directiveID(i.feature.identity + "@" + i.element) }

// neverComposed are features whose directives composition handles itself.
var neverComposed = []string{
	coreIdentity, joinIdentity, linkIdentity, tagIdentity, inaccessibleIdentity, federationIdentity,
	specsHost + "authenticated", specsHost + "requiresScopes", specsHost + "source", specsHost + "context", specsHost + "cost",
}

// composesAnyway are the directives of federation that compose without being
// asked to.
var composesAnyway = []directiveID{idTag, idInaccessible, idAuthenticated, idRequiresScopes, idPolicy, idContext}

// composeCustom checks every @composeDirective and adds the directives that
// compose because of one.
func (c *composition) composeCustom() {
	var items []*composeItem
	for _, s := range c.subgraphs {
		for _, a := range s.directives.all(idComposeDirective) {
			if item := c.composeItem(s, a); item != nil {
				items = append(items, item)
			}
		}
	}
	before := len(c.result.Errors)
	latest := c.latestFeatures(items)
	c.checkComposedNames(items)
	if len(c.result.Errors) > before {
		return
	}
	links := map[string]*featureLink{}
	for _, item := range items {
		d := c.specs.byID[item.id()]
		if d == nil {
			newest := latest[item.feature.identity]
			link := links[item.feature.identity]
			if link == nil {
				link = &featureLink{identity: newest.identity, name: newest.name, version: newest.version}
				links[item.feature.identity] = link
			}
			link.imports = append(link.imports, linkImport{name: item.element, as: item.name, directive: true})
			d = &composed{id: item.id(), name: item.name, feature: link, definition: c.newestDefinition(item, newest), subgraphs: map[int]bool{}}
			c.specs.add(d)
		}
		d.subgraphs[item.subgraph.index] = true
	}
}

// composeItem checks one application on its own. It returns nil if nothing
// composes because of it.
func (c *composition) composeItem(s *subgraph, a *application) *composeItem {
	at := place{s, a.pos}
	fail := func(format string, args ...any) *composeItem {
		c.fail(DirectiveComposition, "", fmt.Sprintf(format, args...), at)
		return nil
	}
	text := a.text("name")
	name, ok := strings.CutPrefix(text, "@")
	switch {
	case text == "":
		return fail("@composeDirective needs the name of a directive, such as \"@name\".")
	case !ok:
		return fail("@composeDirective(name: %s): the name must begin with @. Write %s.", quote(text), quote("@"+text))
	case s.known[name] == nil:
		return fail("@composeDirective(name: %s): subgraph %s has no such directive.%s", quote(text), quote(s.name), didYouMean(text, knownNames(s)))
	}
	f, element := s.links.resolveDirective(name)
	if f == nil {
		if shadowed, _ := s.links.defaultName(name, true); shadowed != nil {
			return fail("@composeDirective(name: %s): the directive is imported from %s under another name. Use that name.", quote(text), quote(shadowed.identity))
		}
		return fail("@composeDirective(name: %s): only directives of a linked feature compose. Give it a feature: @link(url: \"https://example.com/name/v1.0\", import: [%s]).", quote(text), quote(text))
	}
	if slices.Contains(neverComposed, f.identity) {
		if slices.Contains(composesAnyway, s.known[name].id) {
			c.hint(HintDirectiveCompositionInfo, text, fmt.Sprintf("%s composes without @composeDirective. Remove it.", text), at)
			return nil
		}
		return fail("@composeDirective(name: %s): a directive of %s cannot be composed, because composition itself acts on it. Remove @composeDirective.", quote(text), f.name)
	}
	if other := c.clashingSubgraph(name); other != nil {
		return fail("@composeDirective(name: %s): the name is that of federation's directive in subgraph %s. Import yours under another name.", quote(text), quote(other.name))
	}
	return &composeItem{subgraph: s, feature: f, element: element, name: name, at: at}
}

func knownNames(s *subgraph) []string {
	names := make([]string, 0, len(s.known))
	for name := range s.known {
		names = append(names, "@"+name)
	}
	sort.Strings(names)
	return names
}

// clashingSubgraph returns the first subgraph in which a name is that of @tag or
// @inaccessible, nil if there is none.
func (c *composition) clashingSubgraph(name string) *subgraph {
	for _, s := range c.subgraphs {
		if f := s.links.federation(); f != nil && (f.directiveName("tag") == name || f.directiveName("inaccessible") == name) {
			return s
		}
	}
	return nil
}

// latestFeatures returns, by identity, the newest version among subgraphs that
// compose a directive of the feature. Two major versions do not mix.
func (c *composition) latestFeatures(items []*composeItem) map[string]*feature {
	composes := map[string]map[*subgraph]bool{}
	for _, item := range items {
		if composes[item.feature.identity] == nil {
			composes[item.feature.identity] = map[*subgraph]bool{}
		}
		composes[item.feature.identity][item.subgraph] = true
	}
	latest := map[string]*feature{}
	for _, identity := range c.linkedIdentities() {
		if f := c.latestFeature(identity, composes[identity]); f != nil {
			latest[identity] = f
		}
	}
	return latest
}

// linkedIdentities returns every feature some subgraph links, sorted.
func (c *composition) linkedIdentities() []string {
	seen := map[string]bool{}
	var list []string
	for _, s := range c.subgraphs {
		for _, f := range s.links.features {
			if !seen[f.identity] {
				seen[f.identity] = true
				list = append(list, f.identity)
			}
		}
	}
	sort.Strings(list)
	return list
}

func (c *composition) latestFeature(identity string, composes map[*subgraph]bool) *feature {
	var latest *feature
	var latestIn *subgraph
	hinted := false
	for _, s := range c.subgraphs {
		f := s.links.byIdentity[identity]
		if f == nil {
			continue
		}
		switch {
		case latest == nil:
			latest, latestIn = f, s
		case latest.version.major != f.version.major && composes[latestIn] && composes[s]:
			c.fail(DirectiveComposition, "", fmt.Sprintf(
				"Subgraphs %s and %s compose directives of %s in versions %s and %s. Link the same major version.",
				quote(latestIn.name), quote(s.name), quote(identity), latest.version, f.version), place{latestIn, latest.pos}, place{s, f.pos})
			return nil
		case latest.version.major != f.version.major:
			if !hinted {
				hinted = true
				c.hint(HintDirectiveCompositionInfo, "", fmt.Sprintf(
					"Subgraphs %s and %s link %s in versions %s and %s. To compose its directives they would have to link the same major version.",
					quote(latestIn.name), quote(s.name), quote(identity), latest.version, f.version), place{latestIn, latest.pos}, place{s, f.pos})
			}
			if !composes[latestIn] {
				latest, latestIn = f, s
			}
		case composes[latestIn] && !composes[s]:
		case composes[s] && !composes[latestIn], latest.version.minor <= f.version.minor:
			latest, latestIn = f, s
		}
	}
	if latestIn == nil || !composes[latestIn] {
		return nil
	}
	return latest
}

// checkComposedNames checks that one name means one directive, and one directive
// has one name, in all subgraphs that compose it.
func (c *composition) checkComposedNames(items []*composeItem) {
	byName, byElement := map[string]*composeItem{}, map[string]*composeItem{}
	for _, item := range items {
		first := byName[item.name]
		if first == nil {
			byName[item.name] = item
		} else if first.id() != item.id() {
			c.fail(DirectiveComposition, "@"+item.name, fmt.Sprintf(
				"@%s is composed as %s of %s in subgraph %s, but as %s of %s in subgraph %s. Rename one of them.",
				item.name, quote("@"+first.element), quote(first.feature.identity), quote(first.subgraph.name),
				quote("@"+item.element), quote(item.feature.identity), quote(item.subgraph.name)), first.at, item.at)
		}
		same := byElement[item.element]
		if same == nil {
			byElement[item.element] = item
			c.hintOtherNames(item, items)
		} else if same.name != item.name {
			c.fail(DirectiveComposition, "@"+item.element, fmt.Sprintf(
				"@%s is composed as @%s in subgraph %s, but as @%s in subgraph %s. Import it under one name.",
				item.element, same.name, quote(same.subgraph.name), item.name, quote(item.subgraph.name)), same.at, item.at)
		}
	}
}

// hintOtherNames hints at subgraphs that do not compose the directive and import
// it under another name.
func (c *composition) hintOtherNames(item *composeItem, items []*composeItem) {
	var others []place
	for _, s := range c.subgraphs {
		composes := slices.ContainsFunc(items, func(i *composeItem) bool { return i.subgraph == s && i.element == item.element })
		f := s.links.byIdentity[item.feature.identity]
		if composes || f == nil {
			continue
		}
		if i := f.importOf("@" + item.element); i != nil && i.as != "@"+item.name {
			others = append(others, place{s, f.pos})
		}
	}
	if len(others) > 0 {
		c.hint(HintDirectiveCompositionWarn, "@"+item.name, fmt.Sprintf(
			"@%s is composed by subgraph %s, but has another name in %s, which would have to be the same to compose it there too.",
			item.name, quote(item.subgraph.name), join(placeNames(others))), others...)
	}
}

// newestDefinition finds the definition in a subgraph that links the newest
// version.
func (c *composition) newestDefinition(item *composeItem, newest *feature) *directiveDecl {
	var links []place
	for i := len(c.subgraphs) - 1; i >= 0; i-- {
		s := c.subgraphs[i]
		f := s.links.byIdentity[newest.identity]
		if f == nil || f.version != newest.version {
			continue
		}
		if d := s.known[f.directiveName(item.element)]; d != nil {
			return d
		}
		links = append(links, place{s, f.pos})
	}
	slices.Reverse(links)
	c.fail(DirectiveComposition, "@"+item.name, fmt.Sprintf(
		"@%s is composed, but the subgraphs that link the newest version %s of %s do not define it: %s. Define it there.",
		item.name, newest.version, quote(newest.identity), join(placeNames(links))), append(links, item.at)...)
	return nil
}
