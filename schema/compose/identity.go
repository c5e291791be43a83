package compose

import "github.com/vektah/gqlparser/v2/ast"

// directiveID is what a directive is, whatever a subgraph calls it:
//
//	"key", "tag", "deprecated"          federation, spec and built-in directives
//	"https://acme.dev/audit@logged"     a directive of another linked feature
//	"@logged"                           a directive of no feature
//
// A directive of a spec that federation re-exports (tag, inaccessible, cost, …)
// has one identity, whichever way it was linked.
type directiveID string

const (
	idKey              directiveID = "key"
	idRequires         directiveID = "requires"
	idProvides         directiveID = "provides"
	idExternal         directiveID = "external"
	idExtends          directiveID = "extends"
	idShareable        directiveID = "shareable"
	idOverride         directiveID = "override"
	idInterfaceObject  directiveID = "interfaceObject"
	idComposeDirective directiveID = "composeDirective"
	idFromContext      directiveID = "fromContext"
	idContext          directiveID = "context"
	idTag              directiveID = "tag"
	idInaccessible     directiveID = "inaccessible"
	idAuthenticated    directiveID = "authenticated"
	idRequiresScopes   directiveID = "requiresScopes"
	idPolicy           directiveID = "policy"
	idCost             directiveID = "cost"
	idListSize         directiveID = "listSize"
	idCacheTag         directiveID = "cacheTag"
	idConnect          directiveID = "connect"
	idSource           directiveID = "source"
	idGrpc             directiveID = "grpc"
	idGrpcSource       directiveID = "grpcSource"
	idLink             directiveID = "link"
	idDeprecated       directiveID = "deprecated"
	idSpecifiedBy      directiveID = "specifiedBy"
	idOneOf            directiveID = "oneOf"
)

// application is one use of a directive.
type application struct {
	id directiveID
	// name is how this subgraph calls it, without @.
	name string
	// args are the arguments as written, in source order. Argument names need
	// no resolving: a definition may rename a directive, never its arguments.
	args ast.ArgumentList
	// definition is nil for federation's and built-in directives.
	definition *directiveDecl
	// block is where it stands; nil if it is not on a type or its parts.
	block *block
	pos   *ast.Position // nil if phase 2 added it
}

// arg returns the value of an argument as written, nil if it is not given.
func (a *application) arg(name string) *ast.Value {
	if found := a.args.ForName(name); found != nil {
		return found.Value
	}
	return nil
}

// text returns the value of a string argument, "" if it is not given or is no
// string.
func (a *application) text(name string) string {
	if v := a.arg(name); v != nil && (v.Kind == ast.StringValue || v.Kind == ast.BlockValue) {
		return v.Raw
	}
	return ""
}

// applications are the directives of one element, in source order.
type applications []*application

// first returns the first application of a directive, nil if there is none.
func (l applications) first(id directiveID) *application {
	for _, a := range l {
		if a.id == id {
			return a
		}
	}
	return nil
}

// has reports whether the directive is applied.
func (l applications) has(id directiveID) bool { return l.first(id) != nil }

// all returns every application of a directive.
func (l applications) all(id directiveID) applications {
	var found applications
	for _, a := range l {
		if a.id == id {
			found = append(found, a)
		}
	}
	return found
}
