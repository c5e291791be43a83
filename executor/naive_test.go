package executor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/weftql/weft/planner/plan"
)

// naive completes a decoded answer of a plan with one root fetch as the GraphQL
// specification words it, value by value, to compare the executor with.
type naive struct {
	p      *plan.Plan
	errors int
	links  map[*tree]any // the entity that hangs in link 0 of an object
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
	entity := &tree{}
	if len(o.Records) > 1 {
		switch found := n.links[t].(type) {
		case *tree:
			entity = found
		case nil:
		default:
			n.errors++ // an entity that is no object
		}
	}
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
		var v any
		switch {
		case f.Write != nil:
			v = n.written(o, f, shape, t)
		case f.From.Record < 0:
			v = kind
		case f.From.Record == 1:
			k := &n.p.Shapes[n.p.Fetches[1].Sets[0].Shape].Keys[f.From.Key]
			v = n.value(f, k, 0, entity.get(k.Name))
		default:
			v = n.field(o, f, shape, t)
		}
		if v == (violated{}) {
			return v
		}
		out.names, out.values = append(out.names, f.Name), append(out.values, v)
	}
	return out
}

// field completes a field of the object's own record.
func (n *naive) field(o *plan.Object, f *plan.Field, shape int, t *tree) any {
	if f.Write != nil {
		return n.written(o, f, shape, t)
	}
	k := &n.p.Shapes[shape].Keys[f.From.Key]
	return n.value(f, k, 0, t.get(k.Name))
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
		if f.Write != nil && f.Write.Flat {
			return n.field(f.Object, &f.Object.Fields[0], k.Shape, t)
		}
		return n.object(f.Object, k.Shape, t)
	}
	if !leafOK(k, v) {
		n.errors++
		return nil
	}
	return writtenLeaf(f.Write, v)
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
	case plan.Any, plan.ID: // the plans here have no ID
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

const naiveEntityPlan = `
subgraphs a b
shape 1
  top [2]
  one 3
shape 2 links 1
  id String
  n Int
shape 3
  item 2
shape 4
  m Int
  s String
  list [5]
shape 5
  x Boolean
fetch a
  data 1
fetch b after 0
  _entities r T 4
    to 2.0
      id! .0
data
  top 0.0 [T]
    records 0/0
    n 0.1 T
    m 1.0 T!
    list 1.2 [T!]
      x 0.0 T!
  one 0.1 T
    item 0.0 T!
      records 0/0
      id 0.0 T
      s 1.1 T
      m 1.0 T
`

// FuzzNaiveEntities is FuzzNaive for a plan with entities: representations are
// made of valid keys in the order they are met, once each.
func FuzzNaiveEntities(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"top":[{"id":"1","n":1},{"id":"2"},{"id":"1"},null,{"id":null},{"n":"x","id":5}],"one":{"item":{"id":"3"}}}`, `[{"m":1,"s":"x","list":[{"x":true}]},null,{"m":null,"s":7}]`},
		{`{"top":[{"id":"1"}],"one":{"item":{"id":"1"}}}`, `[{"m":1,"list":[{"x":true},{"x":null}]}]`},
		{`{"one":{"item":{"id":"1"},"item":{"id":"2"}},"top":[{"id":"1"}]}`, `[5]`},
		{`{"top":[{"id":"a"},{"id":"b"}],"one":{"item":null}}`, `[{"m":1}]`},
		{`{"top":[],"one":{"item":{"id":""}}}`, `null`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	p, err := parsePlan(naiveEntityPlan)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data, list []byte) {
		for _, text := range [][]byte{data, list} {
			if !json.Valid(text) || depth(text) > 100 || bytes.ContainsRune(text, '\\') || !utf8.Valid(text) {
				return
			}
		}
		decoded, err := decodeTree(data)
		root, ok := decoded.(*tree)
		if err != nil || !ok {
			return
		}
		n := &naive{p: p, links: map[*tree]any{}}
		n.hang(root, list)
		want := n.object(&p.Data, 1, root)
		if want == (violated{}) {
			want = nil
		}
		got, _ := runBytes(p, "direct", []string{`{"data":` + string(data) + `}`, `{"data":{"_entities":` + string(list) + `}}`}, 0)
		body, errors, _ := strings.Cut(got, "\x00")
		answer, err := decodeTree([]byte(body))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if found := answer.(*tree).get("data"); !reflect.DeepEqual(found, want) || (n.errors > 0) != (errors != "") {
			t.Errorf("%s\n%s\ngot  %s\n%s\nwant %s (%d errors)", data, list, body, errors, show(want), n.errors)
		}
	})
}

// hang answers the objects of a naiveEntityPlan's root with a list of entities.
func (n *naive) hang(root *tree, list []byte) {
	var holders []*tree
	for _, name := range root.names {
		switch v := root.get(name).(type) {
		case []any:
			for _, item := range v {
				if t, ok := item.(*tree); ok && name == "top" {
					holders = append(holders, t)
				}
			}
		case *tree:
			if t, ok := v.get("item").(*tree); ok && name == "one" {
				holders = append(holders, t)
			}
		}
	}
	refs := map[string]int{}
	for _, t := range holders {
		if id, ok := t.get("id").(string); ok {
			if _, known := refs[id]; !known {
				refs[id] = len(refs)
			}
		}
	}
	if len(refs) == 0 {
		return
	}
	decoded, err := decodeTree(list)
	entities, ok := decoded.([]any)
	if err != nil || !ok || len(entities) != len(refs) {
		n.errors++
		return
	}
	for _, t := range holders {
		if id, ok := t.get("id").(string); ok {
			n.links[t] = entities[refs[id]]
		}
	}
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
