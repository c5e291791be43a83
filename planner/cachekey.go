package planner

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/weftql/weft/operation"
)

// Key identifies a plan: operation hash, supergraph, view, choice, options, and
// the name that requests carry.
type Key [32]byte

// Key returns the cache key of the plan for op under c. Conditions beyond the
// specialised ones are guards of one plan and do not count.
func (p *Planner) Key(op *operation.Operation, c operation.Choice) Key {
	h := sha256.New()
	h.Write(op.Hash[:])
	h.Write(p.snapshot[:])
	var b [8]byte
	view := 0
	if op.View != nil {
		view = op.View.ID
	}
	for _, n := range []uint64{uint64(view), c.Conditions & specialisedMask, c.Labels, c.Denied, uint64(p.options.Batching)} {
		binary.LittleEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
	if !p.options.Anonymous {
		h.Write([]byte(op.Name))
	}
	var k Key
	h.Sum(k[:0])
	return k
}
