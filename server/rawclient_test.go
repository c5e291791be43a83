package server

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rawClient is a WebSocket client that can do what a library would not let it.
type rawClient struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	head *http.Response
}

// dial sends an upgrade and reads the response to it.
func dial(t *testing.T, address string, header http.Header) *rawClient {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	var request strings.Builder
	request.WriteString("GET /graphql HTTP/1.1\r\nHost: weft.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
	if header == nil {
		header = http.Header{"Sec-WebSocket-Protocol": {transportWS}}
	}
	for name, values := range header {
		for _, value := range values {
			request.WriteString(name + ": " + value + "\r\n")
		}
	}
	if _, err := io.WriteString(conn, request.String()+"\r\n"); err != nil {
		t.Fatal(err)
	}
	c := &rawClient{t: t, conn: conn, in: bufio.NewReader(conn)}
	c.patience()
	if c.head, err = http.ReadResponse(c.in, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// patience bounds what the client waits for.
func (c *rawClient) patience() { _ = c.conn.SetDeadline(time.Now().Add(10 * time.Second)) }

// dialInit is dial with connection_init and its answer.
func dialInit(t *testing.T, address string) *rawClient {
	t.Helper()
	c := dial(t, address, nil)
	c.send(`{"type":"connection_init"}`)
	c.expect(`{"type":"connection_ack"}`)
	return c
}

// Opcodes of RFC 6455.
const (
	opContinue = 0x0
	opText     = 0x1
	opBinary   = 0x2
	opClose    = 0x8
	opPing     = 0x9
	opPong     = 0xA
)

// frame sends one frame; final is the FIN bit.
func (c *rawClient) frame(final bool, op byte, payload []byte) error {
	first := op
	if final {
		first |= 0x80
	}
	out := []byte{first}
	switch n := len(payload); {
	case n < 126:
		out = append(out, 0x80|byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	out = append(out, mask[:]...)
	for i, b := range payload {
		out = append(out, b^mask[i%4])
	}
	c.patience()
	_, err := c.conn.Write(out)
	return err
}

func (c *rawClient) send(text string) {
	c.t.Helper()
	if err := c.frame(true, opText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// read returns the next frame as a line: a text, or "ping DATA", "pong DATA",
// "close CODE REASON", "end".
func (c *rawClient) read() string {
	c.t.Helper()
	var text []byte
	for {
		op, final, payload, err := c.readFrame()
		switch {
		case errors.Is(err, io.EOF):
			return "end"
		case err != nil:
			return "error " + err.Error()
		case op == opClose && len(payload) >= 2:
			return strings.TrimSpace("close " + strconv.Itoa(int(binary.BigEndian.Uint16(payload))) + " " + string(payload[2:]))
		case op == opClose:
			return "close"
		case op == opPing:
			return strings.TrimSpace("ping " + string(payload))
		case op == opPong:
			return strings.TrimSpace("pong " + string(payload))
		}
		if text = append(text, payload...); final {
			return string(text)
		}
	}
}

func (c *rawClient) readFrame() (op byte, final bool, payload []byte, err error) {
	c.patience()
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, false, nil, err
	}
	n := uint64(head[1] & 0x7f)
	switch n {
	case 126:
		var size [2]byte
		_, err = io.ReadFull(c.in, size[:])
		n = uint64(binary.BigEndian.Uint16(size[:]))
	case 127:
		var size [8]byte
		_, err = io.ReadFull(c.in, size[:])
		n = binary.BigEndian.Uint64(size[:])
	}
	if err != nil {
		return 0, false, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.in, payload)
	return head[0] & 0xf, head[0]&0x80 != 0, payload, err
}

func (c *rawClient) expect(want string) {
	c.t.Helper()
	if got := c.read(); got != want {
		c.t.Fatalf("got %s\nwant %s", got, want)
	}
}

// script plays lines and returns what was sent and received:
//
//	> TEXT        send a text; {{repeat N TEXT}} in it stands for long text
//	>binary TEXT  send it as a binary frame, >ping, >pong and >close likewise
//	>part TEXT    send the first frame of a message, >more a further one, >rest the last
//	>bytes HEX    send bytes that may be no frame
//	<             read one frame
//	< N           read N frames
//	<end          read until the connection ends
//	try TEXT      on a new connection send it and read one frame
//	upgrade       dial again with the lines "Name: value" that follow
func (c *rawClient) script(text string, again func(http.Header) *rawClient) string {
	var out strings.Builder
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := 0; i < len(lines); i++ {
		word, rest, _ := strings.Cut(lines[i], " ")
		if word != "<" {
			out.WriteString(lines[i] + "\n")
		}
		rest = generateText(c.t, rest)
		var err error
		switch word {
		case ">":
			err = c.frame(true, opText, []byte(rest))
		case ">binary":
			err = c.frame(true, opBinary, []byte(rest))
		case ">ping":
			err = c.frame(true, opPing, []byte(rest))
		case ">pong":
			err = c.frame(true, opPong, []byte(rest))
		case ">close":
			code, _ := strconv.Atoi(rest)
			err = c.frame(true, opClose, binary.BigEndian.AppendUint16(nil, uint16(code)))
		case ">part":
			err = c.frame(false, opText, []byte(rest))
		case ">more":
			err = c.frame(false, opContinue, []byte(rest))
		case ">rest":
			err = c.frame(true, opContinue, []byte(rest))
		case ">bytes":
			var raw []byte
			if _, err = fmt.Sscanf(rest, "%x", &raw); err == nil {
				_, err = c.conn.Write(raw)
			}
		case "<":
			n, _ := strconv.Atoi(rest)
			for range max(n, 1) {
				out.WriteString("< " + shorten(c.read()) + "\n")
			}
		case "<end":
			for got := ""; got != "end" && !strings.HasPrefix(got, "error"); {
				got = c.read()
				out.WriteString("< " + shorten(got) + "\n")
			}
		case "try":
			other := again(nil)
			other.send(rest)
			out.WriteString("< " + shorten(other.read()) + "\n")
		case "upgrade":
			header := http.Header{}
			for i+1 < len(lines) && strings.Contains(lines[i+1], ": ") && !strings.HasPrefix(lines[i+1], ">") {
				i++
				out.WriteString(lines[i] + "\n")
				name, value, _ := strings.Cut(lines[i], ": ")
				header.Add(name, value)
			}
			c = again(header)
			out.WriteString("< " + c.describeHead() + "\n")
		case "":
		default:
			c.t.Fatalf("unknown line %q", lines[i])
		}
		if err != nil {
			c.t.Fatalf("%s: %v", lines[i], err)
		}
	}
	return out.String()
}

func (c *rawClient) describeHead() string {
	text := strconv.Itoa(c.head.StatusCode)
	if protocol := c.head.Header.Get("Sec-WebSocket-Protocol"); protocol != "" {
		text += " " + protocol
	}
	if c.head.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(c.head.Body)
		text += " " + c.head.Header.Get("Content-Type") + " " + string(body)
	}
	return text
}

func shorten(text string) string {
	const limit = 400
	if len(text) > limit {
		return text[:limit] + "… (" + strconv.Itoa(len(text)) + " bytes)"
	}
	return text
}

// generateText replaces {{repeat N TEXT}}.
func generateText(t *testing.T, text string) string {
	for {
		before, rest, found := strings.Cut(text, "{{repeat ")
		if !found {
			return text
		}
		command, after, _ := strings.Cut(rest, "}}")
		count, what, _ := strings.Cut(command, " ")
		n, err := strconv.Atoi(count)
		if err != nil {
			t.Fatal(err)
		}
		text = before + strings.Repeat(what, n) + after
	}
}

// readFrameSoon reads a frame if there is one.
func (c *rawClient) readFrameSoon() {
	_ = c.conn.SetDeadline(time.Now().Add(5 * time.Millisecond))
	if _, err := c.in.Peek(2); err == nil {
		_, _, _, _ = c.readFrame()
	}
}
