package mapping

import "slices"

// prune returns the part of a selection that matters for out. Spreads stay:
// their null makes the whole object null, and their keys may not be known.
func prune(s *selection, out *Output) *selection {
	if s.whole != nil {
		w := prunePath(s.whole, out)
		return &selection{items: s.items, off: s.off, whole: w}
	}
	if out == nil || out.Kind != Object {
		return s
	}
	kept := &selection{items: make([]*item, 0, len(s.items)), off: s.off, produces: s.produces}
	for _, it := range s.items {
		if it.naming != named {
			pruned := *it
			pruned.path = prunePath(it.path, out)
			kept.items = append(kept.items, &pruned)
			if it.path.sub != nil {
				kept.unwanted = append(kept.unwanted, it) // with all its keys
			}
			continue
		}
		wanted, ok := out.wants(it.key)
		if !ok {
			if it.path.certain() {
				kept.produces = true
			} else if !it.path.fromKey() {
				kept.unwanted = append(kept.unwanted, it)
			}
			continue
		}
		pruned := *it
		pruned.path = prunePath(it.path, wanted)
		kept.items = append(kept.items, &pruned)
	}
	return kept
}

// wants finds what is wanted of a key: of one that is wanted several times,
// everything that any of them wants.
func (o *Output) wants(key string) (wanted *Output, ok bool) {
	for i := range o.Fields {
		f := &o.Fields[i]
		switch {
		case f.Name != key || key == "__typename" && o.Typename != "":
		case !ok:
			wanted, ok = f.Output, true
		case wanted != nil && f.Output != nil && wanted.Kind == Object && f.Output.Kind == Object:
			joined := *wanted
			if f.Output.Typename == "" {
				joined.Typename = ""
			}
			joined.Fields = slices.Concat(wanted.Fields, f.Output.Fields)
			wanted = &joined
		default:
			wanted = nil
		}
	}
	return wanted, ok
}

func prunePath(p *path, out *Output) *path {
	if p.sub == nil {
		return p
	}
	pruned := *p
	pruned.sub = prune(p.sub, out)
	return &pruned
}

// fromKey says that the path begins with a key of $: what is no object has no
// value for it.
func (p *path) fromKey() bool {
	return p.start == startDollar && len(p.steps) > 0 && p.steps[0].kind == stepKey
}

// certain says that the path has a value for every input.
func (p *path) certain() bool {
	if len(p.steps) > 0 {
		return false
	}
	switch p.start {
	case startDollar, startAt:
		return true
	case startExpr:
		return p.expr.kind <= exprList
	case startVariable:
	}
	return false
}
