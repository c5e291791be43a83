// Package overlay is a client's own names and shapes over the graph, without a
// backend of their own: an SDL file compiled into a client schema, and into a
// rewrite of each operation.
package overlay
