package testkit

import (
	"context"
	"fmt"
)

// eventSource is what a resolver returns for the root field of a subscription.
type eventSource interface{ Events() []any }

// ExecuteEvents runs a subscription: one response per event of its root field.
// An error means that the stream could not be created.
func ExecuteEvents(ctx context.Context, d *Document, r Resolver, variables *Object) ([]*Response, error) {
	vars, err := coerceVariables(d.Schema, d.Operation, variables)
	if err != nil {
		return nil, err
	}
	x := &execution{ctx: ctx, schema: d.Schema, resolver: r, vars: vars}
	root := rootType(d.Schema, d.Operation.Operation)
	groups := x.collect(root, d.Operation.SelectionSet)
	if len(groups) != 1 {
		return nil, fmt.Errorf("a subscription selects %d root fields", len(groups))
	}
	g := groups[0]
	def := root.Fields.ForName(g.fields[0].Name)
	if def == nil {
		return nil, fmt.Errorf("%s has no field %q", root.Name, g.fields[0].Name)
	}
	args, err := coerceArguments(d.Schema, def.Arguments, g.fields[0].Arguments, vars)
	if err != nil {
		return nil, err
	}
	value, err := r.Field(ctx, r.Root(d.Operation.Operation), root, def, args)
	if err != nil {
		return nil, err
	}
	stream, ok := value.(eventSource)
	if !ok {
		return nil, fmt.Errorf("%s.%s is no stream of events", root.Name, def.Name)
	}
	var out []*Response
	for _, event := range stream.Events() {
		run := &execution{ctx: ctx, schema: d.Schema, resolver: r, vars: vars}
		resp := &Response{}
		if v, ok := run.complete(def.Type, g, event, &path{nil, g.name}); ok {
			resp.Data = NewObject(g.name, v)
		}
		resp.Errors = run.errors
		out = append(out, resp)
	}
	return out, nil
}
