package planner

import (
	"slices"

	"github.com/weftql/weft/schema"
)

// dearRows are the rows whose entries below a list are dear: they take several
// backend requests. Such an entry stands in opens under a bit of its own, behind
// the bits of subgraphs, with a price of its own. The zero value is none.
type dearRows struct {
	first int   // bit of rows[0]
	rows  []int // subgraphs
	price []int // what an entry costs more than a request
}

// assumedList is how many objects are taken to stand below a list, and
// costFanOut what that many requests cost more than one: more than a few
// requests, less than a round. Chosen, not measured.
const (
	assumedList = 25
	costFanOut  = 5 * costRequest
)

func findDear(s *schema.Supergraph) dearRows {
	d := dearRows{first: len(s.Subgraphs)}
	for i := range s.Subgraphs {
		size := s.Subgraphs[i].Batch
		if s.Subgraphs[i].Connector == "" || size <= 0 || size >= assumedList {
			continue
		}
		calls := (assumedList + size - 1) / size
		d.rows = append(d.rows, i)
		d.price = append(d.price, costFanOut*(calls-1)/(assumedList-1))
	}
	return d
}

// bit is what stands in opens for an entry of sub below a list.
func (d *dearRows) bit(sub int) int {
	for i, row := range d.rows {
		if row == sub {
			return d.first + i
		}
	}
	return sub
}

// of is what the requests in word i of some opens cost more.
func (d *dearRows) of(i, words int, w uint64) int {
	sum := 0
	for k := range d.rows {
		if bit := d.first + k; bit/64 == i%words && w&(1<<(bit%64)) != 0 {
			sum += d.price[k]
		}
	}
	return sum
}

// withoutDear is the choices less the dear ways where others end no later, to be
// covered a second time: several cheap entries together can cost less than the
// one dear one that is cheapest for each item. nil: there is nothing to leave
// out.
func (r *run) withoutDear(open []*choice, st *start) []*choice {
	if !st.many || len(r.g.dear.rows) == 0 || r.limits.approximate {
		return nil
	}
	out := make([]*choice, len(open))
	fewer := false
	for i, o := range open {
		out[i] = &choice{it: o.it, ways: o.ways, pick: -1}
		end := unreached
		for k := range o.ways {
			if w := &o.ways[k]; w.n.many == w.n.bit {
				end = min(end, w.opens.last(r.g.words))
			}
		}
		cheap := slices.DeleteFunc(slices.Clone(o.ways), func(w candidate) bool {
			return w.n.many != w.n.bit && w.opens.last(r.g.words) >= end
		})
		if len(cheap) < len(o.ways) && len(cheap) > 0 {
			out[i].ways, fewer = cheap, true
		}
	}
	if !fewer {
		return nil
	}
	return out
}
