package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

// transportWS is the sub-protocol of the graphql-ws library.
const transportWS = "graphql-transport-ws"

// WebSocketOptions configure operations over WebSockets. The zero value works.
type WebSocketOptions struct {
	// Off refuses upgrades.
	Off bool
	// Path of the upgrade; default the endpoint's.
	Path string
	// InitTimeout is the time a client has for its connection_init; default 10 s.
	InitTimeout time.Duration
	// Ping is how often an idle client is asked whether it is there, default
	// 15 s; Idle, default 35 s, is after how long without any frame it is not.
	Ping, Idle time.Duration
	// WriteTimeout is the time a client has to take 32 KiB; default 10 s.
	WriteTimeout time.Duration
	// MaxConnections bounds WebSockets and event streams together, default
	// 20 000; MaxConnectionsPerClient those of one address, default 100. The
	// default does not hold for loopback addresses and for those that are none,
	// of a Unix socket: what connects from there is a proxy, not a client.
	MaxConnections, MaxConnectionsPerClient int
	// MaxOperations bounds what runs at once on a connection; default 100. The
	// messages that started it are bounded together by Options.MaxBodyBytes.
	MaxOperations int
	// MaxMessageBytes bounds a client's message; default 128 KiB.
	MaxMessageBytes int64
	// MessageRate bounds a client's messages per second, default 50, of which
	// MessageBurst, default 200, may come at once.
	MessageRate, MessageBurst int
	// AllowOrigins are origins (scheme://host) whose pages may connect, beside
	// those of the same host and those that Options.CORS has a policy for. * is
	// all, whose pages come without cookies, as under a policy without
	// credentials.
	AllowOrigins []string
	// Upgrade, if set, looks at a request before it becomes a WebSocket; an error
	// is answered over HTTP. It may fill in the Principal.
	Upgrade func(ctx context.Context, c *caller.Caller) error
	// Init, if set, looks at a connection once its connection_init came; an
	// error refuses it with close code 4403. It may fill in the Principal, which
	// the connection's operations then have from the start.
	Init func(ctx context.Context, c *caller.Caller) error
	// KeepExpired lets a connection live on when its Principal expires; without,
	// it is closed with 4403 then.
	KeepExpired bool
}

func (o WebSocketOptions) withDefaults(path string) WebSocketOptions {
	if o.Path == "" {
		o.Path = path
	}
	for _, d := range []struct {
		set      *time.Duration
		standard time.Duration
	}{{&o.InitTimeout, 10 * time.Second}, {&o.Ping, 15 * time.Second}, {&o.Idle, 35 * time.Second}, {&o.WriteTimeout, 10 * time.Second}} {
		if *d.set == 0 {
			*d.set = d.standard
		}
	}
	for _, d := range []struct {
		set      *int
		standard int
	}{{&o.MaxConnections, 20_000}, {&o.MaxOperations, 100}, {&o.MessageRate, 50}, {&o.MessageBurst, 200}} {
		if *d.set == 0 {
			*d.set = d.standard
		}
	}
	if o.MaxMessageBytes == 0 {
		o.MaxMessageBytes = 128 << 10
	}
	return o
}

// wantsUpgrade reports whether a request asks for a WebSocket.
func (x *exchange) wantsUpgrade() bool {
	return !x.s.WebSocket.Off && websocket.IsWebSocketUpgrade(x.r)
}

// upgrade turns the exchange into a connection, which lives on without it.
func (x *exchange) upgrade() {
	o := &x.s.WebSocket
	allowed, bare := x.admits()
	if !allowed {
		x.refuse(&fault.Error{Code: fault.Forbidden, Message: "pages of this origin may not connect"})
		return
	}
	if bare {
		x.disarm()
	}
	if o.Upgrade != nil {
		if err := o.Upgrade(x.r.Context(), &x.caller); err != nil {
			x.refuse(err)
			return
		}
	}
	if err := x.h.live.enter(x.caller.Remote); err != nil {
		x.refuse(err)
		return
	}
	upgrader := websocket.Upgrader{
		// Left to itself the connection keeps the request's two buffers of 4 KiB.
		ReadBufferSize: 1 << 10, WriteBufferSize: 4 << 10, WriteBufferPool: &x.h.frames,
		CheckOrigin: func(*http.Request) bool { return true }, // done above
		Error: func(_ http.ResponseWriter, _ *http.Request, status int, reason error) {
			x.refuse(&statusError{status: status, fault: *badRequest(reason.Error())})
		},
	}
	header := http.Header{x.s.RequestID.Header: x.id[:]}
	// Only the protocol of GraphQL is accepted: what else is offered may be a
	// token, which must not come back.
	if offers(x.r.Header["Sec-Websocket-Protocol"], transportWS) {
		header["Sec-Websocket-Protocol"] = []string{transportWS}
	}
	ws, err := upgrader.Upgrade(x.w, x.r, header)
	if err != nil {
		x.h.live.leave(x.caller.Remote)
		return
	}
	// The connection must not keep the request: only the caller goes with it.
	who := x.caller
	who.Method = "" // of the upgrade; it says nothing about operations
	x.h.live.connect(newConnection(x.h, x.s, ws, who))
}

// offers reports whether a client offers a sub-protocol, on whichever line.
func offers(lines []string, protocol string) bool {
	for _, offered := range strings.Split(strings.Join(lines, ","), ",") {
		if strings.TrimSpace(offered) == protocol {
			return true
		}
	}
	return false
}
