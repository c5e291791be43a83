package operation_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/operation"
)

// coerceByTheBook is input coercion as the specification writes it, over
// decoded JSON and the schema's definitions.
func coerceByTheBook(s *ast.Schema, t *ast.Type, v any, where string) (any, error) {
	if t.NonNull && v == nil {
		return nil, fmt.Errorf("%s is null", where)
	}
	if v == nil {
		return nil, nil
	}
	if t.Elem != nil {
		list, ok := v.([]any)
		if !ok {
			item, err := coerceByTheBook(s, t.Elem, v, where)
			return []any{item}, err
		}
		out := []any{}
		for i, item := range list {
			got, err := coerceByTheBook(s, t.Elem, item, fmt.Sprintf("%s.%d", where, i))
			if err != nil {
				return nil, err
			}
			out = append(out, got)
		}
		return out, nil
	}
	def := s.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		if text, ok := v.(string); ok && def.EnumValues.ForName(text) != nil {
			return v, nil
		}
		return nil, fmt.Errorf("%s is not in the enum", where)
	case ast.InputObject:
		return objectByTheBook(s, def, v, where)
	case ast.Scalar:
		return scalarByTheBook(def.Name, v, where)
	}
	return nil, fmt.Errorf("%s has no input type", where)
}

func objectByTheBook(s *ast.Schema, def *ast.Definition, v any, where string) (any, error) {
	given, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is no object", where)
	}
	out := map[string]any{}
	for name := range given {
		if def.Fields.ForName(name) == nil {
			return nil, fmt.Errorf("%s.%s is unknown", where, name)
		}
	}
	for _, f := range def.Fields {
		value, ok := given[f.Name]
		if !ok && f.DefaultValue != nil {
			var err error
			if value, err = f.DefaultValue.Value(nil); err != nil {
				return nil, err
			}
			switch n := value.(type) { // as JSON decodes them
			case int64:
				value = json.Number(fmt.Sprint(n))
			case float64:
				value = json.Number(fmt.Sprint(n))
			}
			ok = true
		}
		if !ok {
			if f.Type.NonNull {
				return nil, fmt.Errorf("%s.%s is missing", where, f.Name)
			}
			continue
		}
		got, err := coerceByTheBook(s, f.Type, value, where+"."+f.Name)
		if err != nil {
			return nil, err
		}
		out[f.Name] = got
	}
	if def.Directives.ForName("oneOf") != nil {
		if len(given) != 1 {
			return nil, fmt.Errorf("%s has not one field", where)
		}
		for name, value := range given {
			if value == nil {
				return nil, fmt.Errorf("%s.%s is null", where, name)
			}
		}
	}
	return out, nil
}

func scalarByTheBook(name string, v any, where string) (any, error) {
	number, isNumber := v.(json.Number)
	whole := new(big.Int)
	if isNumber {
		r, _ := new(big.Rat).SetString(number.String())
		isNumber = r != nil
		if r == nil || !r.IsInt() {
			whole = nil
		} else {
			whole = r.Num()
		}
	}
	_, isText := v.(string)
	_, isBool := v.(bool)
	switch name {
	case "Int":
		if isNumber && whole != nil && whole.IsInt64() && whole.Int64() == int64(int32(whole.Int64())) {
			return json.Number(whole.String()), nil
		}
	case "Float":
		if isNumber {
			return v, nil
		}
	case "String":
		if isText {
			return v, nil
		}
	case "Boolean":
		if isBool {
			return v, nil
		}
	case "ID":
		if isText {
			return v, nil
		}
		if isNumber && whole != nil {
			return whole.String(), nil
		}
	default:
		return v, nil
	}
	return nil, fmt.Errorf("%s is no %s", where, name)
}

// TestCoerceFollowsTheBook compares Coerce with the book on random values,
// right and wrong ones.
func TestCoerceFollowsTheBook(t *testing.T) {
	g := zoo(t)
	op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(
		`query ($w: Filter, $l: [[Float]], $by: Pick!, $k: Kind, $id: [ID!], $n: Int!, $s: String, $b: Boolean, $j: JSON) {
			animals(where: $w) { id } count(of: $k, near: $l) pick(by: $by) { id } sum(n: $n, s: $s) echo(value: $j, flag: $b)
			b: animals(where: { ids: $id }) { id } }`)})
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]*ast.Type{
		"w": ast.NamedType("Filter", nil), "l": ast.ListType(ast.ListType(ast.NamedType("Float", nil), nil), nil),
		"by": ast.NonNullNamedType("Pick", nil), "k": ast.NamedType("Kind", nil), "id": ast.ListType(ast.NonNullNamedType("ID", nil), nil),
		"n": ast.NonNullNamedType("Int", nil), "s": ast.NamedType("String", nil), "b": ast.NamedType("Boolean", nil), "j": ast.NamedType("JSON", nil),
	}
	accepted := 0
	for i := range 4_000 {
		r := &values{rng: rand.New(rand.NewPCG(3, uint64(i))), schema: g.API.AST}
		var parts []string
		for _, v := range op.Variables {
			if typ := types[v.Name]; typ != nil && r.rng.IntN(5) > 0 {
				parts = append(parts, fmt.Sprintf("%q: %s", v.Name, r.value(typ, 3)))
			}
		}
		raw := "{" + strings.Join(parts, ", ") + "}"
		given := decode(t, raw).(map[string]any)
		got, _, err := op.Coerce([]byte(raw), nil)
		var wrong error
		for j, v := range op.Variables {
			typ := types[v.Name]
			if typ == nil {
				continue
			}
			value, ok := given[v.Name]
			if !ok {
				if typ.NonNull {
					wrong = fmt.Errorf("%s is missing", v.Name)
				} else if err == nil && got[j] != nil {
					t.Fatalf("%s: %s has a value", raw, v.Name)
				}
				continue
			}
			want, bad := coerceByTheBook(g.API.AST, typ, value, v.Name)
			if bad != nil {
				wrong = bad
			} else if err == nil && !reflect.DeepEqual(want, decode(t, string(got[j]))) {
				t.Fatalf("%s: %s is %s, want %v", raw, v.Name, got[j], want)
			}
		}
		if (wrong == nil) != (err == nil) {
			t.Fatalf("%s: the book says %v, we %v", raw, wrong, err)
		}
		if err == nil {
			accepted++
		}
	}
	t.Logf("%d accepted", accepted)
	if accepted < 500 {
		t.Error("too few valid values to mean anything")
	}
}

func decode(t *testing.T, text string) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// values writes random JSON for a type, wrong now and then.
type values struct {
	rng    *rand.Rand
	schema *ast.Schema
}

func (r *values) pick(list ...string) string { return list[r.rng.IntN(len(list))] }

func (r *values) value(t *ast.Type, depth int) string {
	switch r.rng.IntN(150) {
	case 0:
		return "null"
	case 1:
		return r.pick(`"x"`, "1", "1.5", "true", "{}", "[]", "[1]", `{"a": 1}`)
	}
	if t.Elem != nil {
		if r.rng.IntN(6) == 0 {
			return r.value(t.Elem, depth)
		}
		var items []string
		for range r.rng.IntN(3) {
			items = append(items, r.value(t.Elem, depth))
		}
		return "[" + strings.Join(items, r.pick(",", " , ")) + "]"
	}
	switch def := r.schema.Types[t.NamedType]; {
	case def.Kind == ast.Enum:
		return r.pick(`"`+def.EnumValues[0].Name+`"`, `"`+def.EnumValues[1].Name+`"`, `"\u0043AT"`, r.pick(`"DOG"`, `"cat"`))
	case def.Kind == ast.InputObject:
		return r.object(def, depth)
	case def.Name == "JSON":
		return r.pick(`{"a": [1, 1e400, "é", {"b": null}]}`, "12345678901234567890", `"x"`, "[ ]")
	case def.Name == "Int":
		return r.pick("0", "1", "-5", "7", "12", "300", "2147483647", "-2147483648", "1.0", "2e3", r.pick("2", "2147483648", "1.5", "99999999999999999999"))
	case def.Name == "Float":
		return r.pick("0", "1", "-5.25", "1e10", "123456789012345678901234567890")
	case def.Name == "ID":
		return r.pick("1", `"a"`, `""`, "123456789012345678901234", "3.0", r.pick("3", `"b"`, "3.5"))
	case def.Name == "Boolean":
		return r.pick("true", "false")
	}
	return r.pick(`"x"`, `""`, `"\n\u00e9é"`)
}

func (r *values) object(def *ast.Definition, depth int) string {
	var parts []string
	one := def.Directives.ForName("oneOf") != nil && r.rng.IntN(10) > 0
	for _, i := range r.rng.Perm(len(def.Fields)) {
		f := def.Fields[i]
		if depth == 0 && r.schema.Types[f.Type.Name()].Kind == ast.InputObject || r.rng.IntN(3) > 0 && !f.Type.NonNull {
			continue
		}
		if one && len(parts) > 0 {
			break
		}
		parts = append(parts, fmt.Sprintf("%q:%s", f.Name, r.value(f.Type, depth-1)))
	}
	if r.rng.IntN(200) == 0 {
		parts = append(parts, `"nope": 1`)
	}
	return "{ " + strings.Join(parts, ", ") + "}"
}

// TestSharing prepares with one preparer and coerces with one operation from
// many goroutines: the first of them compile what the others use.
func TestSharing(t *testing.T) {
	p := operation.NewPreparer(zoo(t).API, operation.Limits{})
	request := &operation.Request{Document: []byte(heavy)}
	op, err := p.Prepare(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(`{"first": 1, "id": 5, "deep": true, "where": {"not": {"any": {"weight": 2, "ids": [1, 2]}}}}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var values operation.Values
			for range 20 {
				again, err := p.Prepare(t.Context(), request)
				if err != nil || again.Hash != op.Hash {
					t.Errorf("%v, or another hash", err)
					return
				}
				if values, _, err = again.Coerce(raw, values); err != nil {
					t.Error(err)
					return
				}
				if values, _, err = op.Coerce(raw, values); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestEscapedDocument: a document may come as the raw content of a JSON string.
func TestEscapedDocument(t *testing.T) {
	g := zoo(t)
	for _, c := range []struct {
		raw string
		ok  bool
	}{
		{`{ dog { id } }`, true},
		{`{\n\tdog {\r\n id } }`, true},
		{`{ echo(value: \"\\u00e9 \\\"x\\\"\") }`, true},
		{`\u007b dog { id } \u007D`, true},
		{`{ dog { id } } # \ud83d\ude00`, true},
		{`{ dog { id } } # \ud83d`, false},
		{`{ dog { id } } # \ude00\ud83d`, false},
		{`{ dog { id } } \`, false},
		{`{ dog { id } } # \x`, false},
		{`{ dog { id } } # \u12`, false},
		{`{ dog { id } } # "`, false},
		{"{ dog { id } } # \\n \n", false},
		{"{ dog { id } } # \xff", false},
	} {
		_, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(c.raw), Escaped: true})
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.raw, err)
		}
	}
}
