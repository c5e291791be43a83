package server

import (
	"encoding/json"

	"github.com/weftql/weft/fault"
)

// envelope is a GraphQL request found in a JSON text by its extents. Nothing
// is decoded but keys and the operation name.
type envelope struct {
	query      []byte // raw string content, see escaped
	escaped    bool
	hasQuery   bool
	name       string
	documentID string
	// variables and extensions are raw JSON objects, nil when absent or null.
	variables, extensions []byte
}

// topLevel are the members that mean something. Each may occur once: proxies
// that filter requests may look at another occurrence than we do.
var topLevel = [...]string{"query", "operationName", "variables", "extensions", "documentId"}

// scan finds the members in body, which is UTF-8. It checks the whole text, so
// that what it hands on is well-formed JSON. Faults are BAD_REQUEST and
// BATCHING_NOT_ENABLED.
func (e *envelope) scan(body []byte) error {
	s := scanner{text: body}
	s.space()
	if s.peek() == '[' {
		if err := s.value(); err != nil {
			return err
		}
		return &fault.Error{Code: fault.BatchingNotEnabled, Message: "a list of requests needs batching, which is not enabled"}
	}
	if s.peek() != '{' {
		return s.fail("the body must be a JSON object")
	}
	seen := 0
	err := s.members(func(key []byte) error {
		index := memberIndex(key)
		if index < 0 {
			return s.value()
		}
		if seen&(1<<index) != 0 {
			return illShaped(`the member "` + topLevel[index] + `" is given more than once`)
		}
		seen |= 1 << index
		from := s.at
		if err := s.value(); err != nil {
			return err
		}
		return e.member(topLevel[index], body[from:s.at])
	})
	if err != nil {
		return err
	}
	s.space()
	if s.at != len(body) {
		return s.fail("the body goes on after its JSON object")
	}
	return nil
}

func memberIndex(key []byte) int {
	for i, name := range topLevel {
		if string(key) == name {
			return i
		}
	}
	return -1
}

// member takes one member; raw is its well-formed JSON value.
func (e *envelope) member(name string, raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	switch name {
	case "variables", "extensions":
		if raw[0] != '{' {
			return illShaped(`"` + name + `" must be an object`)
		}
		if name == "variables" {
			e.variables = raw
		} else {
			e.extensions = raw
		}
		return nil
	}
	if raw[0] != '"' {
		return illShaped(`"` + name + `" must be a string`)
	}
	content := raw[1 : len(raw)-1]
	escaped := hasEscape(content)
	if name == "query" {
		e.query, e.escaped, e.hasQuery = content, escaped, true
		return nil
	}
	text := string(content)
	if escaped {
		// Cannot fail: the scanner checked the string.
		_ = json.Unmarshal(raw, &text)
	}
	if name == "operationName" {
		e.name = text
	} else {
		e.documentID = text
	}
	return nil
}

// parameter takes one parameter of a URL.
func (e *envelope) parameter(name, value string) error {
	switch name {
	case "query":
		e.query, e.hasQuery = []byte(value), true
		return nil
	case "operationName":
		e.name = value
		return nil
	case "documentId":
		e.documentID = value
		return nil
	}
	s := scanner{text: []byte(value)}
	s.space()
	from := s.at
	if err := s.value(); err != nil {
		return badRequest("the parameter " + name + " is not JSON")
	}
	raw := s.text[from:s.at]
	if s.space(); s.at != len(s.text) {
		return badRequest("the parameter " + name + " is not JSON")
	}
	return e.member(name, raw)
}

// persisted returns the hash of an automatic persisted query that the
// extensions name, "" without one. It is off the hot path.
func (e *envelope) persisted() string {
	var extensions struct {
		PersistedQuery struct {
			SHA256Hash string `json:"sha256Hash"`
		} `json:"persistedQuery"`
	}
	if e.extensions == nil || json.Unmarshal(e.extensions, &extensions) != nil {
		return ""
	}
	return extensions.PersistedQuery.SHA256Hash
}

func hasEscape(content []byte) bool {
	for _, c := range content {
		if c == '\\' {
			return true
		}
	}
	return false
}
