package operation

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// canonical is the form of an operation that is hashed: fields with their
// aliases in order, types by name, variables and literals by number. Every part
// starts with a letter that says what it is and strings carry their length, so
// two operations have the same form only if they are the same.
type canonical struct{ buf []byte }

func (c *canonical) begin(kind plan.Kind, name string) {
	c.buf = append(c.buf, 'K', byte(kind))
	c.string(name)
}

// field opens a field; its arguments and selections follow, then end.
func (c *canonical) field(g *schema.Supergraph, f *Field, owner string) {
	c.buf = append(c.buf, 'F')
	c.string(f.Response)
	c.string(f.Name)
	c.string(owner)
	if f.On != nil {
		c.buf = append(c.buf, 'O')
		for id := range f.On.All() {
			c.string(g.Types[id].Name)
		}
	}
	c.guard(f.Guard)
	if f.Out != nil && f.Out.Denied {
		c.buf = append(c.buf, 'N')
	}
	for d := f.Defer; d != nil; d = d.Parent {
		c.buf = append(c.buf, 'D')
		c.string(d.Label)
		c.buf = binary.AppendVarint(c.buf, int64(d.If))
	}
}

func (c *canonical) guard(g plan.Guard) {
	for _, l := range g {
		c.buf = append(c.buf, 'G')
		c.buf = binary.AppendUvarint(c.buf, l.Set)
		c.buf = binary.AppendUvarint(c.buf, l.Clear)
	}
}

func (c *canonical) end() { c.buf = append(c.buf, 'E') }

func (c *canonical) argument(name string) {
	c.buf = append(c.buf, 'A')
	c.string(name)
}

func (c *canonical) variable(i int) {
	c.buf = append(c.buf, 'V')
	c.buf = binary.AppendUvarint(c.buf, uint64(i))
}

func (c *canonical) literal(i int, typ string) {
	c.buf = append(c.buf, 'L')
	c.buf = binary.AppendUvarint(c.buf, uint64(i))
	c.string(typ)
}

func (c *canonical) string(s string) {
	c.buf = append(c.buf, 'S')
	c.buf = binary.AppendUvarint(c.buf, uint64(len(s)))
	c.buf = append(c.buf, s...)
}

// sum closes the form with what variables are declared as and returns its hash.
func (c *canonical) sum(o *Operation) [32]byte {
	for _, v := range o.Variables {
		c.string(v.Type)
	}
	for _, i := range o.Conditions {
		c.variable(i)
	}
	// Errors are part of what a restricted operation answers.
	for i := range o.Denied {
		d := &o.Denied[i]
		c.buf = append(c.buf, 'R')
		c.buf = binary.AppendUvarint(c.buf, uint64(d.Requirement))
		for _, step := range d.Path {
			c.string(step)
		}
		c.guard(d.Guard)
	}
	return sha256.Sum256(c.buf)
}
