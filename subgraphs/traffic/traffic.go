// Package traffic stands between the executor and a subgraph's transport: it
// repeats what may be repeated, and stops asking a subgraph that fails.
package traffic
