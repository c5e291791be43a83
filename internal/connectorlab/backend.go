package connectorlab

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/weftql/weft/internal/testkit"
)

// backend answers for all REST subgraphs of a graph, and watches what it is
// asked.
type backend struct {
	g *graph

	mu    sync.Mutex // guards what follows
	calls []string
	wrong []string // requests no gateway should send
	// mutations are how many there were, changing how many are under way.
	mutations, changing int

	failed map[string]map[string]bool // connectors by subgraph and coordinate: those that failed
}

func (b *backend) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls, b.wrong, b.failed, b.mutations = nil, nil, map[string]map[string]bool{}, 0
}

// mutation notes that a mutation begins, and returns what notes its end.
func (b *backend) mutation() (end func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mutations++
	if b.changing++; b.changing > 1 && !b.g.together {
		b.wrong = append(b.wrong, "two mutations at once")
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.changing--
	}
}

func (b *backend) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
}

// ServeHTTP answers /SUBGRAPH/CONNECTOR….
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // cut short, it is not understood
	b.mu.Lock()
	b.calls = append(b.calls, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	b.mu.Unlock()
	steps := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	var c *connector
	for _, s := range b.g.subs {
		for _, x := range s.connectors {
			if len(steps) > 1 && s.name == steps[0] && x.id == steps[1] {
				c = x
			}
		}
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, r.URL.RequestURI()+string(body)) // never fails
	a := &answerer{b: b, c: c, Rand: rand.New(rand.NewPCG(b.g.seed, h.Sum64()))}
	if c != nil && c.typ.name == "Mutation" {
		defer b.mutation()()
	}
	if c == nil || !a.read(r, steps[min(2, len(steps)):], body) {
		b.complain("a request nobody can answer: %s %s %s", r.Method, r.URL.RequestURI(), body)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	a.answer(w)
}

// answerer is one request.
type answerer struct {
	b *backend
	c *connector
	*rand.Rand
	nodes []*node // by key asked for; nil is unknown
	args  map[string]any
	needs any
}

// read understands a request.
func (a *answerer) read(r *http.Request, steps []string, body []byte) bool {
	c := a.c
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return false
	}
	var sent any
	if r.Method == http.MethodPost {
		if sent, err = testkit.ParseJSON(body); err != nil {
			return false
		}
	}
	if c.place == onBatch {
		return a.readBatch(query, sent)
	}
	a.args = map[string]any{}
	object, _ := sent.(*testkit.Object)
	value := func(i int, prefix, name string, inPath bool) any {
		if r.Method == http.MethodPost {
			if k, ok := object.Value("k").(*testkit.Object); ok {
				return k.Value(name)
			}
			return object.Value(fmt.Sprintf("%s%d", prefix, i))
		}
		if inPath {
			if len(steps) == 0 {
				return nil
			}
			text, err := url.PathUnescape(steps[0])
			steps = steps[1:]
			if err != nil {
				return nil
			}
			return text
		}
		if !query.Has(name) {
			return nil
		}
		return query.Get(name)
	}
	key := map[string]any{}
	for i, f := range c.keys() {
		v := value(i, "k", f.name, f.key && c.ask < 2)
		if f.key {
			key[f.name] = v
		} else {
			a.needs = v
		}
	}
	if c.place != onThis {
		for i, arg := range c.field.args {
			a.args[arg.name] = value(i, "a", arg.name, false)
		}
	}
	if c.place == onThis || c.place == onField {
		a.find([]map[string]any{key})
		return a.nodes[0] != nil
	}
	return true
}

// readBatch finds the nodes of a batch.
func (a *answerer) readBatch(query url.Values, sent any) bool {
	c := a.c
	var keys []map[string]any
	switch object, _ := sent.(*testkit.Object); {
	case sent == nil:
		for _, id := range strings.Split(query.Get("ids"), ",") {
			keys = append(keys, map[string]any{c.key[0].name: id})
		}
	case object.Has("keys"):
		list, _ := object.Value("keys").([]any)
		for _, k := range list {
			key := map[string]any{}
			for _, f := range c.key {
				o, _ := k.(*testkit.Object)
				key[f.name] = o.Value(f.name)
			}
			keys = append(keys, key)
		}
	case object.Has("k0"):
		for i, f := range c.key {
			list, _ := object.Value(fmt.Sprintf("k%d", i)).([]any)
			for n, v := range list {
				if n == len(keys) {
					keys = append(keys, map[string]any{})
				}
				keys[n][f.name] = v
			}
		}
	default:
		list, ok := sent.([]any)
		if !ok {
			list, _ = object.Value("ids").([]any)
		}
		for _, v := range list {
			keys = append(keys, map[string]any{c.key[0].name: v})
		}
	}
	a.find(keys)
	if c.size > 0 && len(keys) > c.size {
		a.b.complain("%d keys in a batch of %s.%s", len(keys), c.sub.name, c.id)
	}
	for i, n := range a.nodes {
		if n == nil || slices.Contains(a.nodes[:i], n) {
			return false
		}
	}
	return len(keys) > 0
}

func (a *answerer) find(keys []map[string]any) {
	for _, k := range keys {
		var found *node
		for _, n := range a.c.typ.nodes {
			same := true
			for _, f := range a.c.key {
				v := k[f.name]
				if _, number := v.(json.Number); number && f.scalar != "Int" {
					a.b.complain("a number where %s is a %s", f.name, f.scalar)
				}
				same = same && plainText(v) == plainText(n.values[f.name])
			}
			if same {
				found = n
			}
		}
		a.nodes = append(a.nodes, found)
	}
}

// answer writes what the backend has to say.
func (a *answerer) answer(w http.ResponseWriter) {
	c := a.c
	if c.place == atRoot {
		v := c.field.read(c.typ.nodes[0], func(name string) (any, bool) { v, ok := a.args[name]; return v, ok })
		n, _ := v.(*node)
		if n != nil && c.field.root == oneRoot && n.fails[c.sub] {
			a.fail(w)
			return
		}
		a.value(w, v)
		return
	}
	for _, n := range a.nodes {
		if n.fails[c.sub] {
			a.fail(w)
			return
		}
	}
	switch {
	case c.place == onBatch:
		a.batch(w)
	case c.place == onThis && !a.nodes[0].unknown[c.sub]:
		a.value(w, a.nodes[0])
	case c.place == onThis:
		a.value(w, nil)
	default:
		a.field(w)
	}
}

// field answers a connector of a field of an object.
func (a *answerer) field(w http.ResponseWriter) {
	f, n := a.c.field, a.nodes[0]
	if f.needs != nil {
		want := plainText(f.needs.read(n, nil))
		got := plainText(a.needs)
		if got != want && (got != "" || !a.b.g.failing) { // what is needed may have failed
			a.b.complain("%s.%s: needed %q, got %q", n.typ.name, f.name, want, got)
		}
	}
	a.value(w, f.read(n, func(name string) (any, bool) { v, ok := a.args[name]; return v, ok }))
}

// batch answers in any order, with things nobody asked for and with the same
// thing twice.
func (a *answerer) batch(w http.ResponseWriter) {
	var found []any
	for _, n := range a.nodes {
		if !n.unknown[a.c.sub] {
			found = append(found, n)
			if a.IntN(5) == 0 {
				found = append(found, n)
			}
		}
	}
	if a.IntN(4) == 0 {
		if n := a.c.typ.nodes[a.IntN(len(a.c.typ.nodes))]; !n.unknown[a.c.sub] {
			found = append(found, n)
		}
	}
	a.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	if found == nil {
		found = []any{}
	}
	a.value(w, found)
}

func (a *answerer) fail(w http.ResponseWriter) {
	c := a.c
	a.b.mu.Lock()
	who := c.sub.name + " " + c.coordinate()
	if a.b.failed[who] == nil {
		a.b.failed[who] = map[string]bool{}
	}
	a.b.failed[who][c.id] = true
	a.b.mu.Unlock()
	kinds := 5
	if c.shape != nil && (c.place == atRoot || c.place == onField) {
		kinds = 3 // of what nobody reads anything, nobody sees that it is not JSON
	}
	switch a.IntN(kinds) {
	case 0:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error":"no"}`) // the gateway may be gone
	case 1:
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
	case 3:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>sorry</html>")
	case 4:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":[{"id":`)
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// value writes a value in the connector's shape.
func (a *answerer) value(w http.ResponseWriter, v any) {
	c := a.c
	var out any
	switch {
	case v == nil:
		a.nothing(w)
		return
	case c.leaf != nil:
		key := c.leaf.key
		v = c.leaf.number(v)
		out = map[int]any{0: testkit.NewObject(key, v), 1: testkit.NewObject("data", testkit.NewObject(key, v)), 2: v}[c.leafKind()]
		if out == nil {
			out = testkit.NewObject("data", testkit.NewObject(key, v))
		}
	case c.many():
		list, _ := v.([]any)
		out = a.list(list)
	default:
		made := c.shape.JSON(nodeOf(v))
		switch c.wrap {
		case 2:
			out = testkit.NewObject("data", made)
		case 3:
			out = testkit.NewObject("items", []any{made, nil})
		case 4:
			out = testkit.NewObject("a", testkit.NewObject("b", made, "c", json.Number("1")))
		default:
			out = made
		}
	}
	w.Header().Set("Content-Type", []string{"application/json", "application/vnd.x+json; charset=utf-8"}[a.IntN(2)])
	_, _ = w.Write(a.print(nil, out)) // the gateway may be gone
}

func (a *answerer) list(values []any) any {
	c := a.c
	list := []any{}
	for _, v := range values {
		n, ok := v.(*node)
		if !ok {
			list = append(list, nil)
			continue
		}
		made := c.shape.JSON(n)
		switch c.wrap {
		case 4:
			if a.IntN(3) == 0 {
				list = append(list, testkit.NewObject("live", false))
			}
			made.Set("live", true)
			list = append(list, made)
		case 0, 1, 2, 3:
			list = append(list, made)
		default:
			list = append(list, testkit.NewObject("row", made))
		}
	}
	switch c.wrap {
	case 0, 2:
		return list
	case 1:
		return testkit.NewObject("total", json.Number("9"), "data", testkit.NewObject("items", list))
	case 3:
		keyed := &testkit.Object{}
		for i, item := range list {
			keyed.Set(fmt.Sprintf("p%d", i), item)
		}
		return testkit.NewObject("data", keyed)
	}
	return testkit.NewObject("rows", list)
}

// nothing says that there is no such thing, in one of the ways backends do.
func (a *answerer) nothing(w http.ResponseWriter) {
	switch a.c.missing {
	case 0:
		w.WriteHeader(http.StatusNoContent)
		return
	case 1:
		w.Header().Set("Content-Type", "application/json")
		return
	case 3:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "application/json")
	}
	_, _ = io.WriteString(w, "null") // the gateway may be gone
}

// print writes JSON with blanks, escapes and members in any order.
func (a *answerer) print(dst []byte, v any) []byte {
	if a.IntN(12) == 0 {
		dst = append(dst, " \n\t"[a.IntN(3)])
	}
	switch v := v.(type) {
	case *testkit.Object:
		names := slices.Clone(v.Names())
		if !v.Has("p0") { // the members of a list by key
			a.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		}
		dst = append(dst, '{')
		for i, name := range names {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(a.print(dst, name), ':')
			dst = a.print(dst, v.Value(name))
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = a.print(dst, item)
		}
		return append(dst, ']')
	case string:
		if a.IntN(8) == 0 {
			dst = append(dst, '"')
			for _, r := range v {
				if r < 0x10000 {
					dst = fmt.Appendf(dst, `\u%04x`, r)
				} else {
					r -= 0x10000
					dst = fmt.Appendf(dst, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
				}
			}
			return append(dst, '"')
		}
	}
	return testkit.AppendJSON(dst, v)
}
