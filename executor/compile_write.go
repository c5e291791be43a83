package executor

import (
	"fmt"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// write is a plan.Write made ready: what becomes of a value on its way to the
// client.
type write struct {
	null bool
	expr int
	args []argument
	// where is read of each object of the outermost list.
	where     []field
	item, cap int
	flat      bool
	enum      []renamed
	quote     bool
	fallback  string
}

// argument is what an expression is given: the field of several that applies.
type argument []field

// renamed is a value as it was fetched and what is written for it, with quotes.
type renamed struct{ from, to string }

// leafs reports whether single leafs are written differently.
func (w *write) leafs() bool { return w.enum != nil || w.quote }

// compileWrite adds to a field how its value is written. path, steps and tuple
// are those of the object around it.
func (c *compiler) compileWrite(in *plan.Field, out *field, o *object, shapes []*shape, path []fault.Step, steps, tuple int) error {
	if in.Write == nil {
		return nil
	}
	w := &write{
		null: in.Write.Null, expr: in.Write.Expr, item: in.Write.Item, cap: in.Write.Cap,
		flat: in.Write.Flat, quote: in.Write.Quote, fallback: in.Write.Default,
	}
	here := append(path[:len(path):len(path)], fault.Step{Key: in.Name})
	switch {
	case w.item < 0 || w.cap < 0 || w.expr < 0 || len(in.Write.Enum)%2 != 0:
		return fmt.Errorf("%s: the value is rewritten in no way there is", placeName(here))
	case w.flat && in.Object == nil:
		return fmt.Errorf("%s: a leaf has no field to stand for it", placeName(here))
	case (w.item > 0 || w.cap > 0 || len(in.Write.Where) > 0) && in.Lists == 0:
		return fmt.Errorf("%s: no list to take items of", placeName(here))
	case len(in.Write.Where) > 0 && (in.Object == nil || in.Lists != 1):
		return fmt.Errorf("%s: no list of objects to choose one of", placeName(here))
	}
	for i := 0; i < len(in.Write.Enum); i += 2 {
		w.enum = append(w.enum, renamed{quoted(in.Write.Enum[i]), quoted(in.Write.Enum[i+1])})
	}
	// Errors about hidden fields are told at the field they are hidden for.
	as := in.Name
	for i := range in.Write.Uses {
		use := in.Write.Uses[i]
		if use.Name = as; i == 0 || in.Write.Uses[i].Name != in.Write.Uses[i-1].Name {
			w.args = append(w.args, nil)
		}
		f, err := c.compileField(&use, o, shapes, path, steps, tuple)
		if err != nil {
			return err
		}
		w.args[len(w.args)-1] = append(w.args[len(w.args)-1], f)
	}
	for i := range in.Write.Where {
		below := out.object
		f, err := c.compileField(&in.Write.Where[i], below, below.shapes, here, steps+1, tuple+len(below.shapes))
		if err != nil {
			return err
		}
		w.where = append(w.where, f)
	}
	if w.expr > 0 || w.null {
		out.typename = false
	}
	out.write = w
	// A plain leaf that only has something to stand for null is written as it is.
	out.plain = out.plain && !w.null && w.expr == 0 && w.item == 0 && w.cap == 0 && !w.leafs()
	return nil
}
