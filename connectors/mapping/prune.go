package mapping

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
			kept.items = append(kept.items, &item{naming: it.naming, path: prunePath(it.path, out), off: it.off})
			continue
		}
		wanted, n := out.wants(it.key)
		switch n {
		case 0:
			kept.produces = kept.produces || it.path.certain()
			continue
		case 1:
			it = &item{naming: named, key: it.key, path: prunePath(it.path, wanted), off: it.off}
		}
		kept.items = append(kept.items, it)
	}
	return kept
}

// wants finds what is wanted of a key, and how often: only of what is wanted
// once can more be pruned.
func (o *Output) wants(key string) (*Output, int) {
	var found *Output
	n := 0
	for i := range o.Fields {
		if f := &o.Fields[i]; f.Name == key && (key != "__typename" || o.Typename == "") {
			found = f.Output
			n++
		}
	}
	return found, n
}

func prunePath(p *path, out *Output) *path {
	if p.sub == nil {
		return p
	}
	pruned := *p
	pruned.sub = prune(p.sub, out)
	return &pruned
}

// certain says that the path has a value for every input.
func (p *path) certain() bool {
	if len(p.steps) > 0 || p.sub != nil {
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
