package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
)

// environment has NAME=value pairs of a case's env: lines and its files.
func environment(c *golden.Case) Environment {
	return Environment{
		Lookup: func(name string) (string, bool) {
			for _, pair := range c.Headers("env") {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value, true
				}
			}
			return "", false
		},
		ReadFile: func(path string) ([]byte, error) {
			if text, ok := c.Input(strings.TrimPrefix(path, "/etc/weft/")); ok {
				return []byte(text), nil
			}
			return nil, os.ErrNotExist
		},
	}
}

// TestCases reads a file and compares what it holds, as JSON without what is
// unset, or every mistake.
func TestCases(t *testing.T) {
	golden.Run(t, "testdata", []string{"config.json", "errors.txt"}, func(t *testing.T, c *golden.Case) {
		got, err := Parse("/etc/weft/weft.yaml", []byte(c.Must(t, "weft.yaml")), environment(c))
		if err != nil {
			var list fault.List
			if !errors.As(err, &list) || got != nil {
				t.Fatalf("%v is no list, or came with a value", err)
			}
			lines := make([]string, len(list))
			for i, e := range list {
				if e.Code != fault.ConfigInvalid {
					t.Errorf("code %s", e.Code)
				}
				lines[i] = strings.TrimPrefix(e.Message, "/etc/weft/")
			}
			c.Output(t, "errors.txt", strings.Join(lines, "\n"))
			return
		}
		c.Output(t, "config.json", compact(t, got))
	})
}

// compact prints a value without its zero parts.
func compact(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(prune(tree), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			if v[key] = prune(item); v[key] == nil || key == "Dir" || v[key] == false {
				delete(v, key)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	case float64:
		if v == 0 {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}

func TestLoadMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"), Environment{})
	if fault.CodeOf(err) != fault.SchemaUnavailable || !strings.HasSuffix(err.Error(), "none.yaml: no such file or directory") {
		t.Error(err)
	}
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]Bytes{"0": 0, "4096": 4096, "64KiB": 65536, "2 MiB": 2 << 20, "1GiB": 1 << 30, "5KB": 5000, "7B": 7} {
		var b Bytes
		if err := b.parse(text); err != nil || b != want {
			t.Errorf("%s: %d, %v", text, b, err)
		}
	}
	for _, text := range []string{"", "-1", "1.5MiB", "MiB", "10TB", "99999999999999999999", "9999999999GiB"} {
		var b Bytes
		if b.parse(text) == nil {
			t.Errorf("%s is %d", text, b)
		}
	}
	var d Duration
	if d.parse("1m30s") != nil || time.Duration(d) != 90*time.Second || d.parse("-1s") == nil || d.parse("10") == nil {
		t.Error(d)
	}
}

// TestJSONSchemaCoversTheTypes checks that every key of the example is in the
// schema, and that unknown keys are refused there too.
func TestJSONSchemaCoversTheTypes(t *testing.T) {
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if s["additionalProperties"] != false {
		t.Error("the schema accepts unknown keys")
	}
	for _, word := range []string{`"status_policy"`, `"compatible"`, `"max_response_bytes"`, `"poll"`, `"warn"`, `"labels"`} {
		if !strings.Contains(string(text), word) {
			t.Errorf("the schema has no %s", word)
		}
	}
}

// FuzzParse checks that no text panics, and that every failure has a place.
func FuzzParse(f *testing.F) {
	f.Add("a: &x [*x, {b: ${env:A:-1}}]\nversion: 1\n")
	f.Add("subgraphs: {list: [{name: a, schema: a.graphql}]}")
	f.Add("graphs:\n- <<: *y\n  name: !!str 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := Parse("weft.yaml", []byte(text), Environment{})
		var list fault.List
		if err != nil && !errors.As(err, &list) {
			t.Fatalf("%v", err)
		}
		for _, e := range list {
			if !strings.HasPrefix(e.Message, fmt.Sprintf("weft.yaml:%d:%d: ", e.Locations[0].Line, e.Locations[0].Column)) {
				t.Fatalf("no place: %s", e.Message)
			}
		}
	})
}
