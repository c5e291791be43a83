// Package bff is client profiles: what each client sees of the graph, which
// operations it may send and over which faces.
package bff
