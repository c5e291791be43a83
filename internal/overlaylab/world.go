package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// world is the mock's data with gaps: nullable values are null here and there,
// and lists are of any length.
type world struct {
	*testkit.Mock
	schema *ast.Schema
}

// Field reads a field and makes gaps.
func (w *world) Field(node any, field string, args *testkit.Object) (any, error) {
	args = canonical(args)
	v, err := w.Mock.Field(node, field, args)
	if err != nil {
		return nil, err
	}
	typeName := w.TypeName(node)
	def := w.schema.Types[typeName].Fields.ForName(field)
	text := ""
	if args.Len() > 0 {
		text = testkit.FormatJSON(args)
	}
	return gaps(v, def.Type, typeName+w.identity(node)+"."+field+text), nil
}

// identity tells objects of a type apart.
func (w *world) identity(node any) string {
	for _, name := range []string{"id", "label"} {
		if w.schema.Types[w.TypeName(node)].Fields.ForName(name) != nil {
			v, _ := w.Mock.Field(node, name, nil)
			return fmt.Sprint(v)
		}
	}
	return ""
}

func gaps(v any, t *ast.Type, key string) any {
	n := dice(key)
	if !t.NonNull && n%5 == 0 {
		return nil
	}
	list, ok := v.([]any)
	if !ok || t.Elem == nil {
		return v
	}
	if len(list) > 0 {
		list = append(slices.Clone(list), list[0])[:n/5%4]
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = gaps(list[i], t.Elem, key+"/"+strconv.Itoa(i))
	}
	return out
}

func dice(key string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return int(h.Sum32() >> 3)
}

// canonical sorts the members of arguments and of what is in them: in which order
// they were written says nothing.
func canonical(args *testkit.Object) *testkit.Object {
	if args == nil {
		return nil
	}
	out, _ := sorted(args).(*testkit.Object)
	return out
}

func sorted(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = sorted(v[i])
		}
		return out
	case *testkit.Object:
		names := slices.Sorted(slices.Values(v.Names()))
		out := &testkit.Object{}
		for _, n := range names {
			out.Set(n, sorted(v.Value(n)))
		}
		return out
	}
	return v
}

// number is a JSON number, or a Go one, as an int.
func number(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case json.Number:
		n, _ := strconv.Atoi(v.String())
		return n
	}
	return 0
}
