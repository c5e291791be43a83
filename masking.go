package weft

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/weftql/weft/fault"
)

// masking decides what clients learn of a failure. It is applied once, to every
// error, before it enters an answer.
type masking struct {
	off bool
	// hints: the schema is no secret, so validation may suggest names.
	hints bool
	allow map[fault.Code]bool
	log   *slog.Logger
}

// usualCodes are subgraph codes that tell a client about the client: their
// messages are meant for it.
func usualCodes() []string {
	return []string{"BAD_USER_INPUT", "NOT_FOUND", "UNAUTHENTICATED", "FORBIDDEN", "CONFLICT", "RATE_LIMITED", "CONNECTOR_REQUEST"}
}

func newMasking(o *Options) masking {
	m := masking{off: o.Unmasked, hints: o.Introspection == "on" || o.Unmasked, allow: map[fault.Code]bool{}, log: o.Logger}
	for _, code := range o.AllowCodes {
		m.allow[fault.Code(code)] = true
	}
	return m
}

// hidden is all a client reads of a masked error, beside code, path and id.
const hidden = "Internal error"

// maxLogged bounds the log lines of one operation.
const maxLogged = 8

// apply appends the errors to shown as the client may see them. Masked ones are
// logged with the id the client got. Without errors it returns nil.
func (m *masking) apply(shown, list []*fault.Error) []*fault.Error {
	if len(list) == 0 {
		return nil
	}
	id, logged := "", 0
	for _, e := range list {
		if m.shows(e) {
			shown = append(shown, m.public(e))
			continue
		}
		if id == "" {
			id = newErrorID()
		}
		if logged < maxLogged {
			m.report(e, id)
			logged++
		}
		if m.off {
			shown = append(shown, unmasked(e))
			continue
		}
		// The subgraph is for metrics; nothing prints it.
		shown = append(shown, &fault.Error{Code: e.Code, Message: hidden, Subgraph: e.Subgraph, Path: e.Path, Extensions: []byte(`"errorId":"` + id + `"`)})
	}
	return shown
}

// shows reports whether the message is for clients: weft's own words about the
// request, or a subgraph's under an allowed code.
func (m *masking) shows(e *fault.Error) bool {
	if info, known := e.Code.Info(); known && (e.Subgraph == "" || e.Code == fault.SubgraphCircuitOpen) {
		return info.Public // an open breaker is weft's word too, and would flood the log
	}
	return m.allow[e.Code] && !m.off
}

// public strips what only operators may see, and suggestions.
func (m *masking) public(e *fault.Error) *fault.Error {
	if e.Subgraph != "" {
		return &fault.Error{Code: e.Code, Message: e.Message, Subgraph: e.Subgraph, Path: e.Path}
	}
	if at := strings.Index(e.Message, " Did you mean "); at > 0 && !m.hints {
		// Names nobody asked for would tell a schema that is not to be told.
		bare := *e
		bare.Message = e.Message[:at]
		return &bare
	}
	return e
}

// unmasked adds the subgraph's name.
func unmasked(e *fault.Error) *fault.Error {
	if e.Subgraph == "" {
		return e
	}
	shown := *e
	shown.Extensions = fault.AppendString(append(slices.Clone(e.Extensions), comma(e.Extensions)+`"service":`...), e.Subgraph)
	return &shown
}

func comma(members []byte) string {
	if len(members) == 0 {
		return ""
	}
	return ","
}

func (m *masking) report(e *fault.Error, id string) {
	attributes := []slog.Attr{slog.String("errorId", id), slog.String("code", string(e.Code)),
		slog.String("message", e.Message), slog.String("path", fault.PathString(e.Path))}
	if e.Subgraph != "" {
		attributes = append(attributes, slog.String("subgraph", e.Subgraph))
	}
	if e.Cause != nil {
		attributes = append(attributes, slog.String("cause", e.Cause.Error()))
	}
	level := slog.LevelWarn
	if errors.Is(e.Cause, context.Canceled) {
		level = slog.LevelDebug // the client went away: nobody's failure
	}
	m.log.LogAttrs(context.Background(), level, "operation error", attributes...)
}

func newErrorID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}
