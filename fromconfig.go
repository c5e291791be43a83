package weft

import (
	"time"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/subgraphs"
)

// FromConfig returns the options a configuration file stands for. dev is the
// --dev switch: introspection on and errors unmasked where the file does not
// say otherwise.
func FromConfig(c *config.Config, dev bool) Options {
	graph := theGraph(c)
	defaults := c.Subgraphs.Defaults
	o := Options{
		Name:          graph.Name,
		Telemetry:     &c.Telemetry,
		Supergraph:    Schema{File: graph.Supergraph.File, URL: graph.Supergraph.URL, Poll: time.Duration(graph.Supergraph.Poll)},
		Watch:         c.Runtime.Watch == nil || *c.Runtime.Watch,
		Timeout:       time.Duration(graph.Timeout),
		Limits:        limitsFrom(&c.Limits.Document),
		Introspection: graph.Introspection,
		BFFs:          c.BFFs,
		Auth:          c.Auth,
		Demand:        c.Limits,
		Stores:        c.Stores,
		Unmasked:      dev,
		AllowCodes:    defaults.Errors.AllowCodes,
		Labels:        graph.Overrides.Labels,
		Subscriptions: subscriptionsFrom(&graph.Subscriptions, graph.WebSocket.OnExpiry == "ignore"),
	}
	if o.Introspection == "" && dev {
		o.Introspection = "on"
	}
	if mask := defaults.Errors.Mask; mask != nil {
		o.Unmasked = !*mask
	}
	for i := range c.Subgraphs.List {
		o.Subgraphs = append(o.Subgraphs, subgraphFrom(&c.Subgraphs.List[i], &defaults))
		o.Subgraphs[i].HTTP.RequestID = or(c.Edge.RequestID.Header, "x-request-id")
	}
	return o
}

func limitsFrom(d *config.DocumentLimits) operation.Limits {
	return operation.Limits{Bytes: int(d.MaxDocument), Tokens: d.MaxTokens, Nesting: d.MaxRecursion, Selections: d.MaxSelections}
}

func theGraph(c *config.Config) config.Graph {
	if len(c.Graphs) == 0 {
		return config.Graph{}
	}
	return c.Graphs[0]
}

func subgraphFrom(entry *config.Subgraph, d *config.SubgraphDefaults) Subgraph {
	s := Subgraph{
		Name:    entry.Name,
		Schema:  Schema{Text: entry.Schema.Text, File: entry.Schema.File, URL: entry.Schema.URL, Poll: time.Duration(entry.Schema.Poll)},
		Connect: time.Duration(or(entry.ConnectTimeout, d.ConnectTimeout)),
		HTTP: subgraphs.HTTPOptions{
			URL:              entry.URL,
			Timeout:          time.Duration(or(entry.Timeout, d.Timeout)),
			MaxResponseBytes: int64(or(entry.MaxResponseBytes, d.MaxResponseBytes)),
			Gzip:             entry.Gzip || d.Gzip,
			Subscriptions:    upstreamFrom(&entry.Subscriptions, &d.Subscriptions),
		},
		HTTP2:    entry.HTTP2 || d.HTTP2,
		Coalesce: entry.Coalesce,
		Retry:    entry.Retry.Over(d.Retry),
		Breaker:  entry.Breaker.Over(d.Breaker),
		Sources:  entry.Sources,
	}
	s.NoDedupe = s.HTTP.Subscriptions.Unshared
	for _, list := range [][]config.HeaderRule{d.Headers, entry.Headers} {
		for _, rule := range list {
			s.Headers = append(s.Headers, subgraphs.HeaderRule(rule))
		}
	}
	return s
}

func upstreamFrom(entry, d *config.UpstreamSubscriptions) subgraphs.SubscriptionOptions {
	yes, no := true, false
	return subgraphs.SubscriptionOptions{
		Protocol:         subgraphs.Protocol(or(entry.Protocol, d.Protocol)),
		Path:             or(entry.Path, d.Path),
		AckTimeout:       time.Duration(or(entry.AckTimeout, d.AckTimeout)),
		Ping:             time.Duration(or(entry.Ping, d.Ping)),
		Pong:             time.Duration(or(entry.Pong, d.Pong)),
		Idle:             time.Duration(or(entry.IdleTimeout, d.IdleTimeout)),
		Silence:          time.Duration(or(entry.Silence, d.Silence)),
		MaxPerConnection: or(entry.MaxPerConnection, d.MaxPerConnection),
		ForwardInit:      *or(or(entry.ForwardInitPayload, d.ForwardInitPayload), &no),
		Unshared:         !*or(or(entry.Share, d.Share), &yes),
		QueueEvents:      or(entry.QueueEvents, d.QueueEvents),
		QueueBytes:       int64(or(entry.QueueBytes, d.QueueBytes)),
		Reconnect:        time.Duration(or(entry.Reconnect.MaxDuration, d.Reconnect.MaxDuration)),
	}
}

// or returns the first value that is set.
func or[T comparable](value, fallback T) T {
	if value != *new(T) {
		return value
	}
	return fallback
}
