// Package pricingpb is the code of pricing.proto.
package pricingpb

//go:generate go run ../../../../internal/gen/proto pricing.proto
