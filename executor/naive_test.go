package executor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/weftql/weft/planner/plan"
)

// naive completes a decoded answer of a plan with one root fetch as the GraphQL
// specification words it, value by value, to compare the executor with.
type naive struct {
	p      *plan.Plan
	errors int
}

// tree is a decoded object: members in order, the first of equal names only.
type tree struct {
	names  []string
	values []any
}

func (t *tree) get(name string) any {
	for i, n := range t.names {
		if n == name {
			return t.values[i]
		}
	}
	return nil
}

// decodeTree decodes JSON into *tree, []any, json.Number, string, bool and nil.
func decodeTree(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return decodeValue(d)
}

func decodeValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		t := &tree{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			if t.get(name.(string)) == nil && !contains(t.names, name.(string)) {
				t.names, t.values = append(t.names, name.(string)), append(t.values, v)
			}
		}
		_, err := d.Token()
		return t, err
	}
	return token, nil
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// null is the value of a place that must be null further up.
type violated struct{}

// object completes a client object from an answer object.
func (n *naive) object(o *plan.Object, shape int, t *tree) any {
	keys := n.p.Shapes[shape].Keys
	kind := o.Static
	if o.Type.Record >= 0 {
		kind, _ = t.get(keys[o.Type.Key].Name).(string)
		if kind == "" || o.Types != nil && !contains(o.Types, kind) {
			n.errors++
			return violated{}
		}
	}
	out := &tree{}
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.On != nil && !contains(f.On, kind) {
			continue
		}
		if f.From.Record < 0 {
			out.names, out.values = append(out.names, f.Name), append(out.values, kind)
			continue
		}
		k := &keys[f.From.Key]
		v := n.value(f, k, 0, t.get(k.Name))
		if v == (violated{}) {
			return v
		}
		out.names, out.values = append(out.names, f.Name), append(out.values, v)
	}
	return out
}

// value completes a value below level lists.
func (n *naive) value(f *plan.Field, k *plan.Key, level int, v any) any {
	done := n.nonNull(f, k, level, v)
	if done == nil {
		done = violated{}
		if v == nil && f.Nullable&(1<<level) == 0 {
			n.errors++
		}
	}
	if done == (violated{}) && f.Nullable&(1<<level) != 0 {
		return nil
	}
	return done
}

// nonNull is the completed value, nil for null and for what is not of the
// plan's type.
func (n *naive) nonNull(f *plan.Field, k *plan.Key, level int, v any) any {
	if v == nil {
		return nil
	}
	if level < int(k.Lists) {
		list, ok := v.([]any)
		if !ok {
			n.errors++
			return nil
		}
		out := []any{}
		for _, item := range list {
			item = n.value(f, k, level+1, item)
			if item == (violated{}) {
				return item
			}
			out = append(out, item)
		}
		return out
	}
	if k.Shape != 0 {
		t, ok := v.(*tree)
		if !ok {
			n.errors++
			return nil
		}
		return n.object(f.Object, k.Shape, t)
	}
	if !leafOK(k, v) {
		n.errors++
		return nil
	}
	return v
}

func leafOK(k *plan.Key, v any) bool {
	number, isNumber := v.(json.Number)
	text, isString := v.(string)
	_, isBool := v.(bool)
	switch k.Class {
	case plan.Int:
		_, err := strconv.ParseInt(number.String(), 10, 32)
		return isNumber && err == nil
	case plan.Float:
		return isNumber
	case plan.Boolean:
		return isBool
	case plan.String:
		return isString
	case plan.Enum:
		return isString && contains(k.Enum, text)
	}
	return true
}

const naivePlan = `
subgraphs a
shape 1
  int Int
  float Float
  bool Boolean
  string String
  enum Enum:RED,BLUE
  any Any
  ints [Int]
  grid [[Int]]
  obj 2
  objs [2]
  table [[2]]
  feed [3]
shape 2
  id String
  n Int
  obj 4
shape 3
  __typename String
  title String
  length Int
shape 4
  enum Enum:RED,BLUE
  any [Any]
fetch a
  data 1
data
  int 0.0 T
  float 0.1 T
  bool 0.2 T
  string 0.3 T
  enum 0.4 T
  any 0.5 T
  ints 0.6 [T!]
  grid 0.7 [[T]!]
  obj 0.8 T
    id 0.0 T!
    n 0.1 T
    o 0.2 T!
      e 0.0 T
      e2 0.0 T!
      a 0.1 [T!]
  objs 0.9 [T!]
    id 0.0 T!
    o 0.2 T
      e 0.0 T!
  table 0.10 [[T!]]
    id 0.0 T!
    n 0.1 T!
  feed 0.11 [T]
    type 0.0
    types Film,Person
    kind typename T!
    title 0.1 T! on Film
    name 0.1 T on Person
    n 0.2 T! on Person
`

// FuzzNaive compares parser, writer and null propagation with the naive
// completion.
func FuzzNaive(f *testing.F) {
	for _, seed := range []string{
		`{"int":1,"float":1.5e3,"bool":true,"string":"x\u00e9","enum":"RED","any":{"a":[1,null]},"ints":[1,2],"grid":[[1,null],[]],"obj":{"id":"1","n":null,"obj":{"enum":"BLUE","any":[1,"x",{}]}}}`,
		`{"ints":[1,null],"grid":[null],"obj":{"id":"1","obj":{"enum":"GREEN"}},"objs":[{"id":"1","obj":{"enum":null}},{"id":null}],"table":[[{"id":"1","n":2},null],null,[{"id":"1"}]]}`,
		`{"feed":[{"__typename":"Film","title":"t"},{"title":"u","__typename":"Person","length":1},{"__typename":"Secret"},{"__typename":"Person"},null,{"__typename":5}]}`,
		`{"obj":{"id":"1","obj":{"enum":"RED","any":[null]}},"int":2147483648,"float":"1","bool":0,"string":{},"objs":{}}`,
		`{"obj":[],"objs":[{"id":"a","obj":null}],"obj":{"id":"2"},"grid":[[1],[2.0]]}`,
	} {
		f.Add([]byte(seed))
	}
	p, err := parsePlan(naivePlan)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, err := decodeTree(data)
		root, ok := decoded.(*tree)
		if err != nil || !ok || !json.Valid(data) || depth(data) > 100 || bytes.ContainsRune(data, '\\') {
			return
		}
		n := &naive{p: p}
		want := n.object(&p.Data, 1, root)
		got, _ := runBytes(p, "direct", []string{`{"data":` + string(data) + `}`}, 0)
		body, errors, _ := strings.Cut(got, "\x00")
		if strings.Contains(errors, "MALFORMED") {
			return // invalid UTF-8
		}
		answer, err := decodeTree([]byte(body))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		found := answer.(*tree).get("data")
		if want == (violated{}) {
			want = nil
		}
		if !reflect.DeepEqual(found, want) || (n.errors > 0) != (errors != "") {
			t.Errorf("%s\ngot  %s\n%s\nwant %s (%d errors)", data, body, errors, show(want), n.errors)
		}
	})
}

func show(v any) string {
	switch v := v.(type) {
	case *tree:
		var b strings.Builder
		for i := range v.names {
			fmt.Fprintf(&b, " %s:%s", v.names[i], show(v.values[i]))
		}
		return "{" + b.String() + " }"
	case []any:
		var b strings.Builder
		for _, item := range v {
			b.WriteString(show(item) + " ")
		}
		return "[" + b.String() + "]"
	}
	return fmt.Sprint(v)
}
