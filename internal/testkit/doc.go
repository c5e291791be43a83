// Package testkit holds the small real implementations that tests stand on: a
// GraphQL executor that follows the specification to the letter, subgraphs
// played from a schema and data, and the rules a subgraph may rely on.
//
// The pieces, from the bottom up:
//
//   - [Object], [ParseJSON], [Diff]: JSON that keeps key order and digits.
//   - [Execute]: one operation over one schema and a [Resolver]. With a resolver
//     over all data and the unsplit schema it is the reference answer.
//   - [SubgraphSchema]: a federation SDL made executable.
//   - [Fixture]: a subgraph whose behaviour is described by a data file.
//   - [Member]: a subgraph that answers from a [World] all subgraphs share, and
//     records every request that a real one could not have answered.
//   - [Mock]: a world of deterministic values, for judging plans.
//   - [Source]: any of these as a subgraphs.Source, [Handler] as an HTTP server.
//
// Everything is in-process and deterministic. Input is trusted: nothing here
// limits depth or size, so nothing here may face a network beyond loopback.
package testkit
