// Package overlay is a client's own names and shapes over the graph, without a
// backend of their own: an SDL file compiled into a client schema, and into a
// rewrite of each operation.
//
// [Compile] reads the file (read.go), makes the client's schema out of the view
// beneath it (model.go, names.go, fields.go, inputs.go, paths.go, uses.go,
// cascade.go), prints it as a supergraph of its own (sdl.go) and keeps, for
// each of its fields, the rule that says what it is in the graph (rules.go).
// [Overlay.Rewrite] turns an operation over the client's schema into one over
// the graph (rewrite.go, arguments.go): selections follow the rules, values
// that depend on the request are computed by Operation.Derive (derive.go,
// translate.go), and what becomes of values on their way to the client is in
// Field.Out. Expressions are compiled once (expression.go, functions.go).
//
// The language is total and pure: no rule reads anything but the answer, the
// variables and who asks, and all of it is checked at load. An Overlay is
// immutable and safe for concurrent use.
package overlay

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/schema"
)

// Overlay is a compiled overlay: what one client profile sees instead of its
// view of the graph.
type Overlay struct {
	// View is the client's schema. Its ID is that of the view beneath it, which no
	// operation is run over any more; its Supergraph is Graph.
	View *schema.View
	// Graph is the client's schema as a supergraph of one subgraph that is never
	// asked. It has ids of its own, and the requirements of everything that its
	// fields are made of.
	Graph *schema.Supergraph
	// Derived lists the fields that exist in the client's schema alone, sorted.
	Derived []Derived

	base   *schema.View
	digest [sha256.Size]byte
	rules  map[schema.FieldID]*rule // by the client's field
	types  []schema.TypeID          // of the graph, by the client's type
	inputs map[string]*inputRule    // by the client's input type; none: as it is
	exprs  []*expression
}

// Derived is a field that an overlay makes: of a path or by an expression.
type Derived struct {
	Type, Field string // in the client's names
	// Source is the path or the expression as written.
	Source string
	// Cost is an expression's, see MaxCost; 0 for a path.
	Cost int
}

// Bounds of one overlay: it renames and rearranges, it is no second backend.
const (
	MaxDerived = 40
	MaxCost    = 200
)

// Compile compiles the overlay that sdl, the content of file, lays over base.
//
// It finds all mistakes at once: they come back as a fault.List of
// CONFIG_INVALID, each with file, line and column.
func Compile(base *schema.View, file string, sdl []byte) (*Overlay, error) {
	m := newModel(base, file)
	if !m.read(sdl) {
		return nil, m.err()
	}
	m.apply()
	if err := m.err(); err != nil {
		return nil, err
	}
	text := m.print()
	graph, err := schema.Load(text)
	if err != nil {
		return nil, m.refused(err)
	}
	o := &Overlay{Graph: graph, View: graph.API, base: base, exprs: m.exprs}
	o.View.ID = base.ID
	o.digest = sha256.Sum256(append([]byte(base.Supergraph.SDL+"\x00"), sdl...))
	m.link(o)
	return o, nil
}

// Varies lists the request headers that answers depend on, because an expression
// looks at them: Accept-Language for client.locale, and those in which clients
// name themselves. Claims are not among them, see Operation.ReadsClaims.
func (o *Overlay) Varies() []string {
	var names []string
	for _, from := range []struct {
		member  string
		headers []string
	}{
		{"locale", []string{"Accept-Language"}},
		{"name", []string{"Graphql-Client-Name", "Apollographql-Client-Name"}},
		{"version", []string{"Graphql-Client-Version", "Apollographql-Client-Version"}},
	} {
		reads := func(e *expression) bool { return e.client && (strings.Contains(e.text, from.member) || !e.plain()) }
		if slices.ContainsFunc(o.exprs, reads) {
			names = append(names, from.headers...)
		}
	}
	return names
}

// plain reports whether the text names what it reads of the client, as far as a
// glance tells.
func (e *expression) plain() bool {
	return strings.Contains(e.text, "locale") || strings.Contains(e.text, "name") || strings.Contains(e.text, "version")
}

// refused puts what GraphQL's own rules say about the client's schema in terms of
// the file: they name types and fields as the client does.
func (m *model) refused(err error) error {
	for _, e := range fault.Of(err) {
		m.add(nil, "the schema that the overlay makes is not valid: %s", e.Message)
	}
	return m.err()
}
