package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// fed1Upgrade is the federation version a federation 1 schema is lifted to.
var fed1Upgrade = version{2, 4}

// expand turns each document into the model: links resolved, known definitions
// added or checked, blocks of a type put together, roots renamed. Then it checks
// the rules of GraphQL, and for federation 2 schemas those of federation.
//
// A subgraph goes as far as it is sound: wrong links hide what would be said
// about directives, a broken GraphQL rule hides federation's rules. Each
// subgraph is tried.
func (c *composition) expand() {
	for _, s := range c.subgraphs {
		c.expandOne(s)
	}
}

func (c *composition) expandOne(s *subgraph) {
	before := len(c.result.Errors)
	sound := func() bool { return len(c.result.Errors) == before }

	if c.link(s); c.checkVersions(s) {
		return
	}
	linked := sound()
	if f := s.links.federation(); !linked && (f == nil || f.spec != nil || len(c.result.Errors) > before+1) {
		return
	}
	c.declareKnown(s)
	definitions := sound()
	c.build(s)
	if !definitions {
		// Uses of a directive that is defined wrong say nothing, but unknown ones
		// are unknown all the same.
		c.checkDirectivesKnown(s)
		return
	}
	if c.checkGraphQL(s); !sound() {
		return
	}
	c.renameRoots(s)
	s.dropMachinery()
	if c.checkFeatureTypes(s); !sound() {
		return
	}
	if !s.fed1 {
		c.checkFederation(s)
	}
	c.checkCarried(s)
}

// link resolves the @link applications and finds out the federation version.
func (c *composition) link(s *subgraph) {
	table, problems := readLinks(s.document)
	s.links = table
	for _, p := range problems {
		c.fail(p.code, "", p.message, place{s, p.pos})
	}
	for _, f := range table.features {
		if f.spec != nil && !importForm.MatchString(f.alias) {
			c.fail(InvalidGraphQL, "", fmt.Sprintf("The namespace %s of %s would begin the names of its directives and types, so it must be a GraphQL name.",
				quote(f.alias), quote(f.identity)), place{s, f.pos})
		}
	}
	if len(problems) > 0 {
		return
	}
	federation := table.federation()
	if federation == nil {
		s.fed1, s.version = true, fed1Upgrade
		return
	}
	s.version = federation.version
	if federation.spec == nil {
		last := federationSources[len(federationSources)-1].version
		c.fail(UnknownFederationLinkVersion, "", fmt.Sprintf(
			"Federation %s is unknown. Known versions are v2.0 to %s.", federation.version, last), place{s, federation.pos})
	}
}

// machinery are the types and query fields a federation server adds to its
// schema for the gateway.
var machinery = map[string]bool{"_Any": true, "_Entity": true, "_Service": true, "_service": true, "_entities": true}

// dropMachinery takes out of the model what is there for the gateway only:
// types of federation and the like, _entities, _service.
func (s *subgraph) dropMachinery() {
	if q := s.query; q != nil {
		q.removeFields(func(f *fieldDecl) bool { return machinery[f.name] })
	}
	kept := s.types[:0]
	for _, t := range s.types {
		if machinery[t.name] || s.isFeatureType(t.name) {
			continue
		}
		if t == s.query && len(t.fields) == 0 {
			s.query = nil
			continue
		}
		kept = append(kept, t)
	}
	s.types = append(kept, s.featureScalars()...)
}

// featureScalars are the scalars of linked features that the SDL leaves to the
// composer, such as policy__Policy. Like all types of these features they are
// ordinary types.
func (s *subgraph) featureScalars() []*typeDecl {
	var scalars []*typeDecl
	for _, f := range s.links.features {
		if f.spec == nil || f.identity == joinIdentity {
			continue
		}
		for _, t := range f.spec.types {
			name := f.typeName(t.Name)
			if s.typeByName[name] != nil || s.isFeatureType(name) {
				continue
			}
			scalars = append(scalars, &typeDecl{subgraph: s, name: name, kind: t.Kind, blocks: []*block{{pos: f.pos}}, pos: f.pos})
		}
	}
	return scalars
}

// isFeatureType reports whether a type belongs to a feature whose types stay
// out of the supergraph. Types of other features are ordinary types.
func (s *subgraph) isFeatureType(name string) bool {
	if s.fed1 && name == "_FieldSet" {
		return true
	}
	f, _ := s.links.resolveType(name)
	if f == nil {
		return false
	}
	switch f.identity {
	case linkIdentity, coreIdentity, federationIdentity:
		return true
	}
	return carriedFeature(f.identity)
}

// checkFeatureTypes reports uses of types that stay out of the supergraph.
func (c *composition) checkFeatureTypes(s *subgraph) {
	check := func(t *ast.Type, owner *typeDecl, field string, pos *ast.Position) {
		if name := t.Name(); machinery[name] || s.isFeatureType(name) {
			coordinate := owner.name + "." + field
			c.fail(InvalidGraphQL, coordinate, fmt.Sprintf(
				"%s has the type %s, which is there for the gateway only and does not reach clients. Define a type of your own.", quote(coordinate), quote(name)),
				place{s, pos})
		}
	}
	for _, t := range s.types {
		for _, f := range t.fields {
			check(f.typ, t, f.name, f.pos)
			for _, a := range f.args {
				check(a.typ, t, f.name, a.pos)
			}
		}
		for _, f := range t.inputs {
			check(f.typ, t, f.name, f.pos)
		}
	}
}

// removeFields takes the fields out for which drop holds.
func (t *typeDecl) removeFields(drop func(*fieldDecl) bool) {
	kept := t.fields[:0]
	for _, f := range t.fields {
		if drop(f) {
			delete(t.fieldByName, f.name)
			continue
		}
		kept = append(kept, f)
	}
	t.fields = kept
}

// rootKinds are the operations with the default names of their root types.
var rootKinds = []struct {
	operation ast.Operation
	name      string
}{
	{ast.Query, "Query"}, {ast.Mutation, "Mutation"}, {ast.Subscription, "Subscription"},
}

// rootNames are the default names of root types.
var rootNames = map[string]bool{"Query": true, "Mutation": true, "Subscription": true}
