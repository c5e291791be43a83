// Package limit bounds what clients may ask for: the shape of a document, its
// cost, and how often.
package limit
