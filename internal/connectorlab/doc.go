// Package connectorlab looks for mistakes in connectors with random graphs: it
// invents types and data, divides them among subgraphs that speak GraphQL and
// backends that speak REST, writes the @connect directives that fit each
// backend's own JSON, and compares what a whole gateway answers with one
// executor over all data.
//
//   - [draw] makes a graph: types, who owns which field, objects, and of each
//     backend the connectors and the shape of its JSON.
//   - [open] composes it, starts the gateway and answers for the backends.
//   - [lab.judge] compares one operation.
//   - [shrink] makes a failing case small.
//
// Where a backend fails for a key, every place that needs it has to be null with
// an error that names the place and the connector, and nothing else may change.
package connectorlab
