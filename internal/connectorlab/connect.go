package connectorlab

import (
	"fmt"
	"slices"
	"strings"
)

// connector is one @connect.
type connector struct {
	id      string // the first step of its paths
	sub     *subgraph
	place   place
	typ     *typ
	field   *field   // of root and field connectors
	key     []*field // what it is asked with
	shape   *shape   // nil for leaves
	leaf    *wire
	ask     int // how the key travels
	post    bool
	wrap    int
	size    int // of batches, 0 without a bound
	missing int // what is said of an unknown key
	gone    bool
}

type place int

const (
	atRoot place = iota
	onThis
	onBatch
	onField
)

func (c *connector) coordinate() string {
	switch c.place {
	case atRoot, onField:
		return c.typ.name + "." + c.field.name
	default: // on the type itself
		return c.typ.name
	}
}

// connectors makes those of one backend.
func (d *drawer) connectors(s *subgraph) {
	add := func(c *connector) *connector {
		c.id, c.sub = fmt.Sprintf("c%d", len(s.connectors)), s
		c.ask, c.post, c.wrap, c.size, c.missing = d.IntN(5), d.chance(30), d.IntN(6), d.IntN(5), d.IntN(4)
		s.connectors = append(s.connectors, c)
		return c
	}
	for _, t := range []*typ{d.g.query, d.g.mutation} {
		for _, f := range t.fields {
			if !f.ownedBy(s) {
				continue
			}
			c := add(&connector{place: atRoot, typ: t, field: f})
			if f.of == nil {
				c.leaf = d.wire(s, f, 0)
			} else {
				c.shape = d.shape(s, f.of, s.keyFields(f.of), 0, d.chance(75))
			}
		}
	}
	for _, t := range d.g.types {
		if t.entity() && len(s.owned(t)) > 0 {
			d.lookups(s, t, add)
		}
	}
}

// lookups divides the fields of an entity among connectors. All of them can be
// had by each key of the subgraph.
func (d *drawer) lookups(s *subgraph, t *typ, add func(*connector) *connector) {
	var whole []*field
	for _, f := range s.owned(t) {
		if f.plain() && !d.chance(15) {
			whole = append(whole, f)
			continue
		}
		c := add(&connector{place: onField, typ: t, field: f, key: s.stub[t]})
		if f.of != nil {
			c.shape = d.below(s, f.of, 0)
		} else {
			c.leaf = d.wire(s, f, 0)
		}
	}
	for _, key := range s.keys[t] {
		groups := [][]*field{whole}
		if len(whole) > 1 && d.chance(20) {
			groups = [][]*field{whole[:1], whole[1:]}
		}
		for _, group := range groups {
			if len(group) == 0 && len(s.keys[t]) < 2 {
				continue
			}
			c := add(&connector{place: onBatch, typ: t, key: key, shape: d.shape(s, t, append(s.keyFields(t), group...), 0, false)})
			if d.chance(40) {
				c.place = onThis
			}
		}
	}
}

// variable is where the key is read from.
func (c *connector) variable() string {
	switch c.place {
	case onBatch:
		return "$batch"
	case atRoot:
		return "$args"
	default:
		return "$this"
	}
}

// keys are what a request says of an object: its key, and what its field needs.
func (c *connector) keys() []*field {
	if c.place == onField && c.field.needs != nil {
		return append(slices.Clone(c.key), c.field.needs)
	}
	return c.key
}

// http is the request.
func (c *connector) http() string {
	if c.place == onBatch {
		return c.batchHTTP()
	}
	var path, query, body []string
	for i, f := range c.keys() {
		v := c.variable() + "." + f.name
		if f.key && c.ask < 2 {
			path = append(path, "{"+v+"}")
		} else {
			query = append(query, f.name+"={"+v+"}")
		}
		body = append(body, fmt.Sprintf("k%d: %s", i, v))
	}
	post := c.post
	if c.place != onThis {
		for i, a := range c.field.args {
			query = append(query, a.name+"={$args."+a.name+"}")
			body = append(body, fmt.Sprintf("a%d: $args.%s", i, a.name))
			post = post || strings.HasPrefix(a.typ, "[") || a.typ == "Filter"
		}
	}
	url := "/" + c.id
	if post && len(body) > 0 {
		if c.ask == 4 && c.place == onThis {
			body = []string{"k: $this { " + names(c.key) + " }"}
		}
		return fmt.Sprintf("POST: %q, body: %q", url, strings.Join(body, " "))
	}
	if len(path) > 0 {
		url += "/" + strings.Join(path, "/")
	}
	if len(query) > 0 {
		url += "?" + strings.Join(query, "&")
	}
	return fmt.Sprintf("GET: %q", url)
}

func (c *connector) batchHTTP() string {
	url, one := "/"+c.id, c.key[0].name
	switch {
	case len(c.key) > 1 && c.ask < 2:
		return fmt.Sprintf("POST: %q, body: %q", url, "keys: $batch { "+names(c.key)+" }")
	case len(c.key) > 1:
		var parts []string
		for i, f := range c.key {
			parts = append(parts, fmt.Sprintf("k%d: $batch.%s", i, f.name))
		}
		return fmt.Sprintf("POST: %q, body: %q", url, strings.Join(parts, " "))
	case c.ask == 0:
		return fmt.Sprintf("POST: %q, body: %q", url, "ids: $batch."+one)
	case c.ask == 1:
		return fmt.Sprintf("POST: %q, body: %q", url, "$batch."+one)
	case c.ask == 2:
		return fmt.Sprintf("POST: %q, body: %q", url, "ids: $batch->map(@."+one+")")
	case c.ask == 3:
		return fmt.Sprintf("POST: %q, body: %q", url, "keys: $batch { "+one+" }")
	}
	return fmt.Sprintf("GET: %q", url+"?ids={$batch."+one+"->joinNotNull(',')}")
}

func names(fields []*field) string {
	var list []string
	for _, f := range fields {
		list = append(list, f.name)
	}
	return strings.Join(list, " ")
}

// many reports whether the answer is a list.
func (c *connector) many() bool {
	return c.place == onBatch || c.place == atRoot && c.field.list || c.place == onField && c.field.list
}

// selection is the mapping of the answer.
func (c *connector) selection() string {
	if c.leaf != nil {
		k := quoted(c.leaf.key)
		switch c.leafKind() {
		case 0:
			return "$." + k
		case 1:
			return "$.data." + k
		case 2:
			return "$"
		}
		return "$(data." + k + ")"
	}
	inner := c.shape.text()
	braces := "{ " + inner + " }"
	if !c.many() {
		switch c.wrap {
		case 0, 1:
			return inner
		case 2:
			return "$.data " + braces
		case 3:
			return "$.items->first " + braces
		case 4:
			return "$.a.b " + braces
		}
		return "$ " + braces
	}
	switch c.wrap {
	case 0:
		return inner
	case 1:
		return "$.data.items " + braces
	case 2:
		return "$ " + braces
	case 3:
		return "$.data->entries.value " + braces
	case 4:
		return "$.rows->filter(@.live) " + braces
	}
	return "$.rows.row " + braces
}

func (c *connector) leafKind() int { return c.wrap % 4 }

// text is the directive.
func (c *connector) text() string {
	entity := ""
	if c.entity() {
		entity = ", entity: true"
	}
	success := ""
	if c.missing == 3 {
		success = `, isSuccess: "$status->in([200, 404])"`
	}
	size := ""
	if c.place == onBatch && c.size > 0 {
		size = fmt.Sprintf(", batch: { maxSize: %d }", c.size)
	}
	return fmt.Sprintf("@connect(source: \"rest\", http: { %s }%s, selection: %s%s%s)", c.http(), size, quote(c.selection()), entity, success)
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

// entity reports whether a root connector is a look-up too: where the subgraph
// has a key of the arguments' names.
func (c *connector) entity() bool {
	if c.place != atRoot || c.typ.name != "Query" || c.field.root != oneRoot || c.ask%2 == 1 {
		return false
	}
	for _, k := range c.sub.keys[c.field.of] {
		if len(k) == len(c.field.args) && k[0].name == c.field.args[0].name {
			return len(c.sub.owned(c.field.of)) > 0
		}
	}
	return false
}
