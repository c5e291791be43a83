package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
)

func newCORS(t *testing.T, policies ...CORSPolicy) *CORS {
	t.Helper()
	c, err := NewCORS(policies)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// corsHeaders lists what a response says to browsers.
func corsHeaders(h http.Header) string {
	var out []string
	for _, name := range []string{"Origin", "Credentials", "Methods", "Headers", "Private-Network"} {
		if v := h.Get("Access-Control-Allow-" + name); v != "" {
			out = append(out, strings.ToLower(name)+"="+v)
		}
	}
	for _, name := range []string{"Expose-Headers", "Max-Age"} {
		if v := h.Get("Access-Control-" + name); v != "" {
			out = append(out, strings.ToLower(name)+"="+v)
		}
	}
	if v := strings.Join(h["Vary"], ", "); v != "" && v != "Accept" {
		out = append(out, "vary="+strings.TrimSuffix(v, ", Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"))
	}
	return strings.Join(out, " ")
}

// TestCORSMatrix is policy × origin × kind of request.
func TestCORSMatrix(t *testing.T) {
	shop := CORSPolicy{Origins: []string{"https://shop.example", "http://localhost:3000"}, Matching: []string{`https://[a-z]+\.shop\.example`},
		Methods: []string{"GET", "POST"}, AllowHeaders: []string{"authorization"}, ExposeHeaders: []string{"x-request-id"}, Credentials: true,
		MaxAge: time.Hour, PrivateNetwork: true}
	all := CORSPolicy{Origins: []string{"*"}}
	const granted = "credentials=true methods=GET, POST headers=content-type, authorization"
	for _, c := range []struct {
		name     string
		policies []CORSPolicy
		origin   string
		simple   string // of a POST
		ask      string // of a preflight; "-" is none at all: the request is like any other
	}{
		{"off", nil, "https://shop.example", "", "-"},
		{"exact", []CORSPolicy{shop}, "https://shop.example",
			"origin=https://shop.example credentials=true expose-headers=x-request-id vary=Origin, Accept", "origin=https://shop.example " + granted + " max-age=3600 vary=Origin"},
		{"exact, in capitals", []CORSPolicy{shop}, "HTTPS://Shop.Example",
			"origin=HTTPS://Shop.Example credentials=true expose-headers=x-request-id vary=Origin, Accept", "origin=HTTPS://Shop.Example " + granted + " max-age=3600 vary=Origin"},
		{"exact with port", []CORSPolicy{shop}, "http://localhost:3000",
			"origin=http://localhost:3000 credentials=true expose-headers=x-request-id vary=Origin, Accept", "origin=http://localhost:3000 " + granted + " max-age=3600 vary=Origin"},
		{"another port", []CORSPolicy{shop}, "http://localhost:3001", "vary=Origin, Accept", "vary=Origin"},
		{"another scheme", []CORSPolicy{shop}, "http://shop.example", "vary=Origin, Accept", "vary=Origin"},
		{"expression", []CORSPolicy{shop}, "https://m.shop.example",
			"origin=https://m.shop.example credentials=true expose-headers=x-request-id vary=Origin, Accept", "origin=https://m.shop.example " + granted + " max-age=3600 vary=Origin"},
		{"expression, with something behind", []CORSPolicy{shop}, "https://m.shop.example.evil.example", "vary=Origin, Accept", "vary=Origin"},
		{"expression, with something before", []CORSPolicy{shop}, "https://evil.example/https://m.shop.example", "vary=Origin, Accept", "vary=Origin"},
		{"no origin", []CORSPolicy{shop}, "", "vary=Origin, Accept", "-"},
		{"null is nobody", []CORSPolicy{shop}, "null", "vary=Origin, Accept", "vary=Origin"},
		{"null by name", []CORSPolicy{{Origins: []string{"null"}}}, "null", "origin=null vary=Origin, Accept", "origin=null methods=GET, HEAD, POST, PUT, PATCH, DELETE headers=content-type,x-a vary=Origin"},
		{"null, no expression", []CORSPolicy{{Matching: []string{".*"}}}, "null", "vary=Origin, Accept", "vary=Origin"},
		{"all", []CORSPolicy{all}, "https://any.example", "origin=*", "origin=* methods=GET, HEAD, POST, PUT, PATCH, DELETE headers=content-type,x-a vary=Origin"},
		{"all has null", []CORSPolicy{all}, "null", "origin=*", "origin=* methods=GET, HEAD, POST, PUT, PATCH, DELETE headers=content-type,x-a vary=Origin"},
		{"the first policy counts", []CORSPolicy{shop, all}, "https://shop.example",
			"origin=https://shop.example credentials=true expose-headers=x-request-id vary=Origin, Accept", "origin=https://shop.example " + granted + " max-age=3600 vary=Origin"},
		{"all others", []CORSPolicy{shop, all}, "https://any.example", "origin=* vary=Origin, Accept", "origin=* methods=GET, HEAD, POST, PUT, PATCH, DELETE headers=content-type,x-a vary=Origin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			engine := &fake{}
			h := NewHandler(engine, Options{CORS: newCORS(t, c.policies...)})
			r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{a}"}`))
			r.Header.Set("Content-Type", "application/json")
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := corsHeaders(w.Header()); got != c.simple || w.Code != http.StatusOK {
				t.Errorf("the request: %d\n got %s\nwant %s", w.Code, got, c.simple)
			}
			r = httptest.NewRequest(http.MethodOptions, "/graphql", nil)
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "content-type,x-a")
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			w = httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if c.ask == "-" {
				if w.Code != http.StatusMethodNotAllowed {
					t.Errorf("no preflight was expected: %d", w.Code)
				}
			} else if got := corsHeaders(w.Header()); got != c.ask || w.Code != http.StatusNoContent || w.Body.Len() > 0 {
				t.Errorf("the preflight: %d %s\n got %s\nwant %s", w.Code, w.Body, got, c.ask)
			}
		})
	}
}

func TestCORSDetails(t *testing.T) {
	preflight := func(p CORSPolicy, header ...string) http.Header {
		h := NewHandler(&fake{}, Options{CORS: newCORS(t, p)})
		r := httptest.NewRequest(http.MethodOptions, "/somewhere", nil)
		r.Header.Set("Origin", "https://a.example")
		r.Header.Set("Access-Control-Request-Method", "PUT")
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Header()
	}
	near := CORSPolicy{Origins: []string{"https://a.example"}, PrivateNetwork: true}
	if got := preflight(near, "Access-Control-Request-Private-Network", "true").Get("Access-Control-Allow-Private-Network"); got != "true" {
		t.Errorf("private network: %q", got)
	}
	near.PrivateNetwork = false
	if got := preflight(near, "Access-Control-Request-Private-Network", "true").Get("Access-Control-Allow-Private-Network"); got != "" {
		t.Errorf("private network although it is off: %q", got)
	}
	if got := preflight(near, "Access-Control-Request-Headers", "x-a\x01").Get("Access-Control-Allow-Headers"); got != "" {
		t.Errorf("no header names: %q", got)
	}
	if got := preflight(near, "Origin", "https://b.example").Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("two origins: %q", got)
	}
}

func TestCORSRefusals(t *testing.T) {
	_, err := NewCORS([]CORSPolicy{
		{Origins: []string{"*"}, Credentials: true},
		{Origins: []string{"https://a.example", "null"}, Credentials: true},
		{Matching: []string{"https?://.*"}, Credentials: true},
		{Matching: []string{"("}},
		{Origins: []string{"https://a.example/path", "a.example"}},
		{},
	})
	var got []string
	for _, f := range fault.Of(err) {
		where, _, _ := strings.Cut(f.Message, ": ")
		got = append(got, where)
		if f.Code != fault.ConfigInvalid {
			t.Errorf("code %s", f.Code)
		}
	}
	const want = "edge.cors[0].origins[0] edge.cors[1].origins[1] edge.cors[2].matching[0] edge.cors[3].matching[0] edge.cors[4].origins[0] edge.cors[4].origins[1] edge.cors[5]"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// TestCORSStreams lets pages open WebSockets and event streams by the same
// policies, without cookies where a policy allows none.
func TestCORSStreams(t *testing.T) {
	cors := newCORS(t, CORSPolicy{Origins: []string{"https://shop.example"}, Credentials: true}, CORSPolicy{Origins: []string{"https://open.example"}})
	for _, c := range []struct {
		origin  string
		allowed bool
		cookie  string // that operations see
	}{
		{"", true, "sid=1"},
		{"http://weft.test", true, "sid=1"},
		{"https://shop.example", true, "sid=1"},
		{"https://open.example", true, ""},
		{"https://evil.example", false, ""},
		{"null", false, ""},
	} {
		engine := newStreaming()
		server := startStreams(t, engine, Options{CORS: cors})
		header := http.Header{"Sec-WebSocket-Protocol": {transportWS}, "Cookie": {"sid=1"}, "Authorization": {"c:" + c.cookie}}
		if c.origin != "" {
			header["Origin"] = []string{c.origin}
		}
		client := dial(t, server, header)
		if got := client.head.StatusCode == http.StatusSwitchingProtocols; got != c.allowed {
			t.Errorf("%q: WebSocket %d", c.origin, client.head.StatusCode)
		}
		if c.allowed {
			client.send(`{"type":"connection_init"}`)
			client.expect(`{"type":"connection_ack"}`)
			client.send(`{"id":"1","type":"subscribe","payload":{"query":"{a}"}}`)
			client.read()
			want := "c:" + c.cookie
			if c.origin == "https://open.example" {
				want = ""
			}
			if _, ok := engine.headers.Load(want); !ok {
				t.Errorf("%q: operations see other credentials than %q", c.origin, want)
			}
			client.conn.Close()
		}

		h := NewHandler(newStreaming(), Options{CORS: cors})
		r := httptest.NewRequest(http.MethodGet, "http://weft.test/graphql?query=count+1", nil)
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("Cookie", "sid=1")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		switch c.origin {
		case "":
			r.Header.Del("Sec-Fetch-Site")
		case "http://weft.test":
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			fallthrough
		default:
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Code == http.StatusOK; got != c.allowed {
			t.Errorf("%q: event stream %d %s", c.origin, w.Code, w.Body)
		}
		if cross := c.allowed && strings.HasPrefix(c.origin, "https://"); cross && w.Header().Get("Access-Control-Allow-Origin") != c.origin {
			t.Errorf("%q: the event stream may not be read", c.origin)
		}
		if got := r.Header.Get("Cookie"); c.allowed && got != c.cookie {
			t.Errorf("%q: the event stream comes with %q", c.origin, got)
		}
	}
}

// TestPagesKeepTheirTokens takes from a page without credentials what its
// browser added, and nothing else.
func TestPagesKeepTheirTokens(t *testing.T) {
	for given, want := range map[string]string{"Bearer abc": "Bearer abc", "bearer abc": "bearer abc", "Basic abc": "", "Negotiate abc": "", "Bearer": "", "": ""} {
		h := NewHandler(newStreaming(), Options{CORS: newCORS(t, CORSPolicy{Origins: []string{"*"}})})
		r := httptest.NewRequest(http.MethodGet, "http://weft.test/graphql?query=count+1", nil)
		r.Header = http.Header{"Accept": {"text/event-stream"}, "Origin": {"https://a.example"}, "Cookie": {"sid=1"}, "X-Api-Key": {"k"}}
		if given != "" {
			r.Header.Set("Authorization", given)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || r.Header.Get("Authorization") != want || r.Header.Get("Cookie") != "" || r.Header.Get("X-Api-Key") != "k" {
			t.Errorf("%q: %d, left %v", given, w.Code, r.Header)
		}
	}
}
