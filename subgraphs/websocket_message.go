package subgraphs

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/weftql/weft/fault"
)

// message is one of graphql-transport-ws, from the subgraph.
type message struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// errMessage is the root of what can be wrong with a message.
var errMessage = errors.New("invalid message")

func invalid(what string) error { return fmt.Errorf("%w: %s", errMessage, what) }

// parseMessage reads a message that may come after connection_init. The
// payload is a copy. It returns an error that wraps errMessage.
func parseMessage(text []byte) (message, error) {
	var m message
	if len(text) == 0 {
		return m, invalid("not a text frame, or an empty one")
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, invalid("not JSON, or of the wrong types")
	}
	payload := byte(0)
	if len(m.Payload) > 0 {
		payload = m.Payload[0] // RawMessage has no space before it
	}
	switch m.Type {
	case "connection_ack", "ping", "pong":
		return m, nil
	case "next":
		if payload != '{' {
			return m, invalid("the payload of next is not an object")
		}
	case "error":
		if payload != '[' && payload != '{' {
			return m, invalid("the payload of error is not a list")
		}
	case "complete":
	default:
		return m, invalid("unknown type")
	}
	if m.ID == "" {
		return m, invalid("no id")
	}
	return m, nil
}

// subscribeMessage asks for body, which is a JSON object.
func subscribeMessage(id string, body []byte) []byte {
	out := append([]byte(`{"id":"`), id...) // digits
	out = append(out, `","type":"subscribe","payload":`...)
	return append(append(out, body...), '}')
}

func completeMessage(id string) []byte {
	return append(append([]byte(`{"id":"`), id...), `","type":"complete"}`...)
}

// pongMessage has the payload of the ping, if there was one.
func pongMessage(payload []byte) []byte { return withPayload("pong", payload) }

// initMessage carries a JSON object, or nothing.
func initMessage(payload []byte) []byte { return withPayload("connection_init", payload) }

func withPayload(kind string, payload []byte) []byte {
	out := append([]byte(`{"type":"`), kind...)
	out = append(out, '"')
	if len(payload) > 0 {
		out = append(append(out, `,"payload":`...), payload...)
	}
	return append(out, '}')
}

// shortened cuts a close frame's reason to what fits, 123 bytes, between two
// runes.
func shortened(reason string) string {
	const limit = 123
	if len(reason) <= limit {
		return reason
	}
	end := limit
	for end > 0 && !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}

// refusal makes faults of the errors a subgraph gives instead of a stream:
// a list, or one object.
func (s *HTTPSource) refusal(raw []byte) error {
	if len(raw) > 0 && raw[0] == '{' {
		raw = append(append([]byte{'['}, raw...), ']')
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || len(items) == 0 {
		return s.lost("unknown subgraph error", nil)
	}
	items = items[:min(len(items), maxRefusals)]
	list := make(fault.List, len(items))
	for i, item := range items {
		list[i] = s.remote(item)
	}
	return list
}

// maxRefusals bounds the errors kept of one refusal; chosen, not measured.
const maxRefusals = 100

// remote reads one error of the subgraph as far as it can be read. Its path and
// locations mean something in the subgraph's document only.
func (s *HTTPSource) remote(raw []byte) *fault.Error {
	f := s.lost("unknown subgraph error", nil)
	var e struct {
		Message    json.RawMessage `json:"message"`
		Extensions json.RawMessage `json:"extensions"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return f
	}
	var text string
	if json.Unmarshal(e.Message, &text) == nil && text != "" {
		f.Message = text
	}
	f.Extensions = s.remoteExtensions(e.Extensions, f)
	return f
}

// remoteExtensions returns the members of raw but the code, in order; the code
// goes into f.
func (s *HTTPSource) remoteExtensions(raw []byte, f *fault.Error) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	var code string
	if json.Unmarshal(members["code"], &code) == nil && code != "" {
		f.Code = fault.Code(code)
	}
	delete(members, "code")
	if len(members) == 0 {
		return nil
	}
	object, err := json.Marshal(members) // sorted by name
	if err != nil {
		return nil
	}
	return object[1 : len(object)-1]
}
