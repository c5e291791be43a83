package spec

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// checkSchema checks what a subgraph with connectors must keep to as a whole.
// It says nothing new about a schema whose connectors are wrong one by one.
func (r *reader) checkSchema() {
	for _, v := range r.forbidden {
		r.rules.add(ConnectorsUnsupportedFederationDirective, "", within(v, 0), "%s does not work in a subgraph with connectors. Remove the import.", importName(v))
	}
	for _, t := range r.types {
		if t.abstract() && r.features.version < 4 {
			r.rules.add(ConnectorsUnsupportedAbstractType, t.name, at(t.pos), "%s is %s, which connectors cannot return before connect v0.4.", t.name, kindName[t.kind])
		}
	}
	if r.broken.err() != nil || r.rules.err() != nil {
		return
	}
	r.checkAnswered()
	r.checkKeys()
	r.checkFanOut()
}

func importName(v *ast.Value) string {
	name, _ := importOf(v)
	return name
}

// checkAnswered reports the fields that no connector answers.
func (r *reader) checkAnswered() {
	for _, t := range r.types {
		for _, k := range t.keys {
			var tree keyTree
			tree.addSet(k.set)
			r.answered(t, tree)
		}
	}
	for _, t := range r.types {
		if t.kind != ast.Object || t.external {
			continue
		}
		for _, f := range t.fields {
			if t.root == ast.Subscription && !r.features.grpc && !r.seen[f.coordinate()] {
				r.rules.add(SubscriptionInConnectors, f.coordinate(), at(f.pos), "No connector answers %s, and @connect cannot: it has no subscriptions. @grpc has.", f.coordinate())
				continue
			}
			if !r.seen[f.coordinate()] && !f.external {
				r.rules.add(ConnectorsUnresolvedField, f.coordinate(), at(f.pos), "No connector answers %s. Give it one, or map it in the selection of a connector that returns %s.", f.coordinate(), t.name)
			}
		}
	}
}

// checkKeys reports the @keys by which no connector can be asked. One that
// needs more than the key has, by @requires, counts.
func (r *reader) checkKeys() {
	for _, t := range r.types {
		if t.kind != ast.Object {
			continue
		}
		for _, k := range t.keys {
			var wanted keyTree
			wanted.addSet(k.set)
			if !k.resolvable || len(wanted) == 0 || r.entered(t, wanted) {
				continue
			}
			r.rules.add(MissingEntityConnector, t.name, at(k.pos),
				"No connector finds a %s by the key %q. Put one on the type that reads $this or $batch, or say entity: true on a field of Query, or resolvable: false in the @key.", t.name, k.text)
		}
	}
}

func (r *reader) entered(t *typeDef, key keyTree) bool {
	for _, d := range r.drafts {
		owner := d.owner
		if d.Place == Root {
			owner = r.named(d.field.typ)
		}
		if owner == t && d.key.holds(key) {
			return true
		}
	}
	return false
}
