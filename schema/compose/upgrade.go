package compose

import (
	"fmt"
	"slices"
	"sort"

	"github.com/vektah/gqlparser/v2/ast"
)

// upgrade rewrites federation 1 subgraphs as federation 2 would have them
// written, and checks the result by federation 2's rules. Federation 2 subgraphs
// are left alone, so a field that both kinds resolve must be marked @shareable
// by its author on the federation 2 side.
func (c *composition) upgrade() {
	var old []*subgraph
	for _, s := range c.subgraphs {
		if s.fed1 {
			old = append(old, s)
		}
	}
	if len(old) == 0 {
		return
	}
	before := newUpgradeIndex(c.subgraphs, old)
	keyed := map[string][]place{} // interfaces with a key in federation 1, which means nothing there
	for _, s := range old {
		errors := len(c.result.Errors)
		u := &upgrader{c: c, s: s, before: before}
		u.run()
		if len(c.result.Errors) == errors {
			c.checkFederation(s)
		}
		if len(c.result.Errors) == errors {
			for _, a := range u.interfaceKeys {
				keyed[a.owner.name] = append(keyed[a.owner.name], place{s, a.application.pos})
			}
		}
	}
	c.checkInterfaceObjectNeighbours(keyed)
}

// checkInterfaceObjectNeighbours reports interface objects whose interface has a
// key in a federation 1 subgraph only by appearance.
func (c *composition) checkInterfaceObjectNeighbours(keyed map[string][]place) {
	reported := map[string]bool{}
	for _, s := range c.subgraphs {
		for _, t := range s.types {
			if !t.interfaceObject || s.fed1 || len(keyed[t.name]) == 0 || reported[t.name] {
				continue
			}
			reported[t.name] = true
			c.fail(InterfaceObjectUsage, t.name, fmt.Sprintf(
				"%s is an @interfaceObject in subgraph %s, but the @key on the interface in the federation 1 subgraph %s cannot tell its objects' types. Make that a federation 2 schema, or remove the @key from the interface.",
				quote(t.name), quote(s.name), quote(keyed[t.name][0].subgraph.name)), append([]place{t.place()}, keyed[t.name]...)...)
		}
	}
}

// upgradeIndex is what upgrading one subgraph needs to know of the others, as
// they were before any upgrade. It covers the types that a federation 1 subgraph
// declares.
type upgradeIndex struct {
	// types holds, by name, the objects and interfaces of all subgraphs.
	types map[string][]*typeDecl
	// defined are the types with a definition, not extensions alone.
	defined map[*typeDecl]bool
	// resolved are the fields their subgraph resolves, if only on the paths of a
	// @provides; marked those that say @external.
	resolved, marked map[*fieldDecl]bool
	// inKeys are the fields of federation 1 subgraphs that are part of a key or
	// provided, which makes them shareable.
	inKeys map[*fieldDecl]bool
	// firstKey holds the fields of the type itself in its first key.
	firstKey map[*typeDecl][]string
}

func newUpgradeIndex(all, old []*subgraph) *upgradeIndex {
	x := &upgradeIndex{
		types: map[string][]*typeDecl{}, defined: map[*typeDecl]bool{}, firstKey: map[*typeDecl][]string{},
		resolved: map[*fieldDecl]bool{}, marked: map[*fieldDecl]bool{}, inKeys: map[*fieldDecl]bool{},
	}
	for _, s := range old {
		for _, t := range s.types {
			if t.kind == ast.Object || t.kind == ast.Interface {
				x.types[t.name] = nil
			}
		}
	}
	for _, s := range all {
		sets := s.collectSets()
		if s.fed1 {
			s.externalFacts(sets, false)
			s.shareableFacts(sets)
		}
		for _, t := range s.types {
			if _, wanted := x.types[t.name]; wanted && (t.kind == ast.Object || t.kind == ast.Interface) {
				x.add(t)
			}
		}
		for _, set := range sets.keys {
			if _, wanted := x.types[set.owner.name]; wanted && x.firstKey[set.owner] == nil {
				x.firstKey[set.owner] = set.ownFields()
			}
		}
	}
	return x
}

func (x *upgradeIndex) add(t *typeDecl) {
	x.types[t.name] = append(x.types[t.name], t)
	x.defined[t] = t.defined()
	for _, f := range t.fields {
		if !f.fullyExternal() {
			x.resolved[f] = true
		}
		if f.directives.has(idExternal) {
			x.marked[f] = true
		}
		if f.shareable && t.subgraph.fed1 {
			x.inKeys[f] = true
		}
	}
}

// defined reports whether a block of the type is a definition.
func (t *typeDecl) defined() bool {
	for _, b := range t.blocks {
		if !b.extension {
			return true
		}
	}
	return false
}

// ownFields returns the names of the fields of the type itself in its key; it
// is never nil.
func (set *usedSet) ownFields() []string {
	names := []string{}
	for _, f := range set.targets {
		if f.owner == set.owner {
			names = append(names, f.name)
		}
	}
	return names
}

// others calls visit with the declarations of a type in other subgraphs until
// it returns true; it reports whether it did.
func (x *upgradeIndex) others(t *typeDecl, visit func(*typeDecl) bool) bool {
	for _, other := range x.types[t.name] {
		if other.subgraph != t.subgraph && visit(other) {
			return true
		}
	}
	return false
}

// upgrader rewrites one federation 1 subgraph. The order of its steps matters:
// each relies on what the ones before took away.
type upgrader struct {
	c      *composition
	s      *subgraph
	before *upgradeIndex
	// interfaceKeys are the keys taken off interfaces.
	interfaceKeys []ownedApplication
}

type ownedApplication struct {
	owner       *typeDecl
	application *application
}

func (u *upgrader) run() {
	errors := len(u.c.result.Errors)
	if u.linkFederation(); len(u.c.result.Errors) > errors {
		return
	}
	u.checkBases()
	u.coerceFields()
	u.dropIdleExternals()
	u.dropExternalKeys()
	u.trimInactive()
	u.defineExtensions()
	u.clearInterfaces()
	u.dropProvidesOnLeaves()
	u.dropUnusedExternals()
	u.addShareable()
	u.dropTagsOnExternals()
}

// linkFederation links federation v2.4 with every directive under its plain
// name. A directive of the schema's own that has such a name must be the one of
// federation.
func (u *upgrader) linkFederation() {
	s := u.s
	if core := s.links.byIdentity[coreIdentity]; core != nil {
		u.c.fail(InvalidLinkDirectiveUsage, "", "A subgraph links features with @link, not with @core. Replace it.", place{s, core.pos})
		return
	}
	fed2 := book().find(federationIdentity, fed1Upgrade)
	f := &feature{featureURL: featureURL{federationIdentity, "federation", fed1Upgrade}, alias: "federation", spec: fed2}
	for _, d := range fed2.directives {
		f.imports = append(f.imports, linkImport{name: "@" + d.Name, as: "@" + d.Name, directive: true})
	}
	if p := s.links.add(f); p != nil {
		u.c.fail(p.code, "", p.message+" The schema is a federation 1 schema, which has the directives of federation without linking them.",
			place{s, conflictPosition(s.links)})
		return
	}
	n := naming{f.directiveName, f.typeName}
	for _, d := range fed2.directives {
		if book().fed1.directive(d.Name) != nil {
			continue
		}
		if actual := s.document.Directives.ForName(d.Name); actual != nil {
			check := definitionCheck{u.c, s, n, d, actual}
			check.run()
		}
	}
	s.adopt(fed2)
}

// conflictPosition is the first @link of the schema, nil without one.
func conflictPosition(t *linkTable) *ast.Position {
	for _, f := range t.features {
		if f.pos != nil {
			return f.pos
		}
	}
	return nil
}

// adopt makes directives of the schema's own that are called like those of a
// spec the spec's.
func (s *subgraph) adopt(spec *spec) {
	adopted := map[directiveID]directiveID{}
	s.definitions = slices.DeleteFunc(s.definitions, func(d *directiveDecl) bool {
		if d.id != directiveID("@"+d.name) || spec.directive(d.name) == nil {
			return false
		}
		adopted[d.id] = directiveID(d.name)
		d.id = directiveID(d.name)
		return true
	})
	s.ids = map[string]directiveID{}
	if len(adopted) == 0 {
		return
	}
	s.eachElement(func(_ ast.DirectiveLocation, list applications, _ func() string) {
		for _, a := range list {
			if id, ok := adopted[a.id]; ok {
				a.id, a.definition = id, nil
			}
		}
	})
	for _, t := range s.types {
		t.interfaceObject = t.kind == ast.Object && t.directives.has(idInterfaceObject)
	}
}

// isExtension reports whether the type is an extension in the sense of
// federation 1: an object or interface that another subgraph owns.
func (t *typeDecl) isExtension() bool {
	return (t.kind == ast.Object || t.kind == ast.Interface) && (t.extends || !t.defined())
}

func (t *typeDecl) isRoot() bool {
	s := t.subgraph
	return t == s.query || t == s.mutation || t == s.subscription
}

// checkBases reports extensions of types that no subgraph defines. What is
// called like a root needs no definition, root or not.
func (u *upgrader) checkBases() {
	offered := 0
	for _, t := range u.s.types {
		if !t.isExtension() || t.isRoot() || rootNames[t.name] {
			continue
		}
		defined := u.before.others(t, func(other *typeDecl) bool { return u.before.defined[other] })
		if defined {
			continue
		}
		meant := ""
		if offered++; offered <= maxOffers {
			meant = didYouMean(t.name, u.definedElsewhere())
		}
		u.c.fail(ExtensionWithNoBase, t.name, fmt.Sprintf(
			"%s is extended here, but no subgraph defines it.%s Define it, without extend, where it belongs.",
			quote(t.name), meant), t.place())
	}
}

// definedElsewhere returns the names of types that other subgraphs define.
func (u *upgrader) definedElsewhere() []string {
	seen := map[string]bool{}
	for _, s := range u.c.subgraphs {
		if s == u.s {
			continue
		}
		for _, t := range s.types {
			if t.kind == ast.Object || t.kind == ast.Interface {
				seen[t.name] = true
			}
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
