package testkit

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"

	"github.com/weftql/weft/fault"
)

// damage changes an answer the ways subgraphs go wrong: failures, other bytes,
// null data, values that are null, missing or of another kind, lists of other
// lengths, errors with paths that lead somewhere, and ones that do not.
func damage(rng *rand.Rand, body []byte) ([]byte, error) {
	answer, err := ParseObject(body)
	if err != nil {
		return body, nil
	}
	switch rng.IntN(24) {
	case 0:
		return nil, &fault.Error{Code: fault.SubrequestHTTPError, Message: "503"}
	case 1:
		return body[:len(body)-1-rng.IntN(len(body)/2)], nil
	case 2:
		answer.Set("data", nil)
		answer.Set("errors", damagedErrors(rng, answer))
		return []byte(FormatJSON(answer)), nil
	case 3:
		answer.Set("data", nil)
		return []byte(FormatJSON(answer)), nil
	}
	d := damager{rng, 1 + rng.IntN(40)}
	if data, ok := answer.Value("data").(*Object); ok {
		answer.Set("data", d.value(data, 0))
	}
	if rng.IntN(3) == 0 {
		answer.Set("errors", damagedErrors(rng, answer))
	}
	return []byte(FormatJSON(answer)), nil
}

// damager changes one value in rare.
type damager struct {
	rng  *rand.Rand
	rare int
}

func (d damager) value(v any, depth int) any {
	if depth > 0 && d.rng.IntN(d.rare+3) == 0 {
		return d.other(v)
	}
	switch v := v.(type) {
	case *Object:
		out := &Object{}
		for _, name := range v.Names() {
			if d.rng.IntN(4*d.rare+8) == 0 {
				continue
			}
			out.Set(name, d.value(v.Value(name), depth+1))
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			out = append(out, d.value(item, depth+1))
		}
		switch n := d.rng.IntN(12 * d.rare); {
		case n == 0 && len(out) > 0:
			out = out[1:]
		case n == 1 && len(out) > 0:
			out = append(out, out[0])
		}
		return out
	}
	return v
}

// other is something else than v.
func (d damager) other(v any) any {
	switch d.rng.IntN(9) {
	case 0:
		return "text"
	case 1:
		return json.Number("7")
	case 2:
		return json.Number("3000000000.5")
	case 3:
		return true
	case 4:
		return []any{}
	case 5:
		return []any{v, nil}
	case 6:
		return &Object{}
	}
	return nil
}

// damagedErrors are errors about places of the answer, or of none.
func damagedErrors(rng *rand.Rand, answer *Object) []any {
	var out []any
	for i := range 1 + rng.IntN(4) {
		e := NewObject("message", []string{"first", "second", "third", "fourth"}[i])
		if rng.IntN(6) > 0 {
			e.Set("path", somePath(rng, answer.Value("data")))
		}
		out = append(out, e)
	}
	return out
}

// somePath walks down from v, and sometimes further than it goes.
func somePath(rng *rand.Rand, v any) []any {
	path := []any{}
	for rng.IntN(8) > 0 {
		switch at := v.(type) {
		case *Object:
			if at.Len() == 0 {
				return append(path, "nothing")
			}
			name := at.Names()[rng.IntN(at.Len())]
			path, v = append(path, name), at.Value(name)
		case []any:
			i := rng.IntN(len(at) + 1)
			path = append(path, json.Number(strconv.Itoa(i)))
			if i == len(at) {
				return path
			}
			v = at[i]
		default:
			switch rng.IntN(4) {
			case 0:
				return append(path, "name", json.Number("0"), "id")
			case 1:
				return append(path, json.Number("0"))
			}
			return path
		}
	}
	return path
}
