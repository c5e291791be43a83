package mapping

import "testing"

// TestEveryVersion are rules that follow from others: each holds in its version
// and all later ones, and does not parse before. why says what it follows from.
func TestEveryVersion(t *testing.T) {
	const bolts = `{"l":[{"s":"a","d":{"h":1}},{"s":"b","d":null},{"d":{"h":2}}],"n":null,"t":"x","i":3,"e":{},"el":[],"o":{"k":[1,{"a":1}],"p":null}}`
	for _, c := range []struct {
		since Version
		why   string
		rule
	}{
		{V1, `a path of several steps takes braces and a name`, rule{`x: o.k { a }`, bolts, `{"x":[1,{"a":1}]}`, `/o/k/0/a`}},
		{V1, `braces of one key keep its name at every level`, rule{`o { p k { a } }`, bolts, `{"o":{"p":null,"k":[1,{"a":1}]}}`, `/o/k/0/a`}},
		{V1, `a quoted key is a key after a dot, too`, rule{`x: $."t" y: o.'p'`, bolts, `{"x":"x","y":null}`, ``}},
		{V1, `true, false and null are fields where no literal may stand`, rule{`true x: null y: $.false`, `{"true":1,"null":2,"false":3}`, `{"true":1,"x":2,"y":3}`, ``}},
		{V1, `one value twice under one name merges into itself`, rule{`o o { k }`, bolts, `{"o":{"k":[1,{"a":1}],"p":null}}`, ``}},
		{V1, `lists merge by index, the longer one's rest stays`, rule{`l { s } l: o.k { b: $.a }`, bolts, `{"l":[1,{"s":"b","b":1},{}]}`, `/l/2/s /o/k/0/a /`}},
		{V1, `null wins over a later value`, rule{`x: t x: n x: i`, bolts, `{"x":null}`, ``}},
		{V1, `what is missing changes no earlier value`, rule{`x: t x: zz`, bolts, `{"x":"x"}`, `/zz`}},
		{V1, `a key of a list is looked up in each element, in every place`, rule{`x: l.d.h`, bolts, `{"x":[1,null,2]}`, `/l/d/1/h`}},
		{V1, `problems of elements come before those of the list of what they had`, rule{`x: l.s.u`, bolts, `{"x":[null,null,null]}`, `/l/2/s /l/s/0/u /l/s/1/u /l/s/2/u`}},
		{V1, `braces over null report each key and keep the null`, rule{`n { a b }`, bolts, `{"n":null}`, `/n/a /n/b`}},
		{V1, `braces over an empty list report nothing`, rule{`el { a { b } }`, bolts, `{"el":[]}`, ``}},
		{V1, `braces without a name merge, so their list cannot`, rule{`i $.l { s }`, bolts, `{"i":3}`, `/l/2/s /`}},
		{V1, `braces alone are the value, of a list as well`, rule{`$.l { s }`, bolts, `[{"s":"a"},{"s":"b"},{}]`, `/l/2/s`}},
		{V1, `the first of a mapped key is the first of all`, rule{`x: l.d->first.h y: l->first.d.h`, bolts, `{"x":1,"y":1}`, ``}},
		{V1, `$ of braces is the element, of nested braces the inner one`, rule{`l { w: $ d { h v: $.h } }`, `{"l":[{"d":{"h":1}}]}`, `{"l":[{"w":{"d":{"h":1}},"d":{"h":1,"v":1}}]}`, ``}},
		{V1, `$ in an argument is that of the braces around, @ the element`, rule{`o { x: k->map([@, $.p]) }`, bolts, `{"o":{"x":[[1,null],[{"a":1},null]]}}`, ``}},
		{V1, `a variable's null is a value, the path beyond it is not`, rule{`x: $args.deep.x y: $args.deep.x.z`, bolts, `{"x":null}`, `/$args/deep/x/z`}},
		{V1, `commas end lists, objects and arguments`, rule{`x: $([1, 2,]) y: $({ a: 1, }) z: t->echo("q",)`, bolts, `{"x":[1,2],"y":{"a":1},"z":"q"}`, ``}},
		{V1, `comments and line breaks stand between all tokens`, rule{"x # one\n:\n o # two\n . k -> # three\n size", bolts, `{"x":2}`, ``}},
		{V1, `an escape stands for itself but n`, rule{`x: $("a\tb\"\\") y: $('it\'s "so"')`, bolts, `{"x":"atb\"\\","y":"it's \"so\""}`, ``}},
		{V1, `a literal has steps inside $( )`, rule{`x: $([1, 2]->last) y: $("ab"->size->add(1)) z: $({ a: { b: 1 } }.a.b)`, bolts, `{"x":2,"y":3,"z":1}`, ``}},
		{V1, `a problem behind $( ) has no path but its own`, rule{`x: $(o.k).z`, `{"o":{"k":{}}}`, `{}`, `/z`}},
		{V1, `a local ends with its path`, rule{`x: i->as($v)->add($v) y: $v`, bolts, `{"x":6}`, `/`}},
		{V1, `a local holds in the braces of its path`, rule{`x: o->as($v) { q: $v.p k }`, bolts, `{"x":{"q":null,"k":[1,{"a":1}]}}`, ``}},

		{V3, `? sees what the key before it has, null or nothing`, rule{`x: n? y: zz? z: t?`, bolts, `{"z":"x"}`, ``}},
		{V3, `? says nothing of keys before`, rule{`x: zz.y? z: n.y?`, bolts, `{}`, `/zz /n/y`}},
		{V3, `? of a list is no ? of its elements`, rule{`x: l.s? y: l.d?.h`, bolts, `{"x":["a","b",null],"y":[1,null,2]}`, `/l/2/s /l/d/1/h`}},
		{V3, `? in braces is of each element`, rule{`l { s? d? { h } }`, bolts, `{"l":[{"s":"a","d":{"h":1}},{"s":"b"},{"d":{"h":2}}]}`, ``}},
		{V3, `? behind a method sees its result`, rule{`x: el->first? y: o->get("p")? z: o.p->echo(@)?.q`, bolts, `{}`, ``}},
		{V3, `methods of nothing are not called`, rule{`x: n?->size y: zz?->upper z: zz?->map(@.q)`, bolts, `{}`, ``}},
		{V3, `problems of skipped operands go, those of the one taken stay`, rule{`x: $(zz ?? l.s) y: $(n ?? o.k->map(@.a))`, bolts, `{"x":["a","b",null],"y":[null,1]}`, `/l/2/s /o/k/->map/0/a`}},
		{V3, `all problems stay where no operand has a value`, rule{`x: $(zz.a ?! i->upper ?! el->first)`, bolts, `{}`, `/zz /i/->upper`}},
		{V3, `a null at the end of ?? is its value, in the middle it is not`, rule{`x: $(zz ?? n) y: $(n ?? zz)`, bolts, `{"x":null}`, `/zz`}},
		{V3, `a chain inside a chain keeps to itself`, rule{`x: $($(zz ?? yy) ?! n) y: $(n ?? $(zz ?! "q"))`, bolts, `{"x":null,"y":"q"}`, ``}},
		{V3, `chains stand wherever expressions do`, rule{`x: $([n ?? 1, { a: zz ?! 2 }]) y: t->echo(n ?? @) z: t->match(["x", zz ?? "m"])`, bolts, `{"x":[1,{"a":2}],"y":"x","z":"m"}`, ``}},
		{V3, `what stands behind $( ) sees the chain's value`, rule{`x: $(n ?? o).k->size`, bolts, `{"x":2}`, ``}},
		{V3, `one anonymous path may stand in braces alone`, rule{`x: { o.k }`, `{"o":{"k":{"a":1}}}`, `{"x":{"a":1}}`, ``}},

		{V4, `a spread object's keys merge with those around it`, rule{`i ... o k: $([2])`, bolts, `{"i":3,"k":[2,{"a":1}],"p":null}`, ``}},
		{V4, `a spread null takes everything, what follows too`, rule{`i ... n t`, bolts, `null`, ``}},
		{V4, `a spread null in an element takes that element`, rule{`l { s? ... d }`, bolts, `{"l":[{"s":"a","h":1},null,{"h":2}]}`, ``}},
		{V4, `a spread of nothing is a problem, even a silent nothing`, rule{`i ... zz? ... el->first`, bolts, `{"i":3}`, `/ /`}},
		{V4, `a spread of another type is a problem and adds nothing`, rule{`i ... t ... l ... i`, bolts, `{"i":3}`, `/ / /`}},
		{V4, `a spread alone is still an object`, rule{`... i`, bolts, `{}`, `/`}},
		{V4, `a member without a name is one key, with ? or braces`, rule{`x: $({ t, zz?, o { p }, i: "j" })`, bolts, `{"x":{"t":"x","o":{"p":null},"i":"j"}}`, ``}},
	} {
		t.Run(c.why, func(t *testing.T) {
			for v := V1; v <= V4; v++ {
				if v >= c.since {
					c.run(t, v)
				} else if _, err := Parse(c.text, v); err == nil {
					t.Errorf("%s parses in version 0.%d", c.text, v)
				}
			}
		})
	}
}
