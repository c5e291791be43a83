package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/internal/golden"
)

// TestParse reads the SDL of a subgraph called "s" and prints its connectors
// and what is wrong with them.
func TestParse(t *testing.T) {
	golden.Run(t, "testdata/parse", []string{"connectors.txt", "problems.txt"}, func(t *testing.T, c *golden.Case) {
		s, problems := spec.Parse("s", c.Must(t, "schema.graphql"))
		c.Output(t, "problems.txt", printProblems(problems))
		if !slices.ContainsFunc(problems, func(p spec.Problem) bool { return !p.Hint }) {
			c.Output(t, "connectors.txt", print(s))
		}
	})
}

func printProblems(list []spec.Problem) string {
	var b strings.Builder
	for _, p := range list {
		severity := "error"
		if p.Hint {
			severity = "hint"
		}
		fmt.Fprintf(&b, "%d:%d %s %s %s\n    %s\n", p.Line, p.Column, severity, p.Code, p.Coordinate, p.Message)
	}
	return b.String()
}

var places = map[spec.Place]string{spec.Root: "root", spec.Entity: "entity", spec.Field: "field", spec.Type: "type", spec.Batch: "batch"}

// print writes a subgraph as text, a line per thing.
func print(s *spec.Subgraph) string {
	if s == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "version 0.%d\n", s.Version)
	for _, source := range s.Sources {
		fmt.Fprintf(&b, "source %s\n", source.Name)
		if h := source.HTTP; h != nil {
			line(&b, "base", template(h.BaseURL))
			line(&b, "path", text(h.Path))
			line(&b, "query", text(h.QueryParams))
			headers(&b, h.Headers)
		}
		if g := source.GRPC; g != nil {
			fmt.Fprintf(&b, "  target %s plaintext %v timeout %v descriptors %+v\n", g.Target, g.Plaintext, g.Timeout, g.Descriptors)
			headers(&b, g.Metadata)
		}
		answer(&b, source.Errors, source.IsSuccess)
	}
	for _, c := range s.Connectors {
		connector(&b, c)
	}
	return b.String()
}

func connector(b *strings.Builder, c *spec.Connector) {
	fmt.Fprintf(b, "%s: %s %s", c.ID, places[c.Place], c.Type)
	if c.Field != "" {
		fmt.Fprintf(b, " field %s", c.Field)
	}
	if c.Source != nil {
		fmt.Fprintf(b, " source %s", c.Source.Name)
	}
	if c.BatchSize != 0 {
		fmt.Fprintf(b, " batch %d", c.BatchSize)
	}
	b.WriteString("\n")
	line(b, "key", c.Key)
	for _, name := range slices.Sorted(mapKeys(c.Arguments)) {
		line(b, "argument", name+" is "+c.Arguments[name])
	}
	line(b, "select", c.Select)
	if h := c.HTTP; h != nil {
		line(b, h.Method, template(h.URL))
		line(b, "body", text(h.Body))
		line(b, "path", text(h.Path))
		line(b, "query", text(h.QueryParams))
		headers(b, h.Headers)
	}
	if g := c.GRPC; g != nil {
		line(b, "method", g.Method)
		line(b, "request", text(g.Request))
		line(b, "mask", g.FieldMask)
		if g.Timeout > 0 {
			line(b, "timeout", g.Timeout.String())
		}
		headers(b, g.Metadata)
	}
	answer(b, c.Errors, c.IsSuccess)
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func line(b *strings.Builder, name, value string) {
	if value != "" {
		fmt.Fprintf(b, "  %s %s\n", name, strings.Join(strings.Fields(value), " "))
	}
}

func headers(b *strings.Builder, list []spec.Header) {
	for _, h := range list {
		if h.From != "" {
			line(b, "header", h.Name+" from "+h.From)
			continue
		}
		line(b, "header", h.Name+" = "+template(h.Value))
	}
}

func answer(b *strings.Builder, e spec.Errors, isSuccess *mapping.Mapping) {
	line(b, "message", text(e.Message))
	line(b, "extensions", text(e.Extensions))
	line(b, "success", text(isSuccess))
}

func text(m *mapping.Mapping) string {
	if m == nil {
		return ""
	}
	return m.Text()
}

func template(t *mapping.Template) string {
	if t == nil {
		return ""
	}
	var b strings.Builder
	for _, p := range t.Parts() {
		if p.Mapping != nil {
			b.WriteString("{" + p.Mapping.Text() + "}")
			continue
		}
		b.WriteString(p.Text)
	}
	return b.String()
}
