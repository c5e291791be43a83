// Package expression is the expressions of the configuration: conditions and
// keys over who asks and what they ask for. They are pure, do no I/O and always
// end. The language is that of expr-lang/expr; a plain path such as
// principal.sub does not go through its machine.
package expression

import (
	"github.com/weftql/weft/caller"
)

// Env is what an expression sees of one operation:
//
//	request    ip, method, host, path, id, headers (first values by lower-case name)
//	principal  kind, sub, issuer, key_id, tenant, scopes, roles
//	claims     the token's claims
//	client     name, version
//	operation  name, type (query, mutation, subscription), hash
//	bff, graph their names
//	args       a field's arguments, for policies
type Env struct {
	Caller *caller.Caller
	Graph  string
	// Operation is empty before the document is known.
	Operation Operation
	// Args are a field's coerced arguments as raw JSON by name.
	Args map[string][]byte
}

// Operation is what an expression sees of an operation.
type Operation struct {
	Name, Type, Hash string
}
