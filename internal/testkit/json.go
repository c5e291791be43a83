package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Object is a JSON object that keeps the order of its members. JSON values are
// nil, bool, json.Number, string, []any and *Object throughout this package.
// The zero value is empty and ready for use; it is not safe for concurrent
// writing.
type Object struct {
	names  []string
	values []any
	index  map[string]int // only for objects above indexFrom members
}

// indexFrom is where a map begins to beat a scan; chosen, not measured.
const indexFrom = 12

// NewObject returns an object of the given names and values, alternating.
func NewObject(members ...any) *Object {
	o := &Object{}
	for i := 0; i+1 < len(members); i += 2 {
		o.Set(fmt.Sprint(members[i]), members[i+1])
	}
	return o
}

// Names returns the member names in order; the caller must not change them.
func (o *Object) Names() []string {
	if o == nil {
		return nil
	}
	return o.names
}

// Len returns the number of members.
func (o *Object) Len() int { return len(o.Names()) }

// Get returns the member called name and whether there is one.
func (o *Object) Get(name string) (any, bool) {
	if i := o.find(name); i >= 0 {
		return o.values[i], true
	}
	return nil, false
}

// Value returns the member called name, nil if there is none.
func (o *Object) Value(name string) any {
	v, _ := o.Get(name)
	return v
}

// Text returns the member called name if it is a string, else "".
func (o *Object) Text(name string) string {
	s, _ := o.Value(name).(string)
	return s
}

// Has reports whether there is a member called name.
func (o *Object) Has(name string) bool { return o.find(name) >= 0 }

// Set replaces the member called name in place, or appends it.
func (o *Object) Set(name string, value any) {
	if i := o.find(name); i >= 0 {
		o.values[i] = value
		return
	}
	o.names = append(o.names, name)
	o.values = append(o.values, value)
	if o.index != nil {
		o.index[name] = len(o.names) - 1
	} else if len(o.names) > indexFrom {
		o.index = make(map[string]int, 2*len(o.names))
		for i, n := range o.names {
			o.index[n] = i
		}
	}
}

// Clone returns a shallow copy.
func (o *Object) Clone() *Object {
	c := &Object{}
	for i, name := range o.Names() {
		c.Set(name, o.values[i])
	}
	return c
}

func (o *Object) find(name string) int {
	if o == nil {
		return -1
	}
	if o.index != nil {
		if i, ok := o.index[name]; ok {
			return i
		}
		return -1
	}
	for i, n := range o.names {
		if n == name {
			return i
		}
	}
	return -1
}

// ParseJSON reads exactly one JSON value. Numbers keep their digits and objects
// their order.
func ParseJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := readValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the JSON value")
	}
	return v, nil
}

// ParseObject reads a JSON object.
func ParseObject(text []byte) (*Object, error) {
	v, err := ParseJSON(text)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, fmt.Errorf("JSON value is not an object")
	}
	return o, nil
}

func readValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return readObject(d)
	case json.Delim('['):
		return readList(d)
	}
	return t, nil
}

func readObject(d *json.Decoder) (any, error) {
	o := &Object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := readValue(d)
		if err != nil {
			return nil, err
		}
		o.Set(fmt.Sprint(name), v)
	}
	_, err := d.Token()
	return o, err
}

func readList(d *json.Decoder) (any, error) {
	list := []any{}
	for d.More() {
		v, err := readValue(d)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

// AppendJSON appends v as compact JSON.
func AppendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case *Object:
		dst = append(dst, '{')
		for i, name := range v.Names() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, name), ':')
			dst = AppendJSON(dst, v.values[i])
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, item)
		}
		return append(dst, ']')
	case string:
		return appendString(dst, v)
	case json.Number:
		return append(dst, v...)
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("testkit: %T is not a JSON value", v))
	}
	return append(dst, text...)
}

func appendString(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // cannot fail for a string
		panic(err)
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// FormatJSON returns v as compact JSON.
func FormatJSON(v any) string { return string(AppendJSON(nil, v)) }
