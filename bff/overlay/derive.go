package overlay

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
)

// derived is a variable of the rewritten operation that is computed from the
// client's values and from who asks.
type derived struct {
	index     int
	name, typ string
	source    int        // the variable it is made of, -1 for none
	rule      *inputRule // that its value goes through, nil for none
	fallback  string     // stands for a value that was not given
	standard  string     // the graph's own default, where a bound needs one
	cap       int
	claim     string
	claimType *ast.Type
	enum      []string // values a claim can have, nil for any
	// guards are, for each use, those of the fields around it: while one of them
	// does not hold, that use does not look at the value.
	guards [][]plan.Guard
}

// key is equal for variables that are computed alike.
func (d *derived) key(typ string) string {
	return fmt.Sprintf("%s %d %p %q %q %d %q", typ, d.source, d.rule, d.fallback, d.standard, d.cap, d.claim)
}

// derive adds a derived variable.
func (r *rewriter) derive(d derived, typ string) string {
	var guards []plan.Guard
	for _, g := range r.guards {
		if g != nil {
			guards = append(guards, g)
		}
	}
	text := r.once(d.key(typ), func() string {
		d.name, d.typ = r.fresh(), typ
		r.readsClaims = r.readsClaims || d.claim != "" || r.o.usesClaims(d.rule, map[*inputRule]bool{})
		r.derived = append(r.derived, d)
		return "$" + d.name
	})
	for i := range r.derived {
		if same := &r.derived[i]; "$"+same.name == text {
			same.guards = append(same.guards, guards)
		}
	}
	return text
}

// claim adds a variable whose value is a claim of the caller's.
func (r *rewriter) claim(claim string, typ *ast.Type) string {
	return r.derive(derived{source: -1, claim: claim, claimType: typ, enum: r.o.enumOf(typ)}, typ.String())
}

// enumOf lists the values of an enum of the graph, nil for another type.
func (o *Overlay) enumOf(typ *ast.Type) []string {
	def := o.base.AST.Types[typ.Name()]
	if def == nil || def.Kind != ast.Enum {
		return nil
	}
	var out []string
	for _, v := range def.EnumValues {
		out = append(out, `"`+v.Name+`"`)
	}
	return out
}

// deriver returns Operation.Derive.
func (r *rewriter) deriver(op *operation.Operation) func(*caller.Caller, operation.Values) (operation.Values, error) {
	list, o, conditions := r.derived, r.o, op.Conditions
	return func(c *caller.Caller, v operation.Values) (operation.Values, error) {
		var bits uint64
		for i, at := range conditions {
			if v[at] == nil || v[at][0] == 't' {
				bits |= 1 << i
			}
		}
		last := list[len(list)-1].index + 1
		if len(v) < last {
			v = append(v, make(operation.Values, last-len(v))...)
		}
		for i := range list {
			d := &list[i]
			value, err := o.value(d, c, v)
			if err != nil {
				if d.idle(bits) {
					v[d.index] = nil
					continue
				}
				return nil, err
			}
			v[d.index] = value
		}
		return v, nil
	}
}

// idle reports whether nobody looks at the variable under the conditions.
func (d *derived) idle(conditions uint64) bool {
	for _, use := range d.guards {
		holds := true
		for _, g := range use {
			holds = holds && g.Holds(conditions)
		}
		if holds {
			return false
		}
	}
	return true
}

// value computes a derived variable; nil is not given.
func (o *Overlay) value(d *derived, c *caller.Caller, v operation.Values) ([]byte, error) {
	if d.claim != "" {
		return claimValue(c, d.claim, d.claimType, d.enum)
	}
	raw := v[d.source]
	if raw == nil {
		if d.cap > 0 {
			standard := d.fallback
			if standard == "" {
				standard = d.standard
			}
			return []byte(capped(standard, d.cap)), nil
		}
		if d.fallback != "" {
			return []byte(d.fallback), nil
		}
		return nil, nil
	}
	if d.cap > 0 {
		if n, ok := jsonscan.Integer(raw); !ok || n > int64(d.cap) {
			return strconv.AppendInt(nil, int64(d.cap), 10), nil
		}
		return raw, nil
	}
	if d.rule == nil {
		return raw, nil
	}
	return o.translate(nil, raw, d.rule, c)
}

// claimValue is a claim of the caller's as a value of a type of the graph. It
// fails closed: a field that is pinned to a claim is not asked for without it.
func claimValue(c *caller.Caller, claim string, t *ast.Type, enum []string) ([]byte, error) {
	var raw []byte
	if c != nil && c.Principal != nil {
		raw = jsonscan.Dotted(c.Principal.Claims, claim)
	}
	if jsonscan.Null(raw) {
		e := &fault.Error{Code: fault.Forbidden, Message: "the credentials lack the claim " + claim + ", which the operation needs"}
		if c == nil || c.Principal == nil || c.Principal.Kind == "anonymous" || c.Principal.Kind == "" {
			e.Code = fault.Unauthenticated
		}
		return nil, e
	}
	out, ok := asType(raw, t, enum)
	if !ok {
		return nil, &fault.Error{Code: fault.Forbidden, Message: "the claim " + claim + " of the credentials cannot be used here"}
	}
	return out, nil
}

// asType checks a claim against a type and coerces it as a variable would be.
func asType(raw []byte, t *ast.Type, enum []string) ([]byte, bool) {
	if t.Elem != nil {
		out, ok := []byte("["), true
		if raw[0] != '[' {
			item, fits := asType(raw, t.Elem, enum)
			return append(append(out, item...), ']'), fits
		}
		jsonscan.Each(raw, func(_, item []byte) bool {
			var one []byte
			if one, ok = asType(item, t.Elem, enum); ok {
				if len(out) > 1 {
					out = append(out, ',')
				}
				out = append(out, one...)
			}
			return ok
		})
		return append(out, ']'), ok
	}
	number := raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
	switch {
	case jsonscan.Null(raw):
		return raw, !t.NonNull
	case enum != nil:
		return raw, slices.Contains(enum, string(raw))
	}
	switch t.NamedType {
	case "String":
		return raw, raw[0] == '"'
	case "ID":
		if n, ok := jsonscan.Integer(raw); ok {
			return strconv.AppendQuote(nil, strconv.FormatInt(n, 10)), true
		}
		return raw, raw[0] == '"'
	case "Int":
		n, ok := jsonscan.Integer(raw)
		return raw, ok && n == int64(int32(n))
	case "Float":
		return raw, number
	case "Boolean":
		return raw, raw[0] == 't' || raw[0] == 'f'
	}
	return raw, true
}
