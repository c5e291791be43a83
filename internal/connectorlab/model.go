package connectorlab

import (
	"fmt"
	"slices"
)

// graph is everything random: all of the rest follows from it.
type graph struct {
	seed  uint64
	types []*typ
	// query and mutation have one node each, with what their fields answer.
	query, mutation *typ
	subs            []*subgraph
	failing         bool // backends fail for some nodes
	together        bool // operations run at the same time and share batches
}

// typ is an entity if it has keys.
type typ struct {
	name   string
	keys   [][]*field
	fields []*field // those of keys included
	nodes  []*node
}

func (t *typ) entity() bool { return len(t.keys) > 0 }

func (t *typ) root() bool { return t.name == "Query" || t.name == "Mutation" }

type field struct {
	name, scalar  string // scalar is "" of objects
	of            *typ
	list, nonNull bool
	certain       bool // everybody knows all objects that have it
	key           bool
	args          []arg
	subs          []*subgraph // who answers it; keys: nobody in particular
	// needs is a field of the same object whose value this one is made of;
	// foreign: it is another subgraph's, so that the schema says @requires.
	needs   *field
	foreign bool
	root    rootKind
	gone    bool // taken away while shrinking
}

type arg struct{ name, typ, value string }

type rootKind int

const (
	noRoot  rootKind = iota
	oneRoot          // arguments are a key
	allRoot          // the nodes a subgraph knows, as many as an argument says
	ownRoot          // like a field of any object
)

func (f *field) ownedBy(s *subgraph) bool { return slices.Contains(f.subs, s) }

// typeText is the field's type in SDL.
func (f *field) typeText() string {
	text := f.scalar
	if f.of != nil {
		text = f.of.name
	}
	if f.list {
		text = "[" + text + "]"
		if f.of != nil && f.of.entity() {
			text = "[" + f.of.name + "!]"
		}
	}
	if f.nonNull {
		text += "!"
	}
	return text
}

// plain fields can stand in the selection of any connector.
func (f *field) plain() bool { return len(f.args) == 0 && f.needs == nil && !f.gone }

// node is an object. Values are JSON, *node, or lists of either.
type node struct {
	typ     *typ
	values  map[string]any
	unknown map[*subgraph]bool // who has never heard of it
	fails   map[*subgraph]bool // who fails when asked for it
	gone    bool
}

func (n *node) key(t []*field) string {
	text := ""
	for _, f := range t {
		text += fmt.Sprint(n.values[f.name]) + "\x00"
	}
	return text
}

type subgraph struct {
	name       string
	rest       bool
	keys       map[*typ][][]*field // by which an entity can be looked up
	stub       map[*typ][]*field   // the key by which it speaks of entities
	connectors []*connector
}

// keyFields are the key fields the subgraph's schema has.
func (s *subgraph) keyFields(t *typ) []*field {
	var all []*field
	keys := [][]*field{s.stub[t]}
	if len(s.owned(t)) > 0 {
		keys = s.keys[t]
	}
	for _, k := range keys {
		for _, f := range k {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	return all
}

func (s *subgraph) owned(t *typ) []*field {
	var all []*field
	for _, f := range t.fields {
		if !f.gone && (f.ownedBy(s) || !t.entity() && !t.root()) {
			all = append(all, f)
		}
	}
	return all
}
