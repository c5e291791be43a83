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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// policyTrouble are the codes of a subgraph that fails.
var policyTrouble = []string{"SUBREQUEST_HTTP_ERROR", "GATEWAY_TIMEOUT", "DOWNSTREAM_SERVICE_ERROR", "SUBGRAPH_CIRCUIT_OPEN", "SUBREQUEST_MALFORMED_RESPONSE"}

// asking is one request and what may come of it.
type asking struct {
	who     *principal
	profile string
	fields  []string // of the user
	then    int      // of the regime, when it was sent
	status  int
	text    []byte
	errors  []any
	codes   []string
	data    tree
}

var (
	marks  = regexp.MustCompile(`\b(open|known|hr|plan|inner|cost):#`)
	owners = regexp.MustCompile(`#([a-z0-9-]+)`)
)

// may reports whether somebody sees what a field shows, with what a
// configuration shows.
func (a *asking) may(mark string, with shows) bool {
	switch mark {
	case "known":
		return a.who.token && (a.profile != "web" || with&showsMail != 0)
	case "hr":
		return scopesOf(a.who.sub) == "hr" && a.who.token && a.profile != "partner"
	case "plan":
		return a.who.sub != "nobody" && with&showsPlan != 0 && a.profile == "web"
	case "inner":
		return a.profile == "partner"
	case "cost":
		return a.profile == "partner" && with&showsCost != 0
	}
	return true
}

var marked = map[string]string{"mail": "known", "pay": "hr", "plan": "plan", "inner": "inner", "cost": "cost"}

// send sends a body and reads the answer; it reports false if the client left.
func (s *policySoak) send(t *testing.T, ctx context.Context, a *asking, method, path string, body any) bool {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	a.then = s.regime.now()
	request, _ := http.NewRequestWithContext(ctx, method, "http://"+s.process.Addr()+path, bytes.NewReader(text))
	request.Header = a.who.header
	response, err := s.client.Do(request)
	if err == nil {
		a.text, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	if err != nil {
		if ctx.Err() == nil {
			t.Error(err)
		}
		s.note("cancelled")
		return false
	}
	a.status = response.StatusCode
	a.read()
	s.leaks(t, a)
	return true
}

// read reads a GraphQL answer or a problem document.
func (a *asking) read() {
	answer, _ := parseTree(a.text)
	a.errors, _ = answer["errors"].([]any)
	a.data, _ = answer["data"].(tree)
	if code, ok := answer["code"].(string); ok {
		a.codes = []string{code}
		return
	}
	a.codes = codesOf(a.errors)
}

// leaks looks for what is not the client's.
func (s *policySoak) leaks(t *testing.T, a *asking) {
	t.Helper()
	any, _ := s.regime.since(a.then)
	for _, m := range marks.FindAllSubmatch(a.text, -1) {
		if !a.may(string(m[1]), any) {
			t.Errorf("%s of %s sees %s: %s", a.who.sub, a.profile, m[1], a.text)
		}
	}
	for _, m := range owners.FindAllSubmatch(a.text, -1) {
		if string(m[1]) != a.who.sub {
			t.Errorf("%s gets what is %s's: %s", a.who.sub, m[1], a.text)
		}
	}
	if bytes.Contains(a.text, []byte("secret")) {
		t.Errorf("%s", a.text)
	}
}

// explained holds the codes of an answer against what may be refused, and
// reports whether there were any.
func (s *policySoak) explained(t *testing.T, a *asking, more ...string) bool {
	t.Helper()
	_, all := s.regime.since(a.then)
	denied, hidden := false, false
	for _, f := range a.fields {
		mark := marked[f]
		hidden = hidden || !a.shown(f, all)
		denied = denied || mark != "" && !a.may(mark, all)
	}
	for _, code := range a.codes {
		ok := slices.Contains(more, code) || slices.Contains(policyTrouble, code)
		switch code {
		case "UNAUTHORIZED_FIELD_OR_TYPE":
			ok = denied
			s.note("denied")
		case "GRAPHQL_VALIDATION_FAILED":
			ok = hidden
			s.note("hidden")
		case "UNAUTHENTICATED":
			ok = ok || !a.who.sure
			s.note("kept out")
		}
		if !ok {
			t.Errorf("%s of %s asks for %v and gets %d %s", a.who.sub, a.profile, a.fields, a.status, a.text)
			return true
		}
	}
	return len(a.codes) > 0
}

// shown reports whether a field is in the profile's schema.
func (a *asking) shown(field string, with shows) bool {
	switch field {
	case "mail":
		return a.profile != "web" || with&showsMail != 0
	case "cost":
		return a.profile == "partner" && with&showsCost != 0
	case "inner":
		return a.profile == "partner"
	case "name":
		return a.profile != "web"
	}
	return true
}

// whole wants everything that was asked for.
func (s *policySoak) whole(t *testing.T, a *asking, object any) {
	t.Helper()
	user, _ := object.(tree)
	for _, f := range a.fields {
		if user[f] == nil {
			t.Errorf("%s of %s asks for %v and gets %d %s", a.who.sub, a.profile, a.fields, a.status, a.text)
			return
		}
	}
	s.note("whole")
}

// drawn returns some of fields.
func drawn(random *rand.Rand, fields ...string) []string {
	return slices.DeleteFunc(fields, func(string) bool { return random.IntN(2) == 0 })
}

func (s *policySoak) askWeb(t *testing.T, ctx context.Context, random *rand.Rand, who *principal) {
	a := &asking{who: who, profile: "web", fields: append(drawn(random, "who", "greeting", "mail", "pay", "plan", "seen"), "title")}
	if random.IntN(20) == 0 {
		a.fields = append(a.fields, pick(random, "inner", "cost", "name"))
	}
	if random.IntN(20) == 0 {
		a.fields = nil
		if !s.send(t, ctx, a, "POST", "/graphql", tree{"query": "{ __schema { types { name fields { name } } } }"}) {
			return
		}
		any, all := s.regime.since(a.then)
		if s.explained(t, a, "INTROSPECTION_DISABLED") {
			if all&showsIntrospect != 0 && slices.Contains(a.codes, "INTROSPECTION_DISABLED") {
				t.Errorf("introspection is on: %s", a.text)
			}
			return
		}
		if any&showsIntrospect == 0 || any == all && any&showsMail != 0 != (bytes.Count(a.text, []byte(`"mail"`)) == 2) || // of Tick too
			bytes.Contains(a.text, []byte(`"inner"`)) {
			t.Errorf("introspection shows %s", a.text)
		}
		s.note("introspected")
		return
	}
	variables := "$id: ID!"
	if slices.Contains(a.fields, "plan") {
		variables += ", $me: ID!"
	}
	selection := strings.ReplaceAll(strings.Join(a.fields, " "), "plan", "plan(of: $me)")
	id := fmt.Sprintf("%s-%d", who.sub, random.IntN(1000))
	if !s.send(t, ctx, a, "POST", "/graphql", tree{"query": "query(" + variables + ") { user(id: $id) { id " + selection + " } }", "variables": tree{"id": id, "me": who.sub}}) {
		return
	}
	if user, ok := a.data["user"].(tree); ok {
		if greeting, ok := user["greeting"].(string); ok && greeting != who.sub+" open:#"+who.sub || user["id"] != id {
			t.Errorf("%s gets %s", id, a.text)
		}
	}
	if !s.explained(t, a) {
		s.whole(t, a, a.data["user"])
	}
}

// askIOS asks over REST, by name, and for what nobody has registered.
func (s *policySoak) askIOS(t *testing.T, ctx context.Context, random *rand.Rand, who *principal) {
	profile := pick(random, "ios", "ios", "fresh")
	a := &asking{who: who, profile: profile, fields: []string{"id", "who", "name", "mail", "pay", "seen"}}
	if profile == "fresh" {
		a.fields = a.fields[:3]
	}
	id := fmt.Sprintf("%s-%d", who.sub, random.IntN(1000))
	switch random.IntN(4) {
	case 0:
		if s.send(t, ctx, a, "POST", "/ios", tree{"query": "{ user(id: 1) { id who } }"}) && !s.explained(t, a, "QUERY_NOT_IN_SAFELIST") {
			t.Errorf("an unknown text is answered with %s", a.text)
		}
	case 1:
		a.profile, a.fields = "ios", []string{"id", "who", "name", "mail", "pay", "seen"}
		if s.send(t, ctx, a, "POST", "/ios", tree{"documentId": "User", "variables": tree{"id": id}}) && !s.explained(t, a) {
			s.whole(t, a, a.data["user"])
		}
	default:
		prefix := "/ios/v1"
		if profile == "fresh" {
			prefix = "/fresh"
		}
		if s.send(t, ctx, a, "GET", prefix+"/users/"+id, nil) && !s.explained(t, a) {
			user, err := parseTree(a.text)
			if a.status == http.StatusOK && err == nil && user["id"] == id {
				s.note("rest")
				return
			}
			t.Errorf("GET %s is answered with %d %s", id, a.status, a.text)
		}
	}
}

// askPartner comes with API keys, good and bad ones, to its profile and to
// others.
func (s *policySoak) askPartner(t *testing.T, ctx context.Context, random *rand.Rand, _ *principal) {
	a := &asking{who: s.keyHolder(pick(random, "reseller-1", "reseller-2")), profile: "partner"}
	id := fmt.Sprintf("%s-%d", a.who.sub, random.IntN(1000))
	switch random.IntN(8) {
	case 0: // bound to partner
		a.who = s.keyHolder("reseller-2")
		if s.send(t, ctx, a, "GET", "/ios/v1/users/"+a.who.sub+"-1", nil) && (a.status != http.StatusForbidden || !s.explained(t, a, "FORBIDDEN")) {
			t.Errorf("a key of another profile is answered with %d %s", a.status, a.text)
		}
	case 1: // names of others
		if !s.send(t, ctx, a, "POST", "/graphql", tree{"query": "{ user(id: \"" + id + "\") { id greting pa titl mai } __schema { types { name } } }"}) {
			return
		}
		for _, name := range []string{"greeting", "pay", "title", "mail", "Person", "plan", "Tick"} {
			if bytes.Contains(a.text, []byte(`"`+name)) || bytes.Contains(a.text, []byte(`\"`+name+`\"`)) {
				t.Errorf("partner hears of %s: %s", name, a.text)
			}
		}
	case 2:
		a.who.header.Set("X-Api-Key", a.who.header.Get("X-Api-Key")+"x")
		if s.send(t, ctx, a, "POST", "/graphql", tree{"query": "{ __typename }"}) && (a.status != http.StatusUnauthorized || !s.explained(t, a, "UNAUTHENTICATED")) {
			t.Errorf("a bad key is answered with %d %s", a.status, a.text)
		}
	default:
		a.fields = append(drawn(random, "who", "name", "inner", "cost", "seen"), "id")
		if s.send(t, ctx, a, "POST", "/graphql", tree{"query": "query($id: ID!) { user(id: $id) { " + strings.Join(a.fields, " ") + " } }", "variables": tree{"id": id}}) && !s.explained(t, a) {
			s.whole(t, a, a.data["user"])
		}
	}
}

// touchOnce sends a mutation that must come once.
func (s *policySoak) touchOnce(t *testing.T, ctx context.Context, random *rand.Rand, who *principal) {
	nonce := fmt.Sprintf("%s-%d", who.sub, random.Uint64())
	a := &asking{who: who, profile: pick(random, "web", "ios")}
	ok := false
	if a.profile == "web" {
		ok = s.send(t, ctx, a, "POST", "/graphql", tree{"query": "mutation($nonce: ID!) { touch(nonce: $nonce) { nonce who } }", "variables": tree{"nonce": nonce}})
	} else {
		ok = s.send(t, ctx, a, "POST", "/ios/v1/touch/"+nonce, nil)
	}
	n := s.people.times(nonce)
	if n > 1 || ok && !s.explained(t, a) && (n != 1 || !bytes.Contains(a.text, []byte(nonce))) {
		t.Errorf("a mutation was sent %d times: %d %s", n, a.status, a.text)
	}
	if n == 1 {
		s.note("touched")
	}
}

// useUp uses a rate up, and is refused from then on whatever changes.
func (s *policySoak) useUp(t *testing.T, ctx context.Context, random *rand.Rand, who *principal) {
	if !who.token {
		return
	}
	name, key := fmt.Sprintf("up%dno", random.Uint64()), s.keyHolder("reseller-3")
	owner := s.issuers[0]
	text, _ := owner.sign(t, false, map[string]any{"sub": name, "scope": "none", "exp": time.Now().Add(time.Hour).Unix()})
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + text}}
	for i := range 12 {
		a := &asking{who: &principal{sub: name, token: true, sure: true, header: header}, profile: "web", fields: []string{"who"}}
		s.ration(t, a, "Scarce", i < 5)
		if i < 5 || i == 11 {
			used := s.count("few")
			a = &asking{who: key, profile: "partner", fields: []string{"who"}}
			s.ration(t, a, "Few", used < 5)
			s.note("few")
			if used == 5 {
				s.note("few used up")
			}
		}
		if !pause(ctx, time.Duration(random.IntN(40))*time.Millisecond) {
			return
		}
	}
	s.note("used up")
}

// ration sends an operation that a rate counts.
func (s *policySoak) ration(t *testing.T, a *asking, operation string, left bool) {
	t.Helper()
	ok := s.send(t, t.Context(), a, "POST", "/graphql", tree{"query": "query " + operation + "($id: ID!) { user(id: $id) { who } }", "variables": tree{"id": a.who.sub + "-1"}})
	if !ok {
		return
	}
	s.explained(t, a, "RATE_LIMITED")
	if limited := slices.Contains(a.codes, "RATE_LIMITED"); limited == left {
		t.Errorf("%s %s: limited %v with some left %v", a.who.sub, operation, limited, left)
	}
}

// ticking is a subscription.
type ticking struct {
	asking
	events int
	over   bool
}

const policyTicks = "subscription($topic: ID!) { ticks(topic: $topic) { at who mail pay } }"

func newTicking(who *principal) (*ticking, tree) {
	return &ticking{asking: asking{who: who, profile: "ticks", fields: []string{"at", "who", "mail", "pay"}}},
		tree{"query": policyTicks, "variables": tree{"topic": who.sub + "-t"}}
}

// lateness is how much later than it should a timer may run on a busy machine.
const lateness = 3 * time.Second

// take judges an event, or the errors a subscription ends with.
func (k *ticking) take(t *testing.T, s *policySoak, text []byte) {
	t.Helper()
	k.text = text
	if list := []any{}; json.Unmarshal(text, &list) == nil {
		k.errors, k.codes, k.data = list, codesOf(list), nil
	} else {
		k.read()
	}
	s.leaks(t, &k.asking)
	tick, _ := k.data["ticks"].(tree)
	if tick == nil {
		k.over = true
		expired := slices.Contains(k.codes, "TOKEN_EXPIRED")
		s.explained(t, &k.asking, "TOKEN_EXPIRED", "SUBSCRIPTION_SCHEMA_RELOAD", "SUBSCRIPTION_BACKPRESSURE", "UNAUTHENTICATED")
		if expired {
			s.note("expired")
		}
		if slices.Contains(k.codes, "UNAUTHENTICATED") && k.who.sure && k.holds() || expired && k.holds() {
			t.Errorf("%v before the token expires", k.codes)
		}
		return
	}
	k.events++
	s.note("event")
	at, err := strconv.ParseInt(fmt.Sprint(tick["at"]), 10, 64)
	if err != nil || time.Unix(0, at).After(k.who.expires.Add(lateness)) {
		t.Errorf("an event of %v after the token expired at %v: %s", time.Unix(0, at), k.who.expires, text)
	}
	s.explained(t, &k.asking)
}

// holds reports whether the token does, but for what a number in JSON rounds.
func (k *ticking) holds() bool { return time.Until(k.who.expires) > 2*time.Millisecond }

// bound bounds how long a subscription of somebody may last.
func (k *ticking) bound() time.Duration {
	return min(time.Until(k.who.expires), 2*time.Second) + 20*time.Second
}

func (s *policySoak) followStream(t *testing.T, ctx context.Context, random *rand.Rand, who *principal) {
	k, request := newTicking(who)
	k.then = s.regime.now()
	leave := 1 + random.IntN(100)
	one, cancel := context.WithTimeout(ctx, k.bound())
	defer cancel()
	body, _ := json.Marshal(request)
	r, _ := http.NewRequestWithContext(one, http.MethodPost, "http://"+s.process.Addr()+"/graphql", bytes.NewReader(body))
	r.Header = who.header.Clone()
	r.Header.Set("Accept", "text/event-stream")
	response, err := s.client.Do(r)
	if err != nil {
		if ctx.Err() == nil {
			t.Error(err)
		}
		return
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	if response.StatusCode != http.StatusOK {
		k.text, _ = io.ReadAll(lines)
		k.status = response.StatusCode
		k.read()
		s.explained(t, &k.asking, "UNAUTHENTICATED")
		if k.who.sure && k.holds() {
			t.Errorf("%s is answered with %d %s", who.sub, k.status, k.text)
		}
		return
	}
	kind := ""
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			if ctx.Err() == nil {
				t.Errorf("a stream of %s ends with %v after %d events", who.sub, err, k.events)
			}
			return
		}
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			kind = strings.TrimSpace(name)
		}
		if kind == "complete" {
			return
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			k.take(t, s, []byte(data))
		}
		if k.events == leave && who.expires.After(time.Now().Add(time.Minute)) {
			return
		}
	}
}

func (s *policySoak) followSocket(t *testing.T, ctx context.Context, random *rand.Rand, who *principal) {
	k, request := newTicking(who)
	k.then = s.regime.now()
	leave := 1 + random.IntN(100)
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	header, init := http.Header{"Authorization": who.header["Authorization"]}, tree{}
	if random.IntN(2) == 0 {
		header, init = http.Header{}, tree{"Authorization": who.header.Get("Authorization")}
	}
	kept := func(what string) {
		if ctx.Err() == nil && k.who.sure && k.holds() {
			t.Errorf("%s is kept out: %s", who.sub, what)
		}
	}
	ws, response, err := dialer.Dial("ws://"+s.process.Addr()+"/graphql", header)
	if err != nil {
		if response == nil || response.StatusCode != http.StatusUnauthorized {
			t.Error(err)
			return
		}
		_ = response.Body.Close()
		kept(err.Error())
		return
	}
	_ = response.Body.Close()
	defer ws.Close()
	defer context.AfterFunc(ctx, func() { _ = ws.Close() })()
	_ = ws.SetReadDeadline(time.Now().Add(k.bound())) // what fails here fails below
	_ = ws.WriteJSON(tree{"type": "connection_init", "payload": init})
	for {
		var m struct {
			Type    string
			Payload json.RawMessage
		}
		if err := ws.ReadJSON(&m); err != nil {
			switch {
			case websocket.IsCloseError(err, 4403):
				kept(err.Error())
				if k.events > 0 {
					s.note("expired")
				}
			case ctx.Err() == nil:
				t.Errorf("a socket of %s ends with %v after %d events", who.sub, err, k.events)
			}
			return
		}
		switch m.Type {
		case "connection_ack":
			_ = ws.WriteJSON(tree{"type": "subscribe", "id": "1", "payload": request})
		case "next", "error":
			k.take(t, s, m.Payload)
		case "complete":
			return
		}
		if m.Type == "error" || k.events == leave && who.expires.After(time.Now().Add(time.Minute)) {
			return
		}
	}
}

func (s *policySoak) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[what]
}
