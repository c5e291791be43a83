package mapping

// The fast path runs a mapping that only gives JSON another shape: fields,
// names, paths of the input and of variables, braces and constants. It goes over
// the text of the input and appends to the output, with nothing between. Per
// object it notes where the wanted members lie and then writes them; text that
// nobody wants is skipped.
//
//	data.items { id: key owner { name } kind: $("x") }
//
//	fastValue{steps: data, items; object:
//	    fastObject{keys: [key, owner]
//	        fields: id ← 0, owner ← 1 { fastObject{keys: [name] …} }, kind ← "x"}}
//
// It agrees with the general evaluator in all, problems included, and hands
// over to that in the middle where it meets data that it has no rule for.

// fastObject makes an object of the value that it is applied to.
type fastObject struct {
	keys   []string       // members of the input that fields begin with
	index  map[string]int // of keys, if there are many
	fields []fastField
	// always: an object comes out whatever the value is. Otherwise a value that
	// is no object stays as it is.
	always bool
	// quiet: the object is not the mapping's, it picks what is wanted of a value
	// that the mapping takes whole. What is missing is no problem then, and what
	// is no object does not fit.
	quiet bool
	// maybe: what is no object may still become one, by variables.
	maybe bool
	// full: fields without a value are written as null.
	full bool
}

// fastField is one key of the output.
type fastField struct {
	name   string // the mapping's key
	prefix []byte // `"response":`
	value  fastValue
}

// fastValue finds a value and writes it.
type fastValue struct {
	constant []byte // written as it is
	slot     int    // of the first step among keys; none of the value itself
	variable string // the steps are of this instead
	off      int    // of variable
	steps    []fastStep
	object   *fastObject // applied to the value, or to each element of a list
	out      *Output     // its type; nil as it is
	lists    int
}

// none is the slot of a value that does not begin with a key of the object.
const none = -1

// fastStep is a key, with or without a ? behind it.
type fastStep struct {
	key      string
	optional bool
	off      int
}

// indexedKeys is the number of keys from which on a map finds them; chosen, not
// measured.
const indexedKeys = 12

// fastProgram returns the fast form of a mapping, nil if it has none.
func fastProgram(s *selection, out *Output) *fastValue {
	if s.whole != nil {
		v, ok := fastPath(s.whole, out, out.lists())
		if !ok || v.constant != nil {
			return nil
		}
		return &v
	}
	v := fastValue{slot: none, out: out, lists: out.lists()}
	if !v.apply(s) {
		return nil
	}
	return &v
}

// fastPath compiles a path that starts at the value itself.
func fastPath(p *path, out *Output, lists int) (fastValue, bool) {
	v := fastValue{slot: none, out: out, lists: lists}
	switch p.start {
	case startDollar, startAt:
	case startExpr:
		if p.expr.kind != exprLiteral || len(p.steps) > 0 || p.sub != nil {
			return v, false
		}
		return v.fixed(p.expr.value)
	case startVariable:
		if p.local {
			return v, false
		}
		v.variable, v.off = p.name, p.off
	}
	for _, s := range p.steps {
		switch {
		case s.kind == stepKey:
			v.steps = append(v.steps, fastStep{key: s.name, off: s.off})
		case s.kind == stepQuestion && len(v.steps) > 0:
			v.steps[len(v.steps)-1].optional = true
		default:
			return v, false
		}
	}
	if p.sub != nil {
		return v, v.apply(p.sub)
	}
	v.project()
	return v, true
}

// fixed makes v a constant, typed now.
func (v fastValue) fixed(x value) (fastValue, bool) {
	problems := &Problems{}
	e := &evaluation{}
	e.begin(nil, problems)
	w := writer{evaluation: e, limit: maxBytes}
	w.typed(x, v.out, v.lists, nil)
	v.constant = w.dst
	return v, e.over == "" && problems.Total() == 0
}

// apply compiles braces.
func (v *fastValue) apply(s *selection) bool {
	switch {
	case v.out == nil:
	case v.out.Kind == Any && v.lists == 0:
		v.out = nil
	case v.out.Kind != Object:
		return false
	}
	o := &fastObject{always: s.produces, maybe: len(s.unwanted) > 0, full: v.out != nil}
	seen := map[string]*item{}
	for _, it := range s.items {
		if it.naming != named || seen[it.key] != nil {
			return false
		}
		seen[it.key] = it
		if v.out == nil && !o.add(it, it.key, nil, 0) {
			return false
		}
	}
	if v.out != nil && !o.addWanted(v.out, seen) {
		return false
	}
	// Items that are not written can still make it an object.
	for _, it := range s.items {
		o.always = o.always || it.path.certain()
	}
	o.ready()
	v.object = o
	return true
}

func (o *fastObject) addWanted(out *Output, items map[string]*item) bool {
	for i := range out.Fields {
		f := &out.Fields[i]
		switch it := items[f.Name]; {
		case f.Name == "__typename" && out.Typename != "":
			o.constant(f, appendQuoted(nil, []byte(out.Typename)))
		case it == nil:
			o.constant(f, nullValue.raw)
		case !o.add(it, f.Response, f.Output, f.Output.lists()):
			return false
		}
	}
	return true
}

func (o *fastObject) constant(f *OutputField, text []byte) {
	o.fields = append(o.fields, fastField{name: f.Name, prefix: fastPrefix(f.Response), value: fastValue{constant: text}})
}

func fastPrefix(name string) []byte { return append(appendQuoted(nil, []byte(name)), ':') }

// add compiles an item to a field.
func (o *fastObject) add(it *item, response string, out *Output, lists int) bool {
	v, ok := fastPath(it.path, out, lists)
	if !ok {
		return false
	}
	o.maybe = o.maybe || v.variable != ""
	if len(v.steps) > 0 && v.variable == "" {
		v.slot = o.slot(v.steps[0].key)
	}
	o.fields = append(o.fields, fastField{name: it.key, prefix: fastPrefix(response), value: v})
	return true
}

// slot returns the place of a key among those that are looked for.
func (o *fastObject) slot(key string) int {
	if i, ok := o.index[key]; ok {
		return i
	}
	if o.index == nil {
		o.index = map[string]int{}
	}
	o.index[key] = len(o.keys)
	o.keys = append(o.keys, key)
	return len(o.keys) - 1
}

// ready is called when all keys are known.
func (o *fastObject) ready() {
	if len(o.keys) < indexedKeys {
		o.index = nil
	}
}

// project compiles what is wanted of a value that the mapping takes whole.
func (v *fastValue) project() {
	if v.out == nil || v.out.Kind != Object {
		return
	}
	o := &fastObject{quiet: true, full: true}
	for i := range v.out.Fields {
		f := &v.out.Fields[i]
		if f.Name == "__typename" && v.out.Typename != "" {
			o.constant(f, appendQuoted(nil, []byte(v.out.Typename)))
			continue
		}
		inner := fastValue{slot: o.slot(f.Name), steps: []fastStep{{key: f.Name, optional: true}}, out: f.Output, lists: f.Output.lists()}
		inner.project()
		o.fields = append(o.fields, fastField{name: f.Name, prefix: fastPrefix(f.Response), value: inner})
	}
	o.ready()
	v.object = o
}
