// Package telemetry tells the outside what the gateway does: the access log,
// traces over OTLP.
package telemetry
