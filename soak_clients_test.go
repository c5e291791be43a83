package weft_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// tree is a JSON object; numbers are json.Number.
type tree = map[string]any

func parseTree(text []byte) (tree, error) {
	var v tree
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v)
}

// resembles reports whether got is what is wanted, but for nulls, which it
// counts.
func resembles(want, got any, nulls *int) bool {
	switch want := want.(type) {
	case tree:
		got, ok := got.(tree)
		if !ok || len(got) != len(want) {
			return got == nil && missing(nulls)
		}
		for key, v := range want {
			if value, ok := got[key]; !ok || !resembles(v, value, nulls) {
				return false
			}
		}
		return true
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return got == nil && missing(nulls)
		}
		for i, v := range want {
			if !resembles(v, got[i], nulls) {
				return false
			}
		}
		return true
	}
	return got == nil && missing(nulls) || fmt.Sprint(want) == fmt.Sprint(got)
}

func missing(nulls *int) bool { *nulls++; return true }

// soakItem is all that can be asked of an item.
func soakItem(who, id string, fields ...string) tree {
	all := tree{"id": id, "name": said("name", who, id), "price": said("price", who, id), "stock": said("stock", who, id), "offer": tree{"discount": discount(who, id)}}
	item := tree{}
	for _, f := range fields {
		item[f] = all[f]
	}
	return item
}

var soakClients = []string{"ada", "bob", "eve", "kim"}

func pick[T any](random *rand.Rand, list ...T) T { return list[random.IntN(len(list))] }

// askUntil sends operations; every eighth is given up.
func (s *liveSoak) askUntil(t *testing.T, ctx context.Context, random *rand.Rand) {
	for n := 0; ctx.Err() == nil; n++ {
		one, cancel := context.WithCancel(t.Context())
		if random.IntN(8) == 0 {
			time.AfterFunc(time.Duration(random.IntN(20_000))*time.Microsecond, cancel)
		}
		id := fmt.Sprint(random.IntN(1000))
		if random.IntN(100) == 0 {
			id = hugeID
		}
		s.ask(t, one, random, pick(random, soakClients...), id)
		cancel()
	}
}

// ask sends an operation and judges the answer.
func (s *liveSoak) ask(t *testing.T, ctx context.Context, random *rand.Rand, who, id string) {
	document, want := soakOperation(random, who, id)
	body, _ := json.Marshal(tree{"query": document, "variables": tree{"id": id}})
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", who)
	response, err := s.client.Do(request)
	var text []byte
	if err == nil {
		text, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	switch {
	case err != nil && ctx.Err() != nil:
		s.note("cancelled")
	case err != nil:
		t.Error(err)
	default:
		if s.judge(t, who, want, text) {
			s.note("whole")
		} else {
			s.note("partial")
		}
	}
}

// soakOperation returns a query or a mutation and its whole answer.
func soakOperation(random *rand.Rand, who, id string) (document string, want tree) {
	fields := []string{"id"}
	selection := "id"
	for name, text := range map[string]string{"name": "name", "price": "price", "stock": "stock", "offer": "offer { discount }"} {
		if random.IntN(2) == 0 {
			fields, selection = append(fields, name), selection+" "+text
		}
	}
	item := soakItem(who, id, fields...)
	switch random.IntN(4) {
	case 0:
		return "mutation($id: ID!) { touch(id: $id) { " + selection + " } order(id: $id) }", tree{"touch": item, "order": said("order", who, id)}
	case 1:
		var list []any
		for i := range 5 {
			list = append(list, soakItem(who, fmt.Sprintf("%s.%d", id, i), fields...))
		}
		return "query($id: ID!) { items(id: $id) { " + selection + " } }", tree{"items": list}
	case 2:
		return "query($id: ID!) { q" + id + ": quote(id: $id) a: item(id: $id) { " + selection + " } }", tree{"q" + id: said("quote", who, id), "a": item}
	}
	return "query($id: ID!) { item(id: $id) { " + selection + " } quote(id: $id) }", tree{"item": item, "quote": said("quote", who, id)}
}

// judge reports whether an answer is whole. A part may be missing, with an
// error; nothing may be another client's.
func (s *liveSoak) judge(t *testing.T, who string, want tree, text []byte) bool {
	t.Helper()
	answer, err := parseTree(text)
	nulls := 0
	errors, _ := answer["errors"].([]any)
	if err != nil || !resembles(want, answer["data"], &nulls) || (nulls > 0) != (len(errors) > 0) || bytes.Contains(text, []byte("secret")) {
		t.Errorf("%s got %.1000s\nwant %.1000v", who, text, want)
	}
	for _, code := range codesOf(errors) {
		s.note("field " + code)
	}
	return nulls == 0
}

func codesOf(errors []any) (codes []string) {
	for _, e := range errors {
		e, _ := e.(tree)
		extensions, _ := e["extensions"].(tree)
		codes = append(codes, fmt.Sprint(extensions["code"]))
	}
	return codes
}

// following is one subscription of a client and what it must get next, or an
// operation with one answer.
type following struct {
	answer           tree // the one answer; nil for a subscription
	who, topic, init string
	field            string
	fields           []string // of the item
	document         string
	leave            int // after so many events; below 0 never
	stream           string
	n                int64
	events           int
	broken           bool // the stream's last event told so
	ended            bool
}

// newFollowing draws one of few subscriptions, so that many are the same.
func newFollowing(random *rand.Rand, who, init string, stay bool) *following {
	f := &following{who: who, init: init, topic: pick(random, "x", "y"), field: pick(random, "ticks", "posts", "offers"), leave: random.IntN(pick(random, 20, 200))}
	if stay {
		f.leave = -1
	}
	f.fields = pick(random, []string{"id"}, []string{"id", "name", "price"}, []string{"id", "price", "stock", "offer"})
	selection := strings.Replace(strings.Join(f.fields, " "), "offer", "offer { discount }", 1)
	if f.field == "offers" {
		f.document = "subscription($topic: ID!) { offers(topic: $topic) { stream n item { " + selection + " } } }"
	} else {
		f.document = "subscription($topic: ID!) { " + f.field + "(topic: $topic) { topic stream n who init item { " + selection + " } } }"
	}
	return f
}

// newAnswered draws an operation with one answer.
func newAnswered(random *rand.Rand, who string) *following {
	f := &following{who: who, topic: fmt.Sprint(random.IntN(1000)), leave: -1}
	f.document, f.answer = soakOperation(random, who, f.topic)
	return f
}

func (f *following) request() tree {
	return tree{"query": f.document, "variables": tree{"topic": f.topic, "id": f.topic}}
}

// take judges an event. Events of a stream come in order, and those that are
// missing are told.
func (f *following) take(t *testing.T, s *liveSoak, text []byte) {
	t.Helper()
	if f.answer != nil {
		if f.events++; f.events > 1 {
			t.Errorf("%s was answered again: %s", f.document, text)
		}
		if !s.judge(t, f.who, f.answer, text) {
			s.note("partial over a socket")
		}
		return
	}
	answer, _ := parseTree(text)
	data, _ := answer["data"].(tree)
	event, _ := data[f.field].(tree)
	number, _ := event["n"].(json.Number)
	n, err := number.Int64()
	stream, _ := event["stream"].(string)
	if f.broken {
		t.Errorf("%s got another event after the stream broke: %s", f.document, text)
	}
	if errors, _ := answer["errors"].([]any); event == nil && f.field == "offers" && len(errors) == 1 && endings[codesOf(errors)[0]] {
		f.broken = true // of a connector's stream an event tells, so that its mappings may say more
		s.note(codesOf(errors)[0])
		return
	}
	if err != nil || stream == "" {
		t.Errorf("%s got %.1000s", f.who, text)
		return
	}
	want := tree{"stream": stream, "n": n, "item": soakItem(f.who, fmt.Sprintf("%s.%s.%d", f.who, f.topic, n), f.fields...)}
	if f.field != "offers" {
		want["topic"], want["who"], want["init"] = f.topic, f.who, f.init
		if f.field == "posts" {
			want["init"] = ""
		}
	}
	if s.judge(t, f.who, tree{f.field: want}, text) {
		s.note("event")
	} else {
		s.note("partial event")
	}
	extensions, _ := answer["extensions"].(tree)
	gap := extensions["gap"] == true
	var dropped int64
	if number, ok := extensions["dropped"].(json.Number); ok {
		dropped, _ = number.Int64()
		s.note("dropped")
	}
	if gap {
		s.note("gap")
	}
	switch {
	case f.events == 0:
	case stream == f.stream && n != f.n+1+dropped:
		t.Errorf("%s: event %d of %s after %d, %d dropped: %.1000s", f.document, n, stream, f.n, dropped, text)
	case stream != f.stream && !gap:
		t.Errorf("%s: event %d of %s after %d of %s without a gap: %.1000s", f.document, n, stream, f.n, f.stream, text)
	}
	f.events++
	f.stream, f.n = stream, n
}

// endings are the codes a subscription may end with.
var endings = map[string]bool{
	"SUBSCRIPTION_SCHEMA_RELOAD": true, "SUBSCRIPTION_BACKPRESSURE": true, "SERVER_SHUTDOWN": true, "GATEWAY_TIMEOUT": true,
	"DOWNSTREAM_SERVICE_ERROR": true, "SUBREQUEST_HTTP_ERROR": true, "UNAVAILABLE": true, "ABORTED": true, "CANCELLED": true,
	"SUBREQUEST_MALFORMED_RESPONSE": true, // a handshake that was cut off
}

// end notes how a subscription ended: with errors, or with complete.
func (f *following) end(t *testing.T, s *liveSoak, errors []any) {
	t.Helper()
	f.ended = true
	switch {
	case f.answer != nil && len(errors) == 0 && f.events == 1:
		s.note("answered over a socket")
	case f.answer != nil:
		t.Errorf("%s ended with %v after %d answers", f.document, errors, f.events)
	case len(errors) == 0:
		s.note("complete")
	}
	for i, code := range codesOf(errors) {
		s.note(code)
		if !endings[code] {
			t.Errorf("%s ended with %v", f.document, errors[i])
		}
	}
}

// patience is how long a client waits for the next event. Streams of the
// backends are never quiet for so long.
const soakPatience = 15 * time.Second

func (s *liveSoak) followSocketUntil(t *testing.T, ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		s.followSocket(t, ctx, random, false)
	}
}

// followSocket opens a WebSocket with some subscriptions and follows them until
// all have ended or it leaves. One that stays waits for the server to stop.
func (s *liveSoak) followSocket(t *testing.T, ctx context.Context, random *rand.Rand, stay bool) {
	who, init := pick(random, soakClients...), pick(random, "a", "b")
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	ws, response, err := dialer.Dial("ws://"+s.address+"/graphql", http.Header{"Authorization": {who}})
	if err != nil {
		t.Error(err)
		return
	}
	_ = response.Body.Close()
	defer ws.Close()
	var left atomic.Bool
	leave := func() { left.Store(true); _ = ws.Close() }
	defer context.AfterFunc(ctx, leave)()
	if !stay && random.IntN(3) == 0 {
		defer time.AfterFunc(time.Duration(random.IntN(30))*time.Millisecond, leave).Stop()
	}
	_ = ws.WriteJSON(tree{"type": "connection_init", "payload": tree{"tag": init}}) // what fails here fails below
	running, opened := map[string]*following{}, 0
	open := func() {
		opened++
		id, f := fmt.Sprint(opened), newFollowing(random, who, init, stay)
		if !stay && random.IntN(3) == 0 {
			f = newAnswered(random, who)
		}
		running[id] = f
		_ = ws.WriteJSON(tree{"type": "subscribe", "id": id, "payload": f.request()})
		if !stay && random.IntN(6) == 0 { // leaves while it is opened
			f.ended = true
			_ = ws.WriteJSON(tree{"type": "complete", "id": id})
		}
	}
	slow := pick(random, 0, 0, 1, 20)
	for total := 1 + random.IntN(5); ; {
		_ = ws.SetReadDeadline(time.Now().Add(soakPatience))
		var m struct {
			Type, ID string
			Payload  json.RawMessage
		}
		if err := ws.ReadJSON(&m); err != nil {
			if stay && websocket.IsCloseError(err, websocket.CloseGoingAway, websocket.CloseServiceRestart) {
				s.note("sent away")
			} else if !left.Load() {
				t.Errorf("a socket of %d subscriptions ended with %v", len(running), err)
			}
			return
		}
		f := running[m.ID]
		switch m.Type {
		case "connection_ack":
			for range total {
				open()
			}
		case "next", "error", "complete":
			if f == nil {
				t.Errorf("%s for %s, which has ended", m.Type, m.ID)
				return
			}
			s.frame(t, f, m.Type, m.Payload)
		}
		if f != nil && f.leave == f.events && !f.ended {
			f.ended = true
			s.note("left")
			_ = ws.WriteJSON(tree{"type": "complete", "id": m.ID})
		}
		if m.Type == "error" || m.Type == "complete" {
			delete(running, m.ID)
		}
		if !stay && opened > 0 && allEnded(running) {
			return
		}
		if stay && len(running) < total && opened >= total {
			open()
		}
		if slow > 0 && random.IntN(10) == 0 && !pause(ctx, time.Duration(slow)*time.Millisecond) {
			return
		}
	}
}

func allEnded(running map[string]*following) bool {
	for _, f := range running {
		if !f.ended {
			return false
		}
	}
	return true
}

// frame acts on what came for a subscription; what comes after the client left
// may have been under way.
func (s *liveSoak) frame(t *testing.T, f *following, kind string, payload []byte) {
	t.Helper()
	if f.ended {
		return
	}
	switch kind {
	case "next":
		f.take(t, s, payload)
	case "complete":
		f.end(t, s, nil)
	case "error":
		var errors []any
		if json.Unmarshal(payload, &errors) != nil || len(errors) == 0 {
			t.Errorf("error: %s", payload)
		}
		f.end(t, s, errors)
	}
}

// stallUntil subscribes and reads nothing, until it is cut off or leaves.
func (s *liveSoak) stallUntil(t *testing.T, ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
		ws, response, err := dialer.Dial("ws://"+s.address+"/graphql", http.Header{"Authorization": {"ada"}})
		if err != nil {
			t.Error(err)
			return
		}
		_ = response.Body.Close()
		_ = ws.WriteJSON(tree{"type": "connection_init"}) // it does not look what comes of it, here and below
		var ack tree
		_ = ws.ReadJSON(&ack)
		for i := range 10 {
			_ = ws.WriteJSON(tree{"type": "subscribe", "id": fmt.Sprint(i), "payload": newFollowing(random, "ada", "", true).request()})
		}
		pause(ctx, time.Duration(random.IntN(5000))*time.Millisecond)
		_ = ws.Close()
		s.note("stalled")
	}
}

func (s *liveSoak) followStreamUntil(t *testing.T, ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		s.followStream(t, ctx, random, false)
	}
}

// followStream is followSocket over an event stream, of one subscription.
func (s *liveSoak) followStream(t *testing.T, ctx context.Context, random *rand.Rand, stay bool) {
	f := newFollowing(random, pick(random, soakClients...), "", stay)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var late atomic.Bool
	silence := time.AfterFunc(soakPatience, func() { late.Store(true); cancel() })
	defer silence.Stop()
	if !stay && random.IntN(3) == 0 {
		defer time.AfterFunc(time.Duration(random.IntN(30))*time.Millisecond, cancel).Stop()
	}
	body, _ := json.Marshal(f.request())
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/graphql", bytes.NewReader(body))
	request.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Authorization": {f.who}}
	response, err := s.client.Do(request)
	if err != nil {
		if ctx.Err() == nil || late.Load() {
			t.Error(err)
		}
		return
	}
	defer response.Body.Close()
	slow := pick(random, 0, 0, 1, 20)
	kind := ""
	var last []any
	for lines := bufio.NewReader(response.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			switch {
			case stay && err == io.EOF: // the server has sent it
				s.note("sent away")
			case ctx.Err() == nil || late.Load():
				t.Errorf("%s ended after %d events with %v", f.document, f.events, err)
			}
			return
		}
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			kind = strings.TrimSpace(name)
			continue
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		silence.Reset(soakPatience)
		if kind == "complete" {
			f.end(t, s, last)
			return
		}
		if last != nil {
			t.Errorf("%s after the end: %s", f.document, data)
		}
		if answer, _ := parseTree([]byte(data)); answer["data"] == nil {
			last, _ = answer["errors"].([]any)
			continue
		}
		f.take(t, s, []byte(data))
		if f.events == f.leave {
			s.note("left")
			return
		}
		if slow > 0 && random.IntN(10) == 0 && !pause(ctx, time.Duration(slow)*time.Millisecond) {
			return
		}
	}
}
