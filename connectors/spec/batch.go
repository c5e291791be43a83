package spec

import (
	"github.com/weftql/weft/connectors/mapping"
)

// checkBatch checks that the answer of a batch says which object is which: that
// the selection has the fields of the key, from the answer itself.
func (r *reader) checkBatch(d *draft, c *Connector) {
	if c.Place != Batch || d.Selection == nil || r.rules == nil {
		return
	}
	shape := element(d.Selection.Shape())
	if shape == nil || shape.Kind != mapping.ShapeObject {
		return // reported as a missing group
	}
	r.checkBatchKey(d, d.key, shape, d.owner)
}

func (r *reader) checkBatchKey(d *draft, key keyTree, shape *mapping.Shape, t *typeDef) {
	for _, n := range key {
		f := shapeField(shape, n.name)
		if f == nil {
			if n.name != "__typename" && !shape.Open {
				r.rules.add(ConnectorsBatchKeyNotInSelection, d.Coordinate, within(d.selection, shape.Offset),
					"The request asks by $batch.%s, so the selection must hold %s.%s: results are matched to keys by it.", n.name, t.name, n.name)
			}
			continue
		}
		at := within(d.selection, f.Offset)
		if from := f.Shape.From; from != "" && from != "$" {
			r.rules.add(ConnectorsNonRootBatchKey, d.Coordinate, at,
				"%s.%s is part of the key and must come from the answer, not from %s: results are matched to keys by it.", t.name, n.name, from)
			continue
		}
		def := t.field(n.name)
		if def == nil {
			continue
		}
		target := r.named(def.typ)
		if inner := element(f.Shape); inner != nil && target != nil {
			if len(n.sub) > 0 && inner.Kind == mapping.ShapeObject {
				r.checkBatchKey(d, n.sub, inner, target)
			}
			if target.name == "ID" && inner.Kind == mapping.ShapeNumber {
				r.rules.add(BatchKeyTypeRisk, d.Coordinate, at,
					"%s is an ID but the mapping makes it a number: an identifier such as 007 or one beyond 2^53 would not match its key any more.", def.coordinate())
			}
		}
	}
}

func shapeField(shape *mapping.Shape, name string) *mapping.ShapeField {
	for i := range shape.Fields {
		if shape.Fields[i].Name == name {
			return &shape.Fields[i]
		}
	}
	return nil
}
