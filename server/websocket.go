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
	// those of the same host; * is all.
	AllowOrigins []string
	// Init, if set, looks at a connection once its connection_init came; an
	// error refuses it with close code 4403.
	Init func(ctx context.Context, c *caller.Caller) error
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
func (h *Handler) wantsUpgrade(r *http.Request) bool {
	o := &h.options.WebSocket
	return !o.Off && r.URL.Path == o.Path && websocket.IsWebSocketUpgrade(r)
}

// upgrade turns the exchange into a connection, which lives on without it.
func (x *exchange) upgrade() {
	o := &x.h.options.WebSocket
	if !sameOrigin(x.r, o.AllowOrigins) {
		x.refuse(&fault.Error{Code: fault.Forbidden, Message: "pages of this origin may not connect"})
		return
	}
	x.identify()
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
	var header http.Header
	if offers(x.r.Header["Sec-Websocket-Protocol"], transportWS) {
		header = http.Header{"Sec-Websocket-Protocol": {transportWS}}
	}
	ws, err := upgrader.Upgrade(x.w, x.r, header)
	if err != nil {
		x.h.live.leave(x.caller.Remote)
		return
	}
	// The connection must not keep the request: only the caller goes with it.
	who := x.caller
	who.Method = "" // of the upgrade; it says nothing about operations
	x.h.live.connect(newConnection(x.h, ws, who))
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

// sameOrigin reports whether the page a browser asks from is of the same host,
// or allowed. Other clients send no Origin.
func sameOrigin(r *http.Request, allowed []string) bool {
	lines := r.Header["Origin"]
	if len(lines) == 0 {
		return true
	}
	for _, origin := range allowed {
		if origin == "*" || strings.EqualFold(origin, lines[0]) {
			return true
		}
	}
	scheme, host, ok := strings.Cut(lines[0], "://")
	return ok && strings.EqualFold(withPort(host, scheme), withPort(r.Host, scheme))
}

// withPort adds the port a scheme stands for.
func withPort(host, scheme string) string {
	if strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']') {
		return host
	}
	if strings.EqualFold(scheme, "https") {
		return host + ":443"
	}
	return host + ":80"
}
