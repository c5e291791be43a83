// Package accounts is the shop's subgraph for users.
package accounts

import (
	"context"
	_ "embed" // for the SDL

	"github.com/99designs/gqlgen/graphql"
)

// SDL is the schema as its owner registers it.
//
//go:embed schema.graphqls
var SDL string

// users are the shop's accounts by id.
type users map[string]*User

// New returns the subgraph with its two users; u1 is signed in.
func New() graphql.ExecutableSchema {
	return NewExecutableSchema(Config{Resolvers: users{
		"u1": {ID: "u1", Username: "ada", Email: address("ada@shop.example")},
		"u2": {ID: "u2", Username: "grace", Email: address("grace@shop.example")},
	}})
}

func address(text string) *string { return &text }

func (u users) Query() QueryResolver   { return u }
func (u users) Entity() EntityResolver { return u }

// Me returns the signed-in user.
func (u users) Me(context.Context) (*User, error) { return u["u1"], nil }

// FindUserByID returns nil, without an error, for an unknown id.
func (u users) FindUserByID(_ context.Context, id string) (*User, error) { return u[id], nil }
