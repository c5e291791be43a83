package subgraphs

import (
	"errors"
	"net"
	"strconv"

	"github.com/gorilla/websocket"

	"github.com/weftql/weft/fault"
)

// closed says why a socket ended before its streams did. What may be over when
// one connects again is marked passing.
func (s *HTTPSource) closed(err error) error {
	var f *fault.Error
	var frame *websocket.CloseError
	switch {
	case errors.As(err, &f):
		return err
	case errors.Is(err, websocket.ErrReadLimit):
		return s.tooLarge()
	case errors.As(err, &frame) && frame.Code != websocket.CloseAbnormalClosure:
		return s.closedWith(frame)
	case silent(err):
		return passing{&fault.Error{Code: fault.GatewayTimeout, Subgraph: s.options.Name, Cause: err, Message: "the subgraph stopped answering on its WebSocket"}}
	case errors.Is(err, errMessage), errors.Is(err, errFlooded):
		return s.malformed("the subgraph broke the protocol graphql-transport-ws: "+err.Error(), err)
	case errors.Is(err, errBug):
		return &fault.Error{Code: fault.InternalServerError, Message: "internal server error", Cause: err}
	}
	return passing{s.lost("the subgraph's WebSocket broke", err)}
}

// silent reports whether err is a deadline of a WebSocket, whose package hides
// the cause.
func silent(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

var errBug = errors.New("a bug in reading the subgraph's events")

// closedWith tells the code the subgraph closed with.
func (s *HTTPSource) closedWith(frame *websocket.CloseError) error {
	f := s.lost("the subgraph closed the WebSocket with code "+strconv.Itoa(frame.Code), frame)
	f.Extensions = strconv.AppendInt([]byte(`"closeCode":`), int64(frame.Code), 10)
	f.Extensions = fault.AppendString(append(f.Extensions, `,"closeReason":`...), frame.Text)
	switch frame.Code {
	case closeUnauthorized:
		f.Code = fault.Unauthenticated
	case closeForbidden:
		f.Code = fault.Forbidden
	case 4400, 4406, 4409, websocket.CloseMessageTooBig, websocket.CloseProtocolError:
		// it would be refused again
	default:
		return passing{f}
	}
	return f
}

// Close codes of graphql-transport-ws; the 45xx and 4004, 4005 are those of
// clients.
const (
	closeBadResponse  = 4004
	closeInternal     = 4005
	closeAckTimeout   = 4504
	closeUnauthorized = 4401
	closeForbidden    = 4403
)
