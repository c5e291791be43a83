// Package rest is the REST face of a client profile: its operations as paths,
// with an OpenAPI description.
package rest
