package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// A vector passes only if value, absence and problems are as it says.
func TestMappingVectorsAreJudged(t *testing.T) {
	for _, c := range []struct{ vector, want string }{
		{`{"spec": "0.3", "selection": "b a", "input": {"a": 1, "b": [1.50]}, "expect": {"output": {"a": 1, "b": [1.5]}, "errorPaths": []}}`, ""},
		{`{"spec": "0.3", "selection": "a", "input": {"a": 1}, "expect": {"output": {"a": 1.0}}}`, "want {"},
		{`{"spec": "0.3", "selection": "a", "input": {"a": 1}, "expect": {"output": {"a": 1, "b": 2}}}`, "want {"},
		{`{"spec": "0.3", "selection": "a b", "input": {}, "expect": {"output": {}, "errorPaths": [["b"], ["a"]]}}`, "want problems"},
		{`{"spec": "0.3", "selection": "a b", "input": {}, "expect": {"output": {}, "errorPaths": [["a"], ["b"]]}}`, ""},
		{`{"spec": "0.3", "selection": "a.b", "input": {"a": [{}]}, "expect": {"output": [null], "errorPaths": [["a", 0, "b"]]}}`, ""},
		{`{"spec": "0.3", "selection": "$.a", "input": {}, "expect": {"output": null, "errorPaths": [["a"]]}}`, "has a value"},
		{`{"spec": "0.3", "selection": "$.a", "input": {"a": null}, "expect": {"absent": true}}`, "has a value"},
		{`{"spec": "0.3", "selection": "$.a", "input": {}, "expect": {"absent": true, "errorPaths": [["a"]]}}`, ""},
		{`{"spec": "0.2", "selection": "a?", "expect": {"parseError": true}}`, ""},
		{`{"spec": "0.3", "selection": "a?", "expect": {"parseError": true}}`, "want a parse error"},
		{`{"spec": "0.3", "selection": "a:", "expect": {"output": 1}}`, "does not parse"},
		{`{"spec": "0.3", "selection": "$args.x", "vars": {"$args": {"x": 1}}, "expect": {"output": 1}}`, ""},
	} {
		var v mappingVector
		if err := json.Unmarshal([]byte(c.vector), &v); err != nil {
			t.Fatal(err)
		}
		reason, _ := v.judge()
		if (reason == "") != (c.want == "") || !strings.HasPrefix(reason, c.want) {
			t.Errorf("%s: %s", c.vector, reason)
		}
	}
}
