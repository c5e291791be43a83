package server

import (
	"encoding/json"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// message is what a client sends over graphql-transport-ws.
type message struct {
	kind, id string
	payload  []byte // raw JSON, nil when absent or null
	size     int64  // of the whole
}

// parseMessage checks a message's form; text is UTF-8. What is wrong is not
// told to clients, which are closed for it.
func parseMessage(text []byte) (*message, error) {
	s := scanner{text: text}
	s.space()
	if s.peek() != '{' {
		return nil, s.fail("the message is no object")
	}
	m := &message{size: int64(len(text))}
	seen := map[string]bool{}
	err := s.members(func(key []byte) error {
		from := s.at
		if err := s.value(); err != nil {
			return err
		}
		name := string(key)
		if name != "type" && name != "id" && name != "payload" {
			return nil
		}
		if seen[name] {
			return s.fail("a member is given twice")
		}
		seen[name] = true
		return m.member(name, text[from:s.at])
	})
	if err != nil {
		return nil, err
	}
	if s.space(); s.at != len(text) {
		return nil, s.fail("the message goes on")
	}
	return m, m.check()
}

func (m *message) member(name string, raw []byte) error {
	if name == "payload" {
		if string(raw) != "null" {
			m.payload = raw
		}
		return nil
	}
	if raw[0] != '"' {
		return badRequest(name + " is no string")
	}
	target := &m.kind
	if name == "id" {
		target = &m.id
	}
	return json.Unmarshal(raw, target)
}

// check holds the message against what its type needs.
func (m *message) check() error {
	object := m.payload != nil && m.payload[0] == '{'
	switch m.kind {
	case "connection_init", "ping", "pong":
		if m.payload != nil && !object {
			return badRequest("the payload is no object")
		}
		return nil
	case "subscribe":
		if !object {
			return badRequest("the payload is no object")
		}
	case "complete":
	default:
		return badRequest("clients send no such type")
	}
	if m.id == "" {
		return badRequest("the id is missing")
	}
	return nil
}

// request makes the operation request of a subscribe message. A fault is for
// what is no request at all.
func (c *connection) request(m *message) (*operation.Request, error) {
	var e envelope
	if err := e.scan(m.payload); err != nil {
		return nil, err
	}
	who := c.caller
	r := &operation.Request{Caller: &who, Stream: true}
	return r, e.fill(r)
}

// appendMessage writes a message that belongs to no operation; payload is raw
// JSON, nil is none.
func appendMessage(dst []byte, kind string, payload []byte) []byte {
	dst = append(append(append(dst, `{"type":"`...), kind...), '"')
	if payload != nil {
		dst = append(append(dst, `,"payload":`...), payload...)
	}
	return append(dst, '}')
}

// appendHead writes a message of an operation up to its payload.
func appendHead(dst []byte, id, kind string) []byte {
	dst = fault.AppendString(append(dst, `{"id":`...), id)
	return append(append(append(dst, `,"type":"`...), kind...), '"')
}

// appendErrors writes the message that ends an operation with errors.
func appendErrors(dst []byte, id string, errors fault.List) []byte {
	dst = append(appendHead(dst, id, "error"), `,"payload":`...)
	return append(errors.AppendJSON(dst), '}')
}
