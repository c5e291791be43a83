package main

import (
	"fmt"
	"slices"
	"strings"
)

// drawOverlay decides what an overlay makes of each element.
func (g *sketch) drawOverlay() {
	for _, k := range g.types {
		if k.name != "Query" && g.chance(30) {
			k.client, k.touched = k.name+"x", true
		}
	}
	tone := g.kind("Tone")
	for i, v := range tone.values {
		switch {
		case g.chance(30):
			v.client = v.name + "_X"
		case i == 1 && g.chance(10):
			v.hidden = true
		}
	}
	g.drawInput(g.kind("Want"))
	k := g.kind("K")
	for _, f := range k.fields {
		if f.name != "id" && g.chance(35) {
			g.touch(k, f)
		}
	}
	for _, t := range g.types {
		if t.word != "type" {
			continue
		}
		for _, f := range slices.Clone(t.fields) {
			if in := g.inherited(t, f); in != nil {
				inherit(f, in)
				continue
			}
			if f.name != "id" && g.chance(25) {
				g.touch(t, f)
			}
		}
	}
	for _, t := range g.types {
		if t.word == "type" && t.name != "Query" && g.chance(80) || t.name == "Query" && g.chance(50) {
			for range 1 + g.rng.IntN(4) {
				g.derive(t)
			}
		}
	}
}

// inherited is the interface's field that f implements.
func (g *sketch) inherited(t *kind, f *member) *member {
	for _, name := range t.of {
		if in := g.kind(name).field(f.name); in != nil && f.name != "id" {
			return in
		}
	}
	return nil
}

// inherit repeats what the overlay says of an interface's field.
func inherit(f, in *member) {
	f.client, f.as, f.rule, f.hidden = in.client, in.as, in.rule, in.hidden
	for i, a := range in.args {
		*f.args[i] = *a
	}
}

func (g *sketch) drawInput(k *kind) {
	for _, f := range k.fields {
		if !g.chance(35) {
			continue
		}
		f.touched = true
		switch g.rng.IntN(5) {
		case 0, 1:
			f.client = f.name + "y"
		case 2:
			if text := g.constant(f.typ); text != "" {
				f.given.fallback = text
			}
		case 3:
			g.fix(&f.given, f.typ)
		case 4:
			f.hidden = f.name != "n" && f.name != "text"
		}
	}
}

// constant is a literal of a type in the client's terms, "" if the lab has none.
func (g *sketch) constant(typ string) string {
	switch strings.TrimSuffix(typ, "!") {
	case "Int":
		return fmt.Sprint(g.rng.IntN(9))
	case "String":
		return fmt.Sprintf("%q", pick(g.rng, []string{"a", "b c", "d\"e"}))
	case "Boolean":
		return "true"
	case "Tone":
		for _, v := range g.kind("Tone").values {
			if !v.hidden && g.chance(60) {
				return v.client
			}
		}
		return g.kind("Tone").values[0].client
	case "[Tone!]":
		return "[" + g.kind("Tone").values[0].client + "]"
	case "[String!]":
		return pick(g.rng, []string{"[]", `["z"]`})
	}
	return ""
}

func (g *sketch) fix(out *given, typ string) {
	switch {
	case typ == "Int" && g.chance(40):
		out.claim = "count"
	case typ == "String" && g.chance(40):
		out.claim = "user.name"
	case typ == "Tone" && g.chance(40):
		out.claim = "tone"
	default:
		out.fixed = g.constant(typ)
	}
}

// touch changes a field: its name, its arguments, what its null becomes.
func (g *sketch) touch(t *kind, f *member) {
	f.touched = true
	switch n := g.rng.IntN(10); {
	case n < 4:
		f.client = f.name + "z"
	case n < 6 && t.word == "type" && t.name != "Query":
		f.hidden = g.inherited(t, f) == nil
	case n < 9:
		if text := g.constant(f.typ); text != "" && !strings.HasSuffix(f.typ, "!") {
			f.rule.deflt, f.as = text, f.typ+"!"
		}
	}
	if !f.hidden && strings.HasPrefix(f.typ, "[") && g.chance(50) {
		f.rule.cap = 1 + g.rng.IntN(2)
	}
	for _, a := range f.args {
		if !g.chance(40) {
			continue
		}
		a.touched = true
		switch g.rng.IntN(6) {
		case 0, 1:
			a.client = a.name + "q"
		case 2:
			a.given.fallback = g.constant(a.typ)
		case 3:
			g.fix(&a.given, a.typ)
		case 4:
			a.hidden = true
		case 5:
			if a.typ == "Int" {
				a.cap = 1 + g.rng.IntN(5)
			}
		}
	}
}

// maxDerived keeps overlays below what one may have.
const maxDerived = 30

// derive adds a field to a type: of a path, or by an expression.
func (g *sketch) derive(t *kind) {
	if g.derived >= maxDerived {
		return
	}
	f := &member{client: fmt.Sprintf("d%d", g.derived), touched: true}
	if t.name != "Query" && g.chance(45) {
		f.rule.expr = g.formula(t)
		if f.rule.expr == nil {
			return
		}
		f.as = f.rule.expr.typ
	} else if !g.path(t, f) {
		return
	}
	if !strings.HasSuffix(f.as, "!") && g.chance(30) {
		if text := g.constant(f.as); text != "" {
			f.rule.deflt, f.as = text, f.as+"!"
		}
	}
	g.derived++
	t.fields = append(t.fields, f)
}

// path draws a path of one to four steps from t.
func (g *sketch) path(t *kind, out *member) bool {
	typ := ""
	at := t
	for len(out.rule.path) < 4 {
		var fields []*member
		for _, f := range at.fields {
			if f.sub != "" {
				fields = append(fields, f)
			}
		}
		if len(fields) == 0 {
			break
		}
		f := pick(g.rng, fields)
		h := g.hop(f, out)
		out.rule.path = append(out.rule.path, h)
		next := g.kind(named(f.typ))
		if next == nil || next.word == "enum" || next.word == "union" || len(out.rule.path) > 1 && g.chance(25) {
			break
		}
		at = next
	}
	last := out.rule.path[len(out.rule.path)-1].field
	for i := len(out.rule.path) - 1; i >= 0; i-- {
		h := &out.rule.path[i]
		value := h.field.typ
		if h.item >= 0 || h.where != "" {
			value = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(value, "["), "!"), "]")
			value = strings.TrimSuffix(value, "!")
		}
		if i < len(out.rule.path)-1 {
			value = place(value, typ)
		}
		typ = value
	}
	out.as = typ
	if strings.HasSuffix(out.as, "!") && g.chance(30) {
		out.as = strings.TrimSuffix(out.as, "!") // looser than it need be
	}
	return last != nil
}

// place puts a type in place of the named one of another.
func place(t, rest string) string {
	if strings.HasPrefix(t, "[") {
		end := strings.LastIndexByte(t, ']')
		return "[" + place(t[1:end], rest) + "]" + t[end+1:]
	}
	if strings.HasSuffix(t, "!") {
		return rest
	}
	return strings.TrimSuffix(rest, "!")
}

func (g *sketch) hop(f *member, out *member) hop {
	h := hop{field: f, item: -1, give: map[string]any{}}
	if strings.HasPrefix(f.typ, "[") && !strings.HasPrefix(f.typ, "[[") {
		switch g.rng.IntN(4) {
		case 0:
			h.item = g.rng.IntN(2)
		case 1:
			if named(f.typ) == "Box" {
				h.where = "main"
			}
		}
	}
	var parts []string
	for _, a := range f.args {
		switch {
		case a.typ == "Want" || !g.chance(40):
		case a.typ == "Int" && g.chance(40) && len(out.args) == 0:
			out.args = []*parameter{{name: "m", client: "m", typ: "Int", fallback: pick(g.rng, []string{"", "5"})}}
			parts, h.own = append(parts, a.name+": $m"), true
		case a.typ == "Int" && g.chance(30):
			parts = append(parts, a.name+": $claims.count")
			h.give[a.name] = "claim count"
		case a.typ == "Int":
			parts = append(parts, a.name+": 4")
			h.give[a.name] = 4
		case a.typ == "Tone":
			v := pick(g.rng, g.kind("Tone").values)
			if !v.hidden {
				parts = append(parts, a.name+": "+v.client)
				h.give[a.name] = v.name
			}
		}
	}
	if parts != nil {
		h.args = "(" + strings.Join(parts, ", ") + ")"
	}
	return h
}

func (h *hop) String() string {
	text := h.field.name + h.args
	switch {
	case h.where != "":
		text += "[?." + h.where + "]"
	case h.item >= 0:
		text += fmt.Sprintf("[%d]", h.item)
	}
	return text
}

// print writes the overlay's SDL.
func (g *sketch) overlay() string {
	var b strings.Builder
	for _, k := range g.types {
		body := ""
		for _, v := range k.values {
			switch {
			case v.hidden:
				body += "  " + v.name + " @hide\n"
			case v.client != v.name:
				body += "  " + v.name + " @rename(to: \"" + v.client + "\")\n"
			}
		}
		for _, f := range k.fields {
			if f.touched {
				body += "  " + g.overlayField(k, f) + "\n"
			}
		}
		if body == "" && !k.touched {
			continue
		}
		fmt.Fprintf(&b, "extend %s %s", k.word, k.name)
		if k.touched {
			fmt.Fprintf(&b, " @rename(to: %q)", k.client)
		}
		if body != "" {
			b.WriteString(" {\n" + body + "}")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (g *sketch) overlayField(k *kind, f *member) string {
	name := f.client
	if f.client != f.name && f.sub != "" || k.word == "input" {
		name = f.name
	}
	text := name
	var args []string
	for _, a := range f.args {
		switch {
		case f.sub == "":
			args = append(args, a.name+": "+a.typ+defaultText(a.fallback))
		case a.touched:
			args = append(args, a.name+": "+g.clientType(a.typ)+rename(a.name, a.client)+option("@hide", a.hidden)+a.given.text()+capText(a.cap))
		}
	}
	if args != nil {
		text += "(" + strings.Join(args, ", ") + ")"
	}
	text += ": " + g.clientType(f.as)
	if k.word == "input" {
		return text + rename(f.name, f.client) + option("@hide", f.hidden) + f.given.text()
	}
	switch {
	case f.rule.path != nil:
		var hops []string
		for i := range f.rule.path {
			hops = append(hops, f.rule.path[i].String())
		}
		text += fmt.Sprintf(" @from(path: %q)", strings.Join(hops, "."))
	case f.rule.expr != nil:
		text += fmt.Sprintf(" @expr(%q, uses: [%s])", f.rule.expr.text, f.rule.expr.uses)
	default:
		text += rename(f.name, f.client)
	}
	if f.rule.deflt != "" {
		text += " @default(value: " + f.rule.deflt + ")"
	}
	return text + option("@hide", f.hidden) + capText(f.rule.cap)
}

func defaultText(text string) string {
	if text == "" {
		return ""
	}
	return " = " + text
}

func rename(from, to string) string {
	if from == to {
		return ""
	}
	return fmt.Sprintf(" @rename(to: %q)", to)
}

func option(text string, on bool) string {
	if on {
		return " " + text
	}
	return ""
}

func capText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" @cap(max: %d)", n)
}

func (v given) text() string {
	switch {
	case v.claim != "":
		return fmt.Sprintf(" @fixed(value: {claim: %q})", v.claim)
	case v.fixed != "":
		return " @fixed(value: " + v.fixed + ")"
	case v.fallback != "":
		return " @default(value: " + v.fallback + ")"
	}
	return ""
}

// clientType is a type with the client's names.
func (g *sketch) clientType(typ string) string {
	if k := g.kind(named(typ)); k != nil {
		return strings.Replace(typ, named(typ), k.client, 1)
	}
	return typ
}

// client prints the client's schema, as the lab understands the overlay.
func (g *sketch) client() string {
	var b strings.Builder
	for _, k := range g.types {
		if k.word == "union" {
			var of []string
			for _, name := range slices.Compact(slices.Clone(k.of)) {
				of = append(of, g.kind(name).client)
			}
			fmt.Fprintf(&b, "union %s = %s\n", k.client, strings.Join(of, " | "))
			continue
		}
		fmt.Fprintf(&b, "%s %s", k.word, k.client)
		if len(k.of) > 0 {
			b.WriteString(" implements " + g.kind(k.of[0]).client)
		}
		b.WriteString(" {\n")
		for _, v := range k.values {
			if !v.hidden {
				b.WriteString("  " + v.client + "\n")
			}
		}
		for _, f := range k.fields {
			if f.hidden || k.word == "input" && (f.given.fixed != "" || f.given.claim != "") {
				continue
			}
			b.WriteString("  " + f.client + g.clientParams(f.args) + ": " + g.clientType(f.as))
			if k.word == "input" {
				b.WriteString(g.clientDefault(f.given, f.fallback))
			}
			b.WriteString("\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func (g *sketch) clientParams(list []*parameter) string {
	var parts []string
	for _, a := range list {
		if !a.hidden && a.given.fixed == "" && a.given.claim == "" {
			parts = append(parts, a.client+": "+g.clientType(a.typ)+g.clientDefault(a.given, a.fallback))
		}
	}
	if parts == nil {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func (g *sketch) clientDefault(v given, own string) string {
	if v.fallback != "" {
		return " = " + v.fallback
	}
	for _, value := range g.kind("Tone").values {
		if value.name == own {
			if value.hidden {
				return ""
			}
			own = value.client
			break
		}
	}
	return defaultText(own)
}
