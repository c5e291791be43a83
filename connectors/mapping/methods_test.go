package mapping

import "testing"

func TestMethodsOnLists(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: n->echo(@) b: o->echo(id) c: o->echo([@.k, $.n])`, ``, `{"a":7,"b":"L-7","c":[1,7]}`, ``},
		{`a: n->echo b: n->echo() c: nope->echo(1) d: n->echo(nope)`, ``, `{}`, `/n/->echo /n/->echo /nope /nope`},
		{`a: n->echo(@.x)`, ``, `{}`, `/n/->echo/x`},

		{`a: xs->map(@->add(1)) b: n->map(@) c: none->map(@)`, ``, `{"a":[4,2,3],"b":[7],"c":[]}`, ``},
		{`a: ys->map(@.v) b: n->map(@.v) c: n->map(nope?) d: n->map`, ``, `{"a":[1,null,null]}`, `/ys/->map/2/v /n/->map/v /n/->map`},
		{`a: xs->map(id) b: zs->map(@->map(@.v))`, ``, `{"a":["L-7","L-7","L-7"],"b":[[1],[2,3]]}`, ``},

		{`a: xs->first b: xs->last c: wide->first d: wide->last`, ``, `{"a":3,"b":2,"c":"é","d":"a"}`, ``},
		{`a: none->first b: e->last c: n->first d: o->last`, ``, `{"c":7,"d":{"k":1,"p":{"q":2}}}`, `/n/->first /o/->last`},
		{`a: xs->first() b: xs->last(1)`, ``, `{}`, `/xs/->first /xs/->last`},

		{`a: xs->slice(1) b: xs->slice(0, 1) c: xs->slice(-9, 9) d: xs->slice(2, 1) e: xs->slice`, ``, `{"a":[1,2],"b":[3],"c":[3,1,2],"d":[],"e":[3,1,2]}`, ``},
		{`a: s->slice(1) b: s->slice(0, 2) c: s->slice(3, 1) d: wide->slice(2) e: wide->slice(0, 2)`, ``, `{"a":"bc","b":"ab","c":"","d":"a","e":"é"}`, ``},
		{`a: wide->slice(1) b: wide->slice(0, 1) c: n->slice(1) d: xs->slice("x", nope)`, ``, `{"d":[3,1,2]}`, `/wide/->slice /wide/->slice /n/->slice /nope`},

		{`a: xs->size b: wide->size c: o->size d: e->size`, ``, `{"a":3,"b":3,"c":2,"d":0}`, ``},
		{`a: n->size b: z->size c: xs->size()`, ``, `{}`, `/n/->size /z/->size /xs/->size`},

		{`a: o->entries b: o->entries.key`, ``, `{"a":[{"key":"k","value":1},{"key":"p","value":{"q":2}}],"b":["k","p"]}`, ``},
		{`a: xs->entries b: o->entries()`, ``, `{}`, `/xs/->entries /o/->entries`},
		{`a: o->entries { key v: value }`, `{"o":{"x\"y":[1]}}`, `{"a":[{"key":"x\"y","v":[1]}]}`, ``},

		{`a: xs->get(0) b: xs->get(-1) c: s->get(-3) d: o->get("k") e: $->get("full name")`, ``, `{"a":3,"b":2,"c":"a","d":1,"e":"Ines"}`, ``},
		{`a: xs->get(3) b: xs->get(-4) c: s->get(3) d: wide->get(0) e: wide->get(2) f: o->get("x")`, ``, `{"e":"a"}`, `/xs/->get /xs/->get /s/->get /wide/->get /o/->get`},
		{`a: xs->get("0") b: o->get(0) c: xs->get(1.0) d: n->get(0) e: xs->get f: xs->get(nope)`, ``, `{}`, `/xs/->get /o/->get /xs/->get /n/->get /xs/->get /nope`},

		{`a: xs->filter(@->gt(1)) b: n->filter(@->eq(7)) c: n->filter(@->eq(8)) d: none->filter(1)`, ``, `{"a":[3,2],"b":[7],"c":[],"d":[]}`, ``},
		{`a: xs->filter(@)`, ``, `{}`, `/xs/->filter/0 /xs/->filter/1 /xs/->filter/2`},
		{`a: ys->filter(@.v->eq(1))`, ``, `{}`, `/ys/->filter/2/v /ys/->filter/2`},
		{`a: n->filter(@) b: n->filter(nope) c: xs->filter`, ``, `{}`, `/n/->filter /nope /xs/->filter`},

		{`a: xs->find(@->lt(3)) b: n->find(@->eq(7)) c: n->find(@->eq(8)) d: xs->find(@->gt(9))`, ``, `{"a":1,"b":7}`, ``},
		{`a: xs->find(@) b: xs->find(nope) c: n->find(@) d: n->find(nope) e: xs->find()`, ``, `{}`, `/xs/->find/0 /nope /xs/->find/0 /n/->find /nope /xs/->find`},

		{`a: n->in([1, 7.0]) b: n->in([]) c: s->in(["abc"]) d: o->in([{p: {q: 2}, k: 1}])`, ``, `{"a":true,"b":false,"c":true,"d":true}`, ``},
		{`a: xs->contains(1.0) b: xs->contains("1") c: zs->contains([{v: 1}]) d: none->contains(z)`, ``, `{"a":true,"b":false,"c":true,"d":false}`, ``},
		{`a: n->in(7) b: n->contains(7) c: n->in d: xs->contains(1, 2) e: n->in(nope) f: xs->contains(nope)`, ``, `{}`, `/n/->in /n/->contains /n/->in /xs/->contains /nope /nope`},
	})
}

func TestMethodsOnText(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: xs->joinNotNull("-") b: $([1, null, "x", true, 1.00])->joinNotNull(", ") c: n->joinNotNull("") d: z->joinNotNull(",") e: none->joinNotNull(",")`, ``,
			`{"a":"3-1-2","b":"1, x, true, 1.0","c":"7","d":"","e":""}`, ``},
		{`a: $([null, null])->joinNotNull(",") b: $(["", ""])->joinNotNull(",")`, ``, `{"a":"","b":","}`, ``},
		{`a: xs->joinNotNull b: xs->joinNotNull(1) c: o->joinNotNull(",") d: zs->joinNotNull(",") e: xs->joinNotNull(nope)`, ``, `{}`,
			`/xs/->joinNotNull /xs/->joinNotNull /o/->joinNotNull /zs/->joinNotNull /nope /xs/->joinNotNull`},

		{`a: n->toString b: f->toString() c: t->toString d: z->toString e: s->toString f: $(1.50)->toString`, ``, `{"a":"7","b":"1.5","c":"true","d":"","e":"abc","f":"1.5"}`, ``},
		{`a: o->toString b: xs->toString c: n->toString(1)`, ``, `{}`, `/o/->toString /xs/->toString /n/->toString`},

		{`a: $->jsonStringify`, `{ "a" : [ 1 , "x y" ], "b\n":{ } }`, `{"a":"{\"a\":[1,\"x y\"],\"b\\n\":{}}"}`, ``},
		{`a: s->jsonStringify b: n->jsonStringify c: $({x: "ä\"", y: [n]})->jsonStringify d: n->jsonStringify(1)`, ``, `{"a":"\"abc\"","b":"7","c":"{\"x\":\"ä\\\"\",\"y\":[7]}"}`, `/n/->jsonStringify`},
		{`a: $("[1, {\"b\": 2.50}]")->jsonParse b: s->jsonParse c: n->jsonParse d: e->jsonParse`, ``, `{"a":[1,{"b":2.50}]}`, `/s/->jsonParse /n/->jsonParse /e/->jsonParse`},
		// Equal values give equal text, however the backend spelt them.
		{`a: $->jsonStringify b: s->jsonStringify`, `{"s":"\u00e9\/\b\f\u0001\u001F\u0022\ud83d\ude00","k\u0041":[{"\/":1}]}`,
			`{"a":"{\"s\":\"é/\\b\\f\\u0001\\u001f\\\"😀\",\"kA\":[{\"/\":1}]}","b":"\"é/\\b\\f\\u0001\\u001f\\\"😀\""}`, ``},
		{`a: $->jsonStringify->jsonParse->eq($)`, ``, `{"a":true}`, ``},
		{`a: $->jsonParse.x`, `"{\"x\": \"\\ud800\"}"`, `{"a":"\ufffd"}`, ``},
		{`a: $("42")->parseInt b: $("-7")->parseInt() c: $("ff")->parseInt(16) d: $("z")->parseInt(36) e: f->parseInt f: $(-7.9)->parseInt g: $(10)->parseInt(2)`, ``,
			`{"a":42,"b":-7,"c":255,"d":35,"e":1,"f":-7,"g":2}`, ``},
		{`a: s->parseInt b: e->parseInt c: t->parseInt d: n->parseInt(1) e: n->parseInt(37) f: n->parseInt(2.0) g: n->parseInt(2, 3) h: n->parseInt(nope)`, ``, `{}`,
			`/s/->parseInt /e/->parseInt /t/->parseInt /n/->parseInt /n/->parseInt /n/->parseInt /n/->parseInt /nope`},
		{`a: $("9223372036854775807")->parseInt b: b->parseInt c: c->parseInt d: d->parseInt e: e->parseInt`, `{"b":"9223372036854775808","c":9223372036854775808,"d":"1_0","e":" 1"}`,
			`{"a":9223372036854775807}`, `/b/->parseInt /c/->parseInt /d/->parseInt /e/->parseInt`},
		{`a: a->parseInt b: b->parseInt`, `{"a":1e300,"b":9e18}`, `{"b":9000000000000000000}`, `/a/->parseInt`},
	})
}

func TestMethodsOnNumbers(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: n->add(1) b: n->add(1, 2) c: n->sub(10) d: n->mul(2, 3) e: n->div(2) f: n->div(7) g: n->mod(4) h: n->add()`, ``, `{"a":8,"b":10,"c":-3,"d":42,"e":3.5,"f":1.0,"g":3,"h":7}`, ``},
		{`a: n->add(0.5) b: n->mul(2.0) c: f->add(f) d: f->mod(1) e: $(-7)->mod(4) f: f->sub(1.5)`, ``, `{"a":7.5,"b":14.0,"c":3.0,"d":0.5,"e":-3,"f":0.0}`, ``},
		{`a: n->add b: s->add(1) c: n->add("1") d: n->add(nope) e: n->add(z)`, ``, `{}`, `/n/->add /s/->add /n/->add /nope /n/->add /n/->add`},
		// Floats made to text have no zeros or signs that say nothing.
		{`a: $(7)->div(70000000)->toString b: m->mul(10.0)->toString c: $(0.1)->div(10000)->toString d: m->add(0.5)->toString`, `{"m":1000000000000000}`,
			`{"a":"1e-7","b":"1e16","c":"0.00001","d":"1000000000000000.5"}`, ``},
		{`a: n->div(0) b: n->mod(0) c: n->div(0.0) d: n->mod(0.0)`, ``, `{}`, `/n/->div /n/->mod /n/->div /n/->mod`},
		{`a: m->add(1) b: m->mul(2) c: l->sub(1) d: l->mul(-1) e: l->mod(-1) f: m->add(1.0) g: m->sub(-1) h: l->mul(1) i: m->mul(-1)`, `{"m":9223372036854775807,"l":-9223372036854775808}`,
			`{"e":0,"f":9.223372036854776e18,"h":-9223372036854775808,"i":-9223372036854775807}`, `/m/->add /m/->mul /l/->sub /l/->mul /m/->sub`},
		{`a: m->add(1) b: m->add(0.5) c: h->mul(10.0)`, `{"m":9223372036854775808,"h":1e308}`, `{"b":9.223372036854776e18}`, `/m/->add /h/->mul`},

		{`a: n->eq(7.0) b: n->eq("7") c: n->ne(8) d: z->eq(null) e: xs->eq([3, 1, 2]) f: o->eq({p: {q: 2}, k: 1}) g: xs->eq([3, 1]) h: o->eq({k: 1})`, ``,
			`{"a":true,"b":false,"c":true,"d":true,"e":true,"f":true,"g":false,"h":false}`, ``},
		{`a: n->eq b: n->ne(1, 2) c: n->eq(nope) d: s->eq("\u0061bc")`, ``, `{"d":false}`, `/n/->eq /n/->ne /nope`},
		{`a: m->eq(9007199254740993) b: m->eq(9007199254740992) c: m->eq(9007199254740992.0)`, `{"m":9007199254740993}`, `{"a":true,"b":false,"c":true}`, ``},
		{`a: n->gt(6) b: n->gte(7.0) c: n->lt(7) d: n->lte(7) e: s->gt("abb") f: s->lt("abcd") g: wide->gt("z")`, ``, `{"a":true,"b":true,"c":false,"d":true,"e":true,"f":true,"g":true}`, ``},
		{`a: n->gt("6") b: s->gt(1) c: z->gt(null) d: t->lt(true) e: xs->lte([]) f: n->gt g: n->gt(nope)`, ``, `{}`, `/n/->gt /s/->gt /z/->gt /t/->lt /xs/->lte /n/->gt /nope`},

		{`a: t->and(true) b: t->and(true, false) c: t->or(nope) d: t->not e: t->and() f: t->not->or(true) g: t->not->and(nope)`, ``, `{"a":true,"b":false,"c":true,"d":false,"e":true,"f":true,"g":false}`, ``},
		{`a: n->and(true) b: t->and c: t->and(nope) d: t->and(1) e: t->not->or(1, false) f: n->not g: t->not() h: z->or(true)`, ``, `{"d":true,"e":false}`,
			`/n/->and /t/->and /nope /t/->and /t/->not/->or /n/->not /t/->not /z/->or`},
		// Each argument that is no boolean is a problem of its own.
		{`a: t->and(1, 2, false) b: t->not->or(s, s)`, ``, `{"a":false,"b":false}`, `/t/->and /t/->and /t/->not/->or /t/->not/->or`},
	})
}

func TestMatch(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: id->match(["x", 1], ["L-7", n], [@, 0]) b: id->match([@, 1], ["L-7", 2])`, ``, `{"a":7,"b":1}`, ``},
		{`a: n->match([7.0, "float"], [7, "int"]) b: f->match([1.50, "same"])`, ``, `{"a":"int","b":"same"}`, ``},
		{`a: z->match([null, "n"]) b: xs->match([[3, 1, 2], "l"]) c: o->match([{p: {q: 2}, k: 1}, "o"]) d: t->match([true, {x: n}])`, ``, `{"a":"n","b":"l","c":"o","d":{"x":7}}`, ``},
		{`a: id->match b: id->match() c: id->match(["x", 1]) d: id->match("L-7", 1) e: id->match([id], [id, 1, 2]) f: id->match([nope, 1])`, ``, `{}`,
			`/id/->match /id/->match /id/->match /id/->match /id/->match /nope /id/->match`},
		{`a: id->match([nope, 1], [@, 2]) b: id->match([@, nope])`, ``, `{"a":2}`, `/nope /nope`},
		{`a: ys->map(@->match([{v: 1}, "one"], [@, "other"]))`, ``, `{"a":["one","other","other"]}`, ``},
	})
}

func TestAs(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: o->as($x).k b: o->as($x)->echo($x.p) c: n->as($x, @->add(1))->echo([@, $x])`, ``, `{"a":1,"b":{"q":2},"c":[7,8]}`, ``},
		{`a: xs->map(@->as($x)->echo(ys->map([$x, @.v?])))`, ``, `{"a":[[[3,1],[3,null],[3,null]],[[1,1],[1,null],[1,null]],[[2,1],[2,null],[2,null]]]}`, ``},
		{`a: o->as($x) { k q: $x.p.q } b: { q: $x }`, ``, `{"a":{"k":1,"q":2},"b":{}}`, `/`},
		{`a: o->as($x)->echo($x.no) b: n->as($x)->as($x, 2)->echo($x)`, ``, `{"b":2}`, `/$x/no`},
		{`a: n->as b: n->as() c: n->as(1) d: n->as($x.y) e: n->as($x, 1, 2)->echo($x) f: n->as(@)`, ``, `{"a":7,"b":7,"c":7,"d":7,"e":1,"f":7}`, `/n/->as /n/->as /n/->as /n/->as /n/->as /n/->as`},
		{`a: n->as($args)->echo($args.id) b: n->as($x, nope)->echo($x)`, ``, `{"a":"A1"}`, `/n/->as /nope /n/->as/->echo`},
	})
}

func TestUnknownMethods(t *testing.T) {
	runRules(t, V3, []rule{{`a: id->upper b: o->keys c: o->has("k").x`, ``, `{}`, `/id/->upper /o/->keys /o/->has`}})
	m, err := Parse(`a: id->upper b: o->keys c: id->echo(x->Size)`, V3)
	if err != nil {
		t.Fatal(err)
	}
	got := m.Unknown()
	if len(got) != 3 || got[0].Offset != 7 || got[1].Message != "there is no method ->keys; use ->entries.key" || got[2].Offset != 39 {
		t.Errorf("%v", got)
	}
}
