package spec

import (
	"slices"

	"github.com/weftql/weft/schema"
)

// Rows returns the connectors as the planner knows them, in the order of
// Connectors. A connector whose type or field the supergraph does not have, for
// example because another subgraph overrides it, has no row.
func (s *Subgraph) Rows(g *schema.Supergraph) []schema.Connector {
	rows := make([]schema.Connector, 0, len(s.Connectors))
	for _, c := range s.Connectors {
		row := schema.Connector{
			ID: c.ID, Subgraph: s.Index, Type: g.TypeNamed(c.Type), Key: c.Key, Select: c.Select, Batch: 1,
		}
		if row.Type == schema.NoType {
			continue
		}
		switch c.Place {
		case Root, Field:
			row.Field = g.FieldNamed(row.Type, c.Field)
			if row.Field == schema.NoField || g.Fields[row.Field].InSubgraph(s.Index) == nil {
				continue
			}
		case Batch:
			row.Batch = c.BatchSize
		case Entity, Type:
		}
		rows = append(rows, row)
	}
	return rows
}

// Extend returns the supergraph with a row for each connector, and the
// subgraphs they are of. Without connectors it is g itself and nil; one that has
// its rows already stays as it is. The error is that of [Read], or tells which
// connector does not fit the supergraph.
func Extend(g *schema.Supergraph) (*schema.Supergraph, []*Subgraph, error) {
	list, err := Read(g)
	if err != nil || list == nil {
		return g, nil, err
	}
	if slices.ContainsFunc(g.Subgraphs, func(s schema.Subgraph) bool { return s.Connected }) {
		return g, list, nil
	}
	var rows []schema.Connector
	for _, s := range list {
		rows = append(rows, s.Rows(g)...)
	}
	extended, err := g.WithConnectors(rows)
	if err != nil {
		return g, nil, err
	}
	return extended, list, nil
}
