// Package batch brings requests for single objects together: the keys of one
// step, the look-ups of one operation, and, where a source asks for it, those
// of different operations within a short window.
//
// [Keys] is a set of canonical keys; a step that knows its keys needs no more.
// A [Collector] shares the keys of one look-up between the parts of one
// operation. A [Coalescer] waits for further operations before it asks, and
// never brings together what different credentials asked for. [Coalesce] does
// so for the _entities of a GraphQL subgraph.
//
// Everything but [Keys] is safe for concurrent use.
package batch

import "context"

// Item is one thing that is wanted: equal keys are the same thing, and Value is
// what the request says of it.
type Item struct{ Key, Value string }

// Result is what became of an item.
type Result[V any] struct {
	Value V
	Err   error
}

// Load gets items, which are distinct, and returns their results in the same
// order.
type Load[V any] func(ctx context.Context, items []Item) []Result[V]
