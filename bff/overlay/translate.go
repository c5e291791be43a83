package overlay

import (
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
)

// translate appends a coerced value of a client's input type as the graph has
// it: enum values and input fields under their names, defaults and fixed values
// put in. Only a fixed claim fails. The recursion follows the value, whose
// nesting is limited when variables are coerced.
func (o *Overlay) translate(dst, raw []byte, in *inputRule, c *caller.Caller) ([]byte, error) {
	at := jsonscan.Space(raw, 0)
	if raw = raw[at:]; len(raw) == 0 || raw[0] == 'n' {
		return append(dst, raw...), nil
	}
	var err error
	switch {
	case raw[0] == '[':
		dst = append(dst, '[')
		first := true
		jsonscan.Each(raw, func(_, item []byte) bool {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst, err = o.translate(dst, item, in, c)
			return err == nil
		})
		return append(dst, ']'), err
	case in.values != nil:
		if to, ok := in.values[string(raw)]; ok {
			return append(dst, to...), nil
		}
		return append(dst, raw...), nil
	case raw[0] == '{' && in.fields != nil:
		return o.translateObject(dst, raw, in, c)
	}
	return append(dst, raw...), nil
}

func (o *Overlay) translateObject(dst, raw []byte, in *inputRule, c *caller.Caller) ([]byte, error) {
	dst = append(dst, '{')
	open := len(dst)
	member := func(name string) {
		if len(dst) > open {
			dst = append(dst, ',')
		}
		dst = append(fault.AppendString(dst, name), ':')
	}
	var err error
	given := make([]bool, len(in.fields))
	jsonscan.Each(raw, func(name, value []byte) bool {
		i := in.field(name)
		if i < 0 {
			return true // cannot be: the value was coerced
		}
		f := &in.fields[i]
		given[i] = true
		member(f.name)
		if next := o.inputs[f.named]; next != nil && next.changes {
			dst, err = o.translate(dst, value, next, c)
		} else {
			dst = append(dst, value...)
		}
		return err == nil
	})
	for i := range in.fields {
		f := &in.fields[i]
		switch {
		case err != nil:
			return nil, err
		case given[i]:
		case f.given.claim != "":
			var value []byte
			if value, err = claimValue(c, f.given.claim, f.typ, o.enumOf(f.typ)); err == nil {
				member(f.name)
				dst = append(dst, value...)
			}
		case f.given.json != "":
			member(f.name)
			dst = append(dst, f.given.json...)
		}
	}
	return append(dst, '}'), err
}

// field finds an input field by what the client calls it, -1 if there is none.
func (in *inputRule) field(name []byte) int {
	if len(name) > 1 && name[0] == '"' {
		name = name[1 : len(name)-1]
	}
	for i := range in.fields {
		if f := &in.fields[i]; f.client == string(name) && !f.hidden {
			return i
		}
	}
	return -1
}

// usesClaims reports whether values of the type hold a claim of the caller's.
func (o *Overlay) usesClaims(in *inputRule, seen map[*inputRule]bool) bool {
	if in == nil || seen[in] {
		return false
	}
	seen[in] = true
	for i := range in.fields {
		if f := &in.fields[i]; f.given.claim != "" || o.usesClaims(o.inputs[f.named], seen) {
			return true
		}
	}
	return false
}
