package compose

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// joinDirectives makes @join__directive entries for directives that the
// supergraph carries without knowing them: @cacheTag, connectors, and the @link
// of their feature. Equal applications share an entry.
func (m *merger) joinDirectives(parts []part) []joinDirective {
	var joined []joinDirective
	for _, p := range parts {
		for _, a := range p.directives {
			if name := carriedName(p.subgraph, a); name != "" {
				joined = carry(joined, p.subgraph, name, a.args)
			}
		}
	}
	return joined
}

// cacheTagName is how @join__directive calls @cacheTag, whatever a subgraph
// calls it.
const cacheTagName = "federation__cacheTag"

// carriedName is the name a carried directive has in @join__directive, "" for
// all others. Connectors keep the name they were imported under, because their
// @link goes along. What a federation 1 schema links is dropped by its upgrade.
func carriedName(s *subgraph, a *application) string {
	switch {
	case a.id == idCacheTag:
		return cacheTagName
	case a.id == idConnect, a.id == idSource, a.id == idGrpc, a.id == idGrpcSource:
		return a.name
	case a.id == idLink && !s.fed1 && carriedFeature(linkedIdentity(a)):
		return a.name
	}
	return ""
}

// carriedFeature reports whether the supergraph carries a feature's directives.
func carriedFeature(identity string) bool { return identity == connectIdentity || isGrpc(identity) }

// isGrpc reports whether a @link is to gRPC connectors: the host does not
// matter, as long as it is not that of other specifications.
func isGrpc(identity string) bool {
	return strings.HasSuffix(identity, "/grpc") && !strings.HasPrefix(identity, specsHost)
}

// linkedIdentity is the identity a @link links.
func linkedIdentity(a *application) string {
	u, err := parseFeatureURL(a.text("url"))
	if err != nil {
		return ""
	}
	return u.identity
}

func carry(joined []joinDirective, s *subgraph, name string, args ast.ArgumentList) []joinDirective {
	for i := range joined {
		if joined[i].name == name && sameArguments(joined[i].args, args) {
			joined[i].graphs = append(joined[i].graphs, s)
			return joined
		}
	}
	return append(joined, joinDirective{[]*subgraph{s}, name, args})
}

func sameArguments(a, b ast.ArgumentList) bool {
	if len(a) != len(b) {
		return false
	}
	for _, arg := range a {
		other := b.ForName(arg.Name)
		if other == nil || !sameValue(arg.Value, other.Value) {
			return false
		}
	}
	return true
}
