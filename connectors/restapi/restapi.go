// Package restapi does the HTTP requests of REST connectors.
package restapi
