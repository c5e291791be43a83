package testkit

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
)

// World is the truth that all subgraphs of a graph share: which objects there
// are and what their fields hold. Nodes are the world's own; lists of them are
// []any, leaves are JSON values, and an error stands for a field that fails.
type World interface {
	// Root returns the object root fields are read from.
	Root(op ast.Operation) any
	// TypeName returns the object type of a node in the whole graph.
	TypeName(node any) string
	// Field reads a field. args holds the coerced arguments.
	Field(node any, field string, args *Object) (any, error)
	// Find returns the node a representation stands for, nil if there is none.
	// typeName may be an interface, key is one of its complete keys.
	Find(typeName string, key ast.SelectionSet, rep *Object) any
}

// Partial is implemented by worlds in which a subgraph may lack entities.
type Partial interface {
	Knows(subgraph string, node any) bool
}

// WorldResolver answers a whole schema from a world: the reference every
// gateway answer is compared with.
type WorldResolver struct{ World World }

// Root returns the world's root.
func (r WorldResolver) Root(op ast.Operation) any { return r.World.Root(op) }

// TypeName returns the node's type.
func (r WorldResolver) TypeName(object any, _ *ast.Definition) (string, error) {
	return r.World.TypeName(object), nil
}

// Field reads the field from the world.
func (r WorldResolver) Field(_ context.Context, object any, _ *ast.Definition, field *ast.FieldDefinition, args *Object) (any, error) {
	return r.World.Field(object, field.Name, args)
}
