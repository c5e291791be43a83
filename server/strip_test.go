package server

import "testing"

func TestStripInit(t *testing.T) {
	s := mustSettings(Options{Strip: []string{"X-User-Id"}})
	for given, want := range map[string]string{
		`{}`: `{}`,
		` { "Authorization" : "Bearer a" , "b":[1, {"x-user-id":1}] } `: ` { "Authorization" : "Bearer a" , "b":[1, {"x-user-id":1}] } `,
		`{"X-User-Id":"admin"}`: `{}`,
		` { "x_user_id" : {"a":","} , "Authorization" : "Bearer a", "x-user\u002did":2 ,"z":","}`: `{"Authorization" : "Bearer a","z":","}`,
		`{"a":1,"X-USER-ID":null}`: `{"a":1}`,
	} {
		if got := string(s.stripInit([]byte(given))); got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}
