package weft

import (
	"time"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/server"
)

func subscriptionsFrom(c *config.Subscriptions, keepExpired bool) SubscriptionOptions {
	return SubscriptionOptions{
		Buffer: c.Buffer, BufferBytes: int(c.BufferBytes), Overflow: Overflow(c.OnOverflow),
		NoDedupe: c.Dedupe != nil && !*c.Dedupe, KeepExpired: keepExpired,
	}
}

func webSocketFrom(c *config.WebSocket) server.WebSocketOptions {
	o := server.WebSocketOptions{
		Off:  c.Protocols != nil && len(c.Protocols) == 0,
		Path: c.Path, InitTimeout: time.Duration(c.InitTimeout), Ping: time.Duration(c.Ping),
		MaxConnections: c.MaxConnections, MaxConnectionsPerClient: c.MaxConnectionsPerClient, MaxOperations: c.MaxOperations,
		KeepExpired: c.OnExpiry == "ignore",
	}
	if o.Ping > 0 {
		o.Idle = o.Ping + 20*time.Second
	}
	return o
}
