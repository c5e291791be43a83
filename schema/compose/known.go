package compose

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// spec is one version of a feature composition knows.
type spec struct {
	identity string
	version  version
	// federation is the oldest federation version that goes with it.
	federation version
	directives []*ast.DirectiveDefinition
	types      []*ast.Definition
}

// directive returns the spec's directive of that name, nil if it has none.
func (s *spec) directive(name string) *ast.DirectiveDefinition {
	for _, d := range s.directives {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// declares reports whether the type is the spec's own.
func (s *spec) declares(typeName string) bool {
	for _, t := range s.types {
		if t.Name == typeName {
			return true
		}
	}
	return false
}

// elements returns what can be imported: "@directive" and "Type".
func (s *spec) elements() []string {
	names := make([]string, 0, len(s.directives)+len(s.types))
	for _, d := range s.directives {
		names = append(names, "@"+d.Name)
	}
	for _, t := range s.types {
		names = append(names, t.Name)
	}
	return names
}

type specKey struct {
	identity string
	version  version
}

// specBook holds every known spec. It is read-only once built.
type specBook struct {
	specs map[specKey]*spec
	// fed1 is what a federation 1 schema has; builtins what every schema has.
	fed1, builtins *spec
	// federationNames are the directives of the newest federation version.
	federationNames []string
}

// book returns the known specs. They are parsed on first use: the sources are
// constants, so the result is the same for everybody.
var book = sync.OnceValue(func() *specBook {
	b := &specBook{specs: map[specKey]*spec{}, fed1: newSpec("", federation1), builtins: newSpec("", builtinSDL)}
	for _, feature := range specSources {
		var last *spec
		for _, src := range feature.versions {
			s := newSpec(feature.identity, src.sdl)
			s.version, s.federation = src.version, src.federation
			s.inherit(last)
			b.specs[specKey{s.identity, s.version}] = s
			last = s
		}
		if feature.identity == federationIdentity {
			for _, d := range last.directives {
				b.federationNames = append(b.federationNames, d.Name)
			}
		}
	}
	return b
})

// find returns a spec, nil if the identity or the version is unknown.
func (b *specBook) find(identity string, v version) *spec { return b.specs[specKey{identity, v}] }

// linkable is find for the @link of a subgraph, which can have @cacheTag from
// federation only: the feature of that name is one of supergraphs.
func (b *specBook) linkable(identity string, v version) *spec {
	if identity == cacheTagIdentity {
		return nil
	}
	if isGrpc(identity) {
		return b.find(grpcIdentity, v)
	}
	return b.find(identity, v)
}

func newSpec(identity, sdl string) *spec {
	doc, err := parser.ParseSchema(&ast.Source{Name: identity, Input: sdl})
	if err != nil {
		panic("compose: the source of a known spec does not parse: " + err.Error())
	}
	return &spec{identity: identity, directives: doc.Directives, types: doc.Definitions}
}

// inherit adds what the version before has and s does not replace, in the order
// of that version.
func (s *spec) inherit(last *spec) {
	if last == nil {
		return
	}
	own := *s
	s.directives, s.types = nil, nil
	for _, d := range last.directives {
		if newer := own.directive(d.Name); newer != nil {
			d = newer
		}
		s.directives = append(s.directives, d)
	}
	for _, d := range own.directives {
		if last.directive(d.Name) == nil {
			s.directives = append(s.directives, d)
		}
	}
	s.types = append(s.types, last.types...)
	for _, t := range own.types {
		if !last.declares(t.Name) {
			s.types = append(s.types, t)
		}
	}
}
