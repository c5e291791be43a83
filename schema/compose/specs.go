package compose

import "github.com/vektah/gqlparser/v2/ast"

// specs is what phase 4 decides for the supergraph.
type specs struct {
	// federation is the highest version over all subgraphs.
	federation version
	// join is the version of the join spec: 0.3, 0.4 or 0.5.
	join version
	// composed are the directives whose applications reach the supergraph as
	// ordinary directives: federation's composing ones (tag, inaccessible,
	// authenticated, requiresScopes, policy, cost, listSize, context), and those
	// named by @composeDirective. A federation directive is listed if some
	// subgraph applies it. Sorted by feature, then name. Built-in directives
	// (deprecated, specifiedBy) are not listed: they always compose.
	composed []*composed
	byID     map[directiveID]*composed
}

// composed is one directive that composes.
type composed struct {
	id directiveID
	// name is what the supergraph calls it, without @.
	name    string
	feature *featureLink
	// definition is the definition to use (a custom directive's, from the
	// subgraph that links the newest minor version); nil for spec directives,
	// whose definitions stand in the table of specs.
	definition *directiveDecl
	// subgraphs tells for a custom directive which subgraphs compose it, by
	// index. nil means all.
	subgraphs map[int]bool
}

// featureLink is a @link the supergraph gets if one of its directives is
// applied.
type featureLink struct {
	identity string // https://specs.apollo.dev/tag
	name     string // tag: the last path segment
	// as is the namespace, "" if it is name.
	as      string
	version version
	purpose string // SECURITY, EXECUTION or ""
	// imports are the elements whose name is not the default one.
	imports []linkImport
}

// linkImport is one import of a @link. The names of directives begin with @ in a
// feature, as they are written there, and do not in a featureLink.
type linkImport struct {
	name, as  string // equal if not renamed
	directive bool
	pos       *ast.Position
}
