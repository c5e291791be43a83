package server

import (
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// The codes weft closes a WebSocket with. 1002 and 1009 are sent by the
// WebSocket library.
const (
	closeGoingAway   = websocket.CloseGoingAway
	closeInvalidUTF8 = websocket.CloseInvalidFramePayloadData
	closePolicy      = websocket.ClosePolicyViolation
	closeRestart     = websocket.CloseServiceRestart

	closeInvalidMessage = 4400
	closeUnauthorized   = 4401
	closeForbidden      = 4403
	closeSubprotocol    = 4406
	closeInitTimeout    = 4408
	closeDuplicate      = 4409
	closeSecondInit     = 4429
	closeInternal       = 4500
)

// maxReason is what the protocol leaves for a reason beside the code.
const maxReason = 123

// closeReason cuts a reason to what fits, between two runes.
func closeReason(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	end := maxReason
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}
