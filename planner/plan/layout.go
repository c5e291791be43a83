package plan

// layout says how the shapes of a plan hang together, as far as printers need
// it to name what a reference takes. Unlike [Check] it does not complain.
type layout struct {
	p     *Plan
	under []int         // by shape: the shape around it, 0 at the top
	to    map[place]int // a shape a link leads to
	above []int         // by top shape: a shape its records are linked to
}

func newLayout(p *Plan) *layout {
	l := &layout{p: p, under: make([]int, len(p.Shapes)), to: map[place]int{}, above: make([]int, len(p.Shapes))}
	for i, s := range p.Shapes {
		for _, key := range s.Keys {
			if key.Shape > 0 && key.Shape < len(l.under) {
				l.under[key.Shape] = i
			}
		}
	}
	for i := range p.Fetches {
		for _, set := range p.Fetches[i].Sets {
			for _, t := range set.Targets {
				if t.Shape != 0 {
					l.link(t.Shape, t.Link, set.Shape)
				}
			}
		}
	}
	for i := range p.Fetches {
		for _, j := range p.Fetches[i].Joins {
			left, right := j.shape(), j.shape()
			for _, step := range j.Left {
				_, left = l.key(left, step)
			}
			for _, step := range j.Right {
				_, right = l.key(right, step)
			}
			l.link(left, j.Link, right)
		}
	}
	return l
}

func (l *layout) link(from, link, to int) {
	l.to[place{from, link}] = to
	if to > 0 && to < len(l.above) && l.under[to] == 0 {
		l.above[to] = from
	}
}

// key returns the name of the key a reference takes, "" for the record itself,
// and the shape of the objects there, 0 for a leaf.
func (l *layout) key(shape int, ref Ref) (string, int) {
	for range ref.Up {
		if shape < 0 || shape >= len(l.under) {
			return "", 0
		}
		if up := l.under[shape]; up != 0 {
			shape = up
		} else {
			shape = l.above[shape]
		}
	}
	for _, link := range ref.Links {
		shape = l.to[place{shape, link}]
	}
	if ref.Key == -1 {
		return "", shape
	}
	if shape < 0 || shape >= len(l.p.Shapes) || ref.Key >= len(l.p.Shapes[shape].Keys) {
		return "", 0
	}
	key := l.p.Shapes[shape].Keys[ref.Key]
	return key.Name, key.Shape
}
