package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// engine makes the source a gateway would make of a subgraph's connectors, over
// backends that answer from the member's data. supported is false if a connector
// is one that no SDL can describe: these are left to [testkit.Rows].
func engine(g *schema.Supergraph, index int, rows *testkit.Rows, list []schema.Connector) (source subgraphs.Source, supported bool, err error) {
	in := &spec.Subgraph{Name: g.Subgraphs[index].Name, Index: index, Version: mapping.V4}
	for i := range list {
		if list[i].Subgraph != index {
			continue
		}
		c, err := describe(g, &list[i])
		if c == nil {
			return nil, false, err
		}
		in.Connectors = append(in.Connectors, c)
	}
	source, err = connectors.NewSource(connectors.Options{
		Graph: g, Spec: in,
		Config: map[string]connectors.SourceConfig{"": {MaxRequests: maxRequests}},
		Open: func(c *spec.Connector, reads *mapping.Reads) (connectors.Backend, error) {
			return &backend{rows: rows, connector: c, reads: reads}, nil
		},
	})
	return source, true, err
}

// maxRequests is above what any operation here needs.
const maxRequests = 1 << 20

// describe writes a connector as package spec reads it, nil if it does not.
func describe(g *schema.Supergraph, in *schema.Connector) (*spec.Connector, error) {
	c := &spec.Connector{
		ID: in.ID, Coordinate: g.Types[in.Type].Name, Type: g.Types[in.Type].Name, Key: in.Key, Select: in.Select, BatchSize: in.Batch,
	}
	if in.Field != schema.NoField {
		c.Field = g.Fields[in.Field].Name
		c.Coordinate += "." + c.Field
	}
	text, ok := mappingOf(in.Select)
	if _, plain := mappingOf(in.Key); !ok || !plain || strings.Contains(in.Key, "...") {
		return nil, nil
	}
	request := "$this"
	switch {
	case in.Type == g.Query || in.Type == g.Mutation || in.Type == g.Subscription:
		c.Place, request = spec.Root, "$args"
	case in.Field != schema.NoField:
		c.Place, request = spec.Field, "args: $args this: $this"
	case in.Batch == 1:
		c.Place = spec.Type
	default:
		c.Place, request = spec.Batch, "$batch"
		if both, _ := mappingOf(in.Select + " " + in.Key); both != text {
			return nil, nil // results could not find their keys
		}
	}
	selection := "$"
	if text != "" {
		selection += " { " + text + " }"
	}
	body, err := mapping.Parse(request, mapping.V4)
	if err != nil {
		return nil, err
	}
	if len(c.ID)%2 == 0 {
		c.HTTP = &spec.HTTP{Method: "POST", Body: body}
	} else {
		c.GRPC = &spec.GRPC{Method: "differential.Rows/Answer", Request: body}
	}
	c.Selection, err = mapping.Parse(selection, mapping.V4)
	return c, err
}

// mappingOf writes a selection as a mapping that takes it as it is: each key
// once, whatever type it is for. ok is false where that cannot be, and if a field
// gets arguments.
func mappingOf(selection string) (text string, ok bool) {
	if selection == "" {
		return "", true
	}
	set, err := testkit.ParseFieldSet(selection)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	ok = writeMapping(&b, set)
	return b.String(), ok
}

func writeMapping(b *strings.Builder, set ast.SelectionSet) bool {
	below := map[string]ast.SelectionSet{}
	names := []string{"__typename"}
	if !flatten(set, &names, below) {
		return false
	}
	for i, name := range names {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(name)
		if len(below[name]) == 0 {
			continue
		}
		b.WriteString(" { ")
		if !writeMapping(b, below[name]) {
			return false
		}
		b.WriteString(" }")
	}
	return true
}

// flatten adds the names a selection has, and what it has below them.
func flatten(set ast.SelectionSet, names *[]string, below map[string]ast.SelectionSet) bool {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.InlineFragment:
			if !flatten(s.SelectionSet, names, below) {
				return false
			}
		case *ast.Field:
			if len(s.Arguments) > 0 {
				return false
			}
			before, known := below[s.Name]
			if known && (len(before) == 0) != (len(s.SelectionSet) == 0) {
				return false // one type's leaf, another's object
			}
			if !known && s.Name != "__typename" {
				*names = append(*names, s.Name)
			}
			below[s.Name] = append(below[s.Name], s.SelectionSet...)
		}
	}
	return true
}

// backend answers the requests of one connector.
type backend struct {
	rows      *testkit.Rows
	connector *spec.Connector
	reads     *mapping.Reads
}

var (
	_ connectors.Identifier = (*backend)(nil)
	_ connectors.Streamer   = (*backend)(nil)
)

// Call answers one request.
func (b *backend) Call(ctx context.Context, in *connectors.Input, out *connectors.Answer) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if broken := b.rows.Member.Broken; broken != nil {
		b.record(in, broken.String())
		return b.stopped(broken, out)
	}
	body, err := b.answer(in)
	out.Status = 200
	if err != nil {
		out.Status, out.Failed = 500, true
		out.Fault = &fault.Error{Code: fault.ConnectorFetch, Message: err.Error()}
		body = nil
	}
	out.Body = testkit.AppendJSON(out.Body, body)
	b.record(in, string(out.Body))
	return nil
}

// answer is the whole answer; of gRPC what is read of it, as package grpcapi
// writes it.
func (b *backend) answer(in *connectors.Input) (any, error) {
	args, this, batch := &testkit.Object{}, &testkit.Object{}, []*testkit.Object(nil)
	for _, v := range in.Vars {
		value, err := testkit.ParseJSON(v.JSON)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.Name, err)
		}
		switch v.Name {
		case "$args":
			args, _ = value.(*testkit.Object)
		case "$this":
			this, _ = value.(*testkit.Object)
		case "$batch":
			list, _ := value.([]any)
			for _, item := range list {
				object, _ := item.(*testkit.Object)
				batch = append(batch, object)
			}
		}
	}
	many := b.connector.Place == spec.Batch
	if !many {
		batch = []*testkit.Object{this}
	}
	body, err := b.rows.Answer(b.connector.ID, args, batch, many)
	if b.connector.GRPC != nil {
		body = masked(body, b.reads)
	}
	return body, err
}

// masked leaves out what is not read.
func masked(v any, reads *mapping.Reads) any {
	if reads == nil || reads.All {
		return v
	}
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = masked(v[i], reads)
		}
		return list
	case *testkit.Object:
		out := &testkit.Object{}
		for _, f := range reads.Fields {
			if member, ok := v.Get(f.Name); ok {
				out.Set(f.Name, masked(member, f.Sub))
			}
		}
		return out
	}
	return v
}

// stopped is what a broken backend does: it cannot be reached, fails, sends half
// an answer, or an empty one.
func (b *backend) stopped(e *testkit.Exchange, out *connectors.Answer) error {
	switch out.Status = e.Status; {
	case e.Refused:
		return &fault.Error{Code: fault.HTTPClientError, Message: "connection refused"}
	case isEmpty(e):
		out.Body, out.Status = append(out.Body, "null"...), 204
	case strings.HasPrefix(string(e.Body), `{"errors"`) || e.Status != 200:
		out.Body, out.Failed = append(out.Body, "null"...), true
		out.Fault = &fault.Error{Code: fault.ConnectorFetch, Message: "it failed"}
	default:
		out.Body = append(out.Body, e.Body...)
		if strings.HasPrefix(string(e.Body), `{"data":null`) {
			out.Body = append(out.Body, "no JSON"...)
		}
	}
	return nil
}

// isEmpty is true for an answer without anything in it, which is no failure of a
// backend.
func isEmpty(e *testkit.Exchange) bool { return string(e.Body) == "{}" }

func (b *backend) record(in *connectors.Input, answer string) {
	var vars strings.Builder
	for _, v := range in.Vars {
		vars.WriteString(v.Name + "=" + string(v.JSON) + " ")
	}
	b.rows.Record(b.connector.ID, vars.String(), answer)
}

// Identity is the connector and its variables.
func (b *backend) Identity(dst []byte, in *connectors.Input) ([]byte, bool) {
	dst = append(dst, b.connector.ID...)
	for _, v := range in.Vars {
		dst = append(append(append(dst, 0), v.Name...), v.JSON...)
	}
	return dst, true
}

// Stream sends the one answer there is.
func (b *backend) Stream(ctx context.Context, in *connectors.Input) (connectors.Stream, error) {
	s := &stream{}
	if err := b.Call(ctx, in, &s.answer); err != nil {
		return nil, err
	}
	return s, nil
}

// stream is one answer, then the end.
type stream struct {
	answer connectors.Answer
	over   bool
}

// Next appends the answer.
func (s *stream) Next(_ context.Context, out *connectors.Answer) error {
	if s.over {
		return io.EOF
	}
	s.over = true
	out.Body = append(out.Body, s.answer.Body...)
	out.Status, out.Failed, out.Fault = s.answer.Status, s.answer.Failed, s.answer.Fault
	return nil
}

// Close ends it.
func (s *stream) Close() error { return nil }
