package testkit

// matches reports whether pattern ⊆ value: every key of an object in the
// pattern is in the value and matches, lists agree item by item, and a null in
// the pattern matches null or an absent key.
func matches(pattern, value any) bool {
	switch p := pattern.(type) {
	case *Object:
		v, ok := value.(*Object)
		if !ok {
			return false
		}
		for _, name := range p.Names() {
			if !matches(p.Value(name), v.Value(name)) {
				return false
			}
		}
		return true
	case []any:
		v, ok := value.([]any)
		if !ok || len(v) != len(p) {
			return false
		}
		for i := range p {
			if !matches(p[i], v[i]) {
				return false
			}
		}
		return true
	}
	return Equal(pattern, value)
}

// holdsExactly reports whether every key of when is present in args and equal.
func holdsExactly(when, args *Object) bool {
	for _, name := range when.Names() {
		v, ok := args.Get(name)
		if !ok || !Equal(when.Value(name), v) {
			return false
		}
	}
	return true
}

// overlay returns base with the members of over added or replaced.
func overlay(base, over *Object) *Object {
	if over.Len() == 0 {
		return base
	}
	out := base.Clone()
	for _, name := range over.Names() {
		out.Set(name, over.Value(name))
	}
	return out
}
