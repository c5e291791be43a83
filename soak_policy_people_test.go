package weft_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// policyPeople are the two subgraphs of TestPolicySoak. What they say of a user
// is marked with who may see it, and with "#" and the subject it was asked for.
// They know who must be asking: ids and topics begin with the subject, which
// ends with hr for those who have the scope.
type policyPeople struct {
	t    *testing.T
	calm atomic.Bool
	open atomic.Int64

	mu      sync.Mutex
	touched map[string]int // by nonce
}

func newPolicyPeople(t *testing.T) *policyPeople {
	return &policyPeople{t: t, touched: map[string]int{}}
}

// times returns how often a mutation has come.
func (p *policyPeople) times(nonce string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.touched[nonce]
}

// twice counts the mutations that have come more than once.
func (p *policyPeople) twice() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, times := range p.touched {
		if times > 1 {
			n++
		}
	}
	return n
}

// policyRequest is a request of weft's, with its one operation.
type policyRequest struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
	operation *ast.OperationDefinition
	sub       string // the claim's header
	header    http.Header
}

func readPolicyRequest(r *http.Request) *policyRequest {
	q := &policyRequest{sub: "nobody", header: r.Header}
	text, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(text, q) != nil {
		return nil // weft gave up in the middle
	}
	doc, failed := parser.ParseQuery(&ast.Source{Input: q.Query})
	if failed != nil {
		return nil
	}
	q.operation = doc.Operations[0]
	if sub := r.Header.Get("X-User-Id"); sub != "" {
		q.sub = sub
	}
	return q
}

// value returns an argument's value.
func (q *policyRequest) value(f *ast.Field, name string) string {
	v, _ := f.Arguments.ForName(name).Value.Value(q.Variables)
	return fmt.Sprint(v)
}

// owner holds what a request is about against who the headers say is asking.
func (p *policyPeople) owner(q *policyRequest, id string) {
	owner := id[:max(0, strings.LastIndexByte(id, '-'))]
	if owner != q.sub || len(q.header["X-User-Id"]) > 1 {
		p.t.Errorf("a request about %s is %q's", id, q.header["X-User-Id"])
	}
	if scope, sent := q.header["X-User-Scope"]; sent && scope[0] != scopesOf(owner) {
		p.t.Errorf("a request of %s with the scope %q", owner, scope)
	}
}

func scopesOf(sub string) string {
	if strings.HasSuffix(sub, "hr") {
		return "hr"
	}
	return "none"
}

// object answers a selection.
func (p *policyPeople) object(q *policyRequest, set ast.SelectionSet, typ, id string) map[string]any {
	out := map[string]any{}
	for _, s := range set {
		switch s := s.(type) {
		case *ast.InlineFragment:
			for key, v := range p.object(q, s.SelectionSet, typ, id) {
				out[key] = v
			}
		case *ast.Field:
			out[s.Alias] = p.field(q, s, typ, id)
		}
	}
	return out
}

func (p *policyPeople) field(q *policyRequest, f *ast.Field, typ, id string) any {
	allowed := true
	defer func() {
		if !allowed {
			p.t.Errorf("%s is asked for %s.%s", q.sub, typ, f.Name)
		}
	}()
	switch f.Name {
	case "__typename":
		return typ
	case "id", "nonce":
		return id
	case "at":
		return fmt.Sprint(time.Now().UnixNano())
	case "who", "seen":
		return "#" + q.sub
	case "name":
		return "open:#" + q.sub
	case "mail":
		allowed = q.sub != "nobody"
		return "known:#" + q.sub
	case "pay":
		allowed = scopesOf(q.sub) == "hr"
		return "hr:#" + q.sub
	case "plan":
		of := q.value(f, "of")
		allowed = of == q.sub
		return "plan:#" + of
	case "inner", "cost":
		allowed = strings.HasPrefix(q.sub, "reseller-")
		return f.Name + ":#" + q.sub
	}
	return nil
}

// answer answers the root fields, most of the time.
func (p *policyPeople) answer(w http.ResponseWriter, q *policyRequest) {
	out := map[string]any{}
	for _, s := range q.operation.SelectionSet {
		f, ok := s.(*ast.Field)
		if !ok {
			continue
		}
		switch f.Name {
		case "user":
			id := q.value(f, "id")
			p.owner(q, id)
			out[f.Alias] = p.object(q, f.SelectionSet, "User", id)
		case "touch":
			nonce := q.value(f, "nonce")
			p.owner(q, nonce)
			p.mu.Lock()
			p.touched[nonce]++
			p.mu.Unlock()
			out[f.Alias] = p.object(q, f.SelectionSet, "Touch", nonce)
		case "_entities":
			var list []any
			representations, _ := f.Arguments.ForName("representations").Value.Value(q.Variables)
			all, _ := representations.([]any)
			for _, one := range all {
				id := fmt.Sprint(one.(map[string]any)["id"])
				p.owner(q, id)
				list = append(list, p.object(q, f.SelectionSet, "User", id))
			}
			out[f.Alias] = list
		}
	}
	body, _ := json.Marshal(map[string]any{"data": out})
	w.Header().Set("Content-Type", "application/json")
	chance := rand.IntN(60)
	if p.calm.Load() {
		chance = 59
	}
	switch chance {
	case 0:
		http.Error(w, `{"secret":"stack trace"}`, http.StatusServiceUnavailable)
	case 1:
		panic(http.ErrAbortHandler) // hangs up
	case 2:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+1))
		_, _ = w.Write(body) // the gateway may have gone, here and below
	default:
		_, _ = w.Write(body)
	}
}

func (p *policyPeople) stock() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := readPolicyRequest(r); q != nil {
			p.answer(w, q)
		}
	})
}

// users answers, and plays streams of which some end.
func (p *policyPeople) users() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := readPolicyRequest(r)
		if q == nil {
			return
		}
		if q.operation.Operation != ast.Subscription {
			p.answer(w, q)
			return
		}
		p.open.Add(1)
		defer p.open.Add(-1)
		w.Header().Set("Content-Type", "text/event-stream")
		ticks, _ := q.operation.SelectionSet[0].(*ast.Field)
		topic := q.value(ticks, "topic")
		p.owner(q, topic)
		for range 200 {
			body, _ := json.Marshal(map[string]any{"data": map[string]any{ticks.Alias: p.object(q, ticks.SelectionSet, "Tick", topic)}})
			if _, err := fmt.Fprintf(w, "event: next\ndata: %s\n\n", body); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush() // it may have gone
			if !pause(r.Context(), time.Duration(1+rand.IntN(20))*time.Millisecond) {
				return
			}
		}
		_, _ = io.WriteString(w, "event: complete\ndata:\n\n")
	})
}

// policyIssuer signs tokens and publishes its keys: the first, which holds
// always, and the latest others.
type policyIssuer struct {
	name    string
	backend *soakBackend
	address string
	hangs   atomic.Bool

	mu   sync.Mutex
	keys []ed25519.PrivateKey // by kid
}

func startPolicyIssuer(t *testing.T, name string) *policyIssuer {
	p := &policyIssuer{name: name}
	p.rotate(t)
	p.backend = startSoakBackend(t, serveHTTP(http.HandlerFunc(p.publish)))
	p.address = p.backend.address
	return p
}

func (p *policyIssuer) rotate(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, private)
}

func (p *policyIssuer) publish(w http.ResponseWriter, r *http.Request) {
	if p.hangs.Load() {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []any{}
	for kid, key := range p.keys {
		if public, ok := key.Public().(ed25519.PublicKey); ok && (kid == 0 || kid >= len(p.keys)-3) {
			list = append(list, map[string]string{"kty": "OKP", "crv": "Ed25519", "kid": fmt.Sprint(kid), "x": base64.RawURLEncoding.EncodeToString(public)})
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": list})
}

// sign returns a token, with the first key or the newest, and whether it is the
// first.
func (p *policyIssuer) sign(t *testing.T, newest bool, claims jwt.MapClaims) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kid := 0
	if newest {
		kid = len(p.keys) - 1
	}
	claims["iss"] = p.name
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["kid"] = fmt.Sprint(kid)
	text, err := token.SignedString(p.keys[kid])
	if err != nil {
		t.Error(err)
	}
	return text, kid == 0
}

// principal is who a client is.
type principal struct {
	sub     string
	token   bool // has one
	sure    bool // it cannot be refused
	expires time.Time
	header  http.Header
}

// somebody draws a principal that no other client is at the same time.
func (s *policySoak) somebody(t *testing.T, random *rand.Rand, tag string, expires bool) *principal {
	p := &principal{sub: "nobody", sure: true, header: http.Header{"Content-Type": {"application/json"}, "X-User-Id": {"root"}, "X-User-Scope": {"hr"}}}
	kind := random.IntN(4)
	if kind == 0 && !expires {
		return p
	}
	p.sub, p.token = tag+pick(random, "hr", "no"), true
	p.expires = time.Now().Add(time.Hour)
	if expires && kind != 1 {
		p.expires = time.Now().Add(time.Duration(200+random.IntN(1500)) * time.Millisecond)
	}
	p.expires = p.expires.Truncate(time.Millisecond)
	var text string
	text, p.sure = pick(random, s.issuers...).sign(t, kind == 2, jwt.MapClaims{"sub": p.sub, "scope": scopesOf(p.sub), "exp": float64(p.expires.UnixMilli()) / 1000})
	p.header.Set("Authorization", "Bearer "+text)
	return p
}

// keyHolder is somebody with an API key.
func (s *policySoak) keyHolder(name string) *principal {
	return &principal{sub: name, sure: true, header: http.Header{"Content-Type": {"application/json"}, "X-User-Id": {"root"}, "X-Api-Key": {s.keys[name]}}}
}

// slowly waits for what takes its time.
func slowly(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !holds() {
		if !pause(ctx, 20*time.Millisecond) {
			t.Fatalf("%s: not after 30 s", what)
		}
	}
}
