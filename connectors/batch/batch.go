// Package batch brings requests for single objects together: the keys of one
// step, the look-ups of one operation, and, where a source asks for it, those
// of different operations within a short window.
package batch
