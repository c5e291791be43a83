package executor

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/weftql/weft/planner/plan"
)

// written completes a value that is not written as it stands, by the words of
// plan.Write.
func (n *naive) written(o *plan.Object, f *plan.Field, shape int, t *tree) any {
	done := n.rewritten(o, f, shape, t)
	if done == nil && f.Write.Default != "" {
		v, err := decodeTree([]byte(f.Write.Default))
		if err != nil {
			panic(err)
		}
		return v
	}
	return done
}

func (n *naive) rewritten(o *plan.Object, f *plan.Field, shape int, t *tree) any {
	w := f.Write
	switch {
	case w.Null:
		return n.absent(f)
	case w.Expr == 1:
		list := []any{}
		for i := range w.Uses {
			v := n.field(o, &w.Uses[i], shape, t)
			if v == (violated{}) {
				return n.absent(f)
			}
			list = append(list, v)
		}
		return list
	case w.Expr > 1:
		n.errors++
		return n.absent(f)
	}
	k := &n.p.Shapes[shape].Keys[f.From.Key]
	v := t.get(k.Name)
	if list, ok := v.([]any); ok && (w.Item > 0 || w.Where != nil || w.Cap > 0) {
		at := w.Item - 1
		switch {
		case w.Where != nil:
			at = n.first(f, k, list)
		case w.Item == 0:
			return n.value(f, k, 0, list[:min(len(list), w.Cap)])
		}
		if at >= len(list) {
			return n.absent(f)
		}
		return n.value(f, k, 1, list[at])
	}
	return n.value(f, k, 0, v)
}

// absent is null that is nobody's mistake.
func (n *naive) absent(f *plan.Field) any {
	if f.Nullable&1 != 0 {
		return nil
	}
	return violated{}
}

func (n *naive) first(f *plan.Field, k *plan.Key, list []any) int {
	name := n.p.Shapes[k.Shape].Keys[f.Write.Where[0].From.Key].Name
	for i, item := range list {
		if t, ok := item.(*tree); ok && t.get(name) == true {
			return i
		}
	}
	return len(list)
}

// leaf is a leaf as the client gets it.
func writtenLeaf(w *plan.Write, v any) any {
	if w == nil {
		return v
	}
	if text, ok := v.(string); ok {
		for i := 0; i < len(w.Enum); i += 2 {
			if w.Enum[i] == text {
				return w.Enum[i+1]
			}
		}
	}
	if number, ok := v.(json.Number); ok && w.Quote {
		return number.String()
	}
	return v
}

const naiveWritePlan = `
subgraphs a
shape 1
  name String
  kind Enum:RED,BLUE
  kinds [Enum:RED,BLUE]
  n Int
  grid [[Int]]
  obj 2
  objs [2]
  must 2
shape 2
  id String
  on Boolean
  obj 3
  objs [3]
shape 3
  label String
  n Int
fetch a
  data 1
data
  gone none T null
  stood none T null default "x"
  name 0.0 T default "none"
  kind 0.1 T enum RED:ROT default "ROT"
  kinds 0.2 [T] enum RED:ROT cap 2
  second 0.2 [T] item 2 enum RED:ROT
  n 0.3 T quote
  grid 0.4 [[T]] quote cap 1
  row 0.4 [[T]] item 1
  id 0.5 T flat
    id 0.0 T
  label 0.5 T flat default "no"
    obj 0.2 T! flat
      label 0.0 T!
  ids 0.6 [T] flat cap 3
    id 0.0 T!
  labels 0.6 [T] flat
    objs 0.3 [T] flat
      label 0.0 T
  one 0.6 [T] item 1
    id 0.0 T!
    n 0.2 T flat
      n 0.1 T
  on 0.6 [T] flat
    where
      on 0.1 T
    id 0.0 T!
  made none T expr 1
    uses
      _0 0.0 T
      _1 0.6 [T]
        i 0.0 T!
        o 0.2 T
          label 0.0 T
      _2 0.7 T!
        id 0.0 T!
  obj 0.5 T
    deny none T null
    id 0.0 T
    bad none T expr 2
  gone2 0.5 T
    id 0.0 T
    deny none T! null
`

// FuzzNaiveWrites is FuzzNaive for values that are rewritten on their way to the
// client.
func FuzzNaiveWrites(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a","kind":"RED","kinds":["RED","BLUE","RED"],"n":7,"grid":[[1,2],[3]],"obj":{"id":"1","on":true,"obj":{"label":"l","n":1},"objs":[{"label":"x"},null]},"objs":[{"id":"1","on":false,"obj":null,"objs":[]},{"id":"2","on":true,"objs":[{"label":null}]}],"must":{"id":"m"}}`,
		`{"name":null,"kind":"GREEN","kinds":["RED",null,7],"n":null,"grid":[null,[null]],"obj":{"obj":{"label":null}},"objs":[null,{"id":null,"on":true}],"must":null}`,
		`{"kinds":[],"grid":[[1],2],"obj":5,"objs":{"id":1},"must":{"id":null}}`,
		`{"objs":[{"id":"1","obj":{"n":3}},5,{"id":"3"},{"id":null},{"id":"5","on":1}],"kinds":["BLUE"],"obj":null,"must":{"id":"m"}}`,
	} {
		f.Add([]byte(seed))
	}
	p, err := parsePlan(naiveWritePlan)
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
		if found := answer.(*tree).get("data"); !reflect.DeepEqual(found, want) || (n.errors > 0) != (errors != "") {
			t.Errorf("%s\ngot  %s\n%s\nwant %s (%d errors)", data, body, errors, show(want), n.errors)
		}
	})
}
