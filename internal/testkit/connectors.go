package testkit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/weftql/weft/schema"
)

// connectorLine is one connector of [ParseConnectors].
var connectorLine = regexp.MustCompile(`^(\S+): (\S+) (\w+)(?:\.(\w+))?(?:([(\[])(.*?)[)\]](\d*))?(?: +\{(.*)\})?$`)

// ParseConnectors reads connectors as tests write them, one per line; empty
// lines and those that start with # do not count.
//
//	ID: subgraph Query.field { selection }       answers a root field
//	ID: subgraph Type.field(key) { selection }   a field, asked with $this
//	ID: subgraph Type(key) { selection }         enters a type, one key a request
//	ID: subgraph Type[key]20 { selection }       the same, up to 20; any number without
func ParseConnectors(g *schema.Supergraph, text string) ([]schema.Connector, error) {
	var out []schema.Connector
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		m := connectorLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("connector %q: does not parse", line)
		}
		c := schema.Connector{ID: m[1], Subgraph: -1, Type: g.TypeNamed(m[3]), Key: m[6], Select: strings.TrimSpace(m[8])}
		for i, s := range g.Subgraphs {
			if s.Name == m[2] && s.Connector == "" {
				c.Subgraph = i
			}
		}
		if m[4] != "" {
			if c.Field = g.FieldNamed(c.Type, m[4]); c.Field == schema.NoField {
				return nil, fmt.Errorf("connector %q: there is no field %s.%s", line, m[3], m[4])
			}
		}
		if m[5] == "(" {
			c.Batch = 1
		}
		if m[7] != "" {
			c.Batch, _ = strconv.Atoi(m[7])
		}
		out = append(out, c)
	}
	return out, nil
}

// FormatConnectors writes connectors in the form [ParseConnectors] reads.
func FormatConnectors(g *schema.Supergraph, list []schema.Connector) string {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.ID + ": " + g.Subgraphs[c.Subgraph].Name + " " + g.Types[c.Type].Name)
		if c.Field != schema.NoField {
			b.WriteString("." + g.Fields[c.Field].Name)
		}
		switch {
		case c.Type == g.Query || c.Type == g.Mutation || c.Type == g.Subscription:
		case c.Batch == 1:
			b.WriteString("(" + c.Key + ")")
		case c.Batch == 0:
			b.WriteString("[" + c.Key + "]")
		default:
			b.WriteString("[" + c.Key + "]" + strconv.Itoa(c.Batch))
		}
		if c.Select != "" {
			b.WriteString(" { " + c.Select + " }")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// WithConnectors is g with the connectors text describes as rows.
func WithConnectors(g *schema.Supergraph, text string) (*schema.Supergraph, error) {
	list, err := ParseConnectors(g, text)
	if err != nil {
		return nil, err
	}
	return g.WithConnectors(list)
}
