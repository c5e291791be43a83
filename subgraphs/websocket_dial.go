package subgraphs

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"

	"github.com/weftql/weft/fault"
)

const transportWS = "graphql-transport-ws"

// connect dials, upgrades and waits for connection_ack. The error is marked
// absent if the subgraph does not seem to offer the protocol here.
func (h *hub) connect(ctx context.Context, o *order) (*websocket.Conn, error) {
	connections := h.source.options.Connections.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, connections.ConnectTimeout+h.options.AckTimeout)
	defer cancel()
	var raw *headConn
	var stop func() bool
	dialer := websocket.Dialer{
		Subprotocols:    []string{transportWS},
		TLSClientConfig: streamTLS(&connections),
		// The package watches the context while it dials, but not while it waits
		// for the answer; closing below it ends that too.
		NetDialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			d := net.Dialer{Timeout: connections.ConnectTimeout, KeepAlive: 15 * time.Second}
			tcp, err := d.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			raw = &headConn{Conn: tcp, left: maxUpgradeBytes}
			stop = context.AfterFunc(ctx, func() { _ = tcp.Close() })
			return raw, nil
		},
	}
	conn, response, err := dialer.DialContext(ctx, h.socketURL(), h.upgradeHeader(o)) //nolint:bodyclose // gorilla's has nothing to close
	if raw != nil {
		raw.upgraded = true
	}
	switch {
	case err != nil:
	case response.Header.Get("Sec-Websocket-Extensions") != "":
		err = errExtension
	default:
		err = h.greet(ctx, conn, o)
	}
	if stop != nil && !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		return conn, nil
	}
	if conn != nil {
		_ = conn.Close() // it failed already
	}
	return nil, h.unconnected(ctx, response, err)
}

// headConn bounds what is read before the connection is upgraded, which the
// package does not.
type headConn struct {
	net.Conn
	left     int
	upgraded bool
}

// maxUpgradeBytes has room for a head as large as of any answer, and for the
// certificates before it.
const maxUpgradeBytes = 128 << 10

func (c *headConn) Read(p []byte) (int, error) {
	if c.upgraded {
		return c.Conn.Read(p)
	}
	if c.left == 0 {
		return 0, errHead
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (h *hub) upgradeHeader(o *order) http.Header {
	header := o.header.Clone()
	header["Host"] = []string{hostOf(h.source.url)}
	return header
}

// socketURL is the subgraph's with ws for http, and the path of the options.
func (h *hub) socketURL() string {
	u := *h.source.url
	if h.options.Path != "" {
		if path, err := url.Parse(h.options.Path); err == nil { // checked by NewHTTPSource
			u = *u.ResolveReference(path)
		}
	}
	u.User, u.Fragment = nil, ""
	if u.Scheme == "https" {
		u.Scheme = "wss"
	} else {
		u.Scheme = "ws"
	}
	return u.String()
}

// streamTLS is the configuration of a connection that is upgraded: HTTP/1.1.
func streamTLS(o *TransportOptions) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	config.NextProtos = []string{"http/1.1"}
	return config
}

// greet initialises the connection. It answers pings; the subgraph may send
// nothing else before its ack.
func (h *hub) greet(ctx context.Context, conn *websocket.Conn, o *order) error {
	if conn.Subprotocol() != transportWS {
		sayClose(conn, websocket.CloseProtocolError, "the subprotocol must be "+transportWS)
		return errNoProtocol
	}
	deadline := time.Now().Add(h.options.AckTimeout)
	conn.SetReadLimit(h.source.options.MaxResponseBytes)
	if err := errors.Join(conn.SetReadDeadline(deadline), conn.SetWriteDeadline(deadline)); err != nil {
		return err
	}
	if err := conn.WriteMessage(websocket.TextMessage, initMessage(o.init)); err != nil {
		return err
	}
	for {
		kind, text, err := conn.ReadMessage()
		if err != nil {
			if silent(err) && ctx.Err() == nil {
				sayClose(conn, closeAckTimeout, "Connection acknowledgement timeout")
				return errNoAck
			}
			return err
		}
		if kind != websocket.TextMessage {
			text = nil // which is no message
		}
		m, err := parseMessage(text)
		switch {
		case err == nil && m.Type == "connection_ack":
			return nil
		case err == nil && m.Type == "ping":
			err = conn.WriteMessage(websocket.TextMessage, pongMessage(m.Payload))
		case err == nil && m.Type != "pong":
			err = invalid("a " + m.Type + " before connection_ack")
		}
		if err != nil {
			sayClose(conn, closeBadResponse, err.Error())
			drainClose(conn)
			return err
		}
	}
}

var (
	errNoProtocol = errors.New("the answer to the upgrade does not name " + transportWS)
	// The limit of bytes holds for what is sent, not for what it inflates to.
	errExtension = errors.New("the answer to the upgrade names an extension nobody asked for")
	errNoAck     = errors.New("no connection_ack")
	errHead      = errors.New("the answer to the upgrade does not end")
)

// unconnected makes a fault of why there is no connection.
func (h *hub) unconnected(ctx context.Context, response *http.Response, err error) error {
	s := h.source
	switch {
	case errors.Is(err, errNoProtocol):
		return absent{s.malformed("the subgraph does not speak "+transportWS, err)}
	case errors.Is(err, errExtension):
		return s.malformed("the subgraph compresses its WebSocket although it was not asked to", err)
	case errors.Is(err, errHead):
		return s.malformed("the head of the subgraph's answer to the upgrade is too large", err)
	case errors.Is(err, errNoAck):
		return passing{&fault.Error{Code: fault.GatewayTimeout, Subgraph: s.options.Name, Cause: err, Message: "the subgraph did not acknowledge the WebSocket in time"}}
	case errors.Is(err, websocket.ErrBadHandshake) && response != nil:
		return s.notUpgraded(response)
	case ctx.Err() != nil:
		return passing{s.broken(ctx.Err())}
	}
	var frame *websocket.CloseError
	if errors.As(err, &frame) || errors.Is(err, errMessage) || errors.Is(err, websocket.ErrReadLimit) {
		return s.closed(err)
	}
	return passing{s.broken(err)}
}

// notUpgraded judges an HTTP answer instead of a WebSocket. Errors in a JSON
// body are the subgraph's own words, of which only the first 1024 bytes are
// known. Some statuses are how servers without WebSockets answer a GET; then
// the words are about a query nobody sent, and stand behind our own.
func (s *HTTPSource) notUpgraded(response *http.Response) error {
	body, _ := io.ReadAll(response.Body) // of memory
	var answer struct {
		Errors json.RawMessage `json:"errors"`
	}
	var told fault.List
	if mediaKind(response.Header.Get("Content-Type")) != otherMedia && json.Unmarshal(body, &answer) == nil && len(answer.Errors) > 0 {
		told = fault.Of(s.refusal(answer.Errors))
	}
	refused := s.statusFault(response.StatusCode)
	switch response.StatusCode {
	case http.StatusSwitchingProtocols, http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusUpgradeRequired, http.StatusNotImplemented:
		refused.Message = "the subgraph did not upgrade to a WebSocket but answered " + refused.Message
		return absent{append(fault.List{refused}, told...)}
	}
	var err error = refused
	if told != nil {
		err = told
	}
	if passes(response.StatusCode) {
		return passing{err}
	}
	return err
}

// passes reports whether another answer may come later.
func passes(status int) bool {
	return status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusTooManyRequests
}
