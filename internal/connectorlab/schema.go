package connectorlab

import (
	"fmt"
	"slices"
	"strings"
)

const head = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@external", "@requires", "@shareable"])
`

const restHead = `  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@source", "@connect"])
  @source(name: "rest", http: { baseURL: "https://%s.example" })
`

const common = "enum Color { RED GREEN BLUE }\ninput Filter { a: Int = 5 b: String c: [Color!] }\n"

// whole is the schema nobody has split.
func (g *graph) whole() string {
	text := common
	for _, t := range append([]*typ{g.query, g.mutation}, g.types...) {
		if len(t.fields) == 0 {
			continue
		}
		text += "type " + t.name + " {\n"
		for _, f := range t.fields {
			if f.gone {
				continue
			}
			text += "  " + f.name + f.argsText() + ": " + f.typeText() + "\n"
		}
		text += "}\n"
	}
	return text
}

func (f *field) argsText() string {
	if len(f.args) == 0 {
		return ""
	}
	var parts []string
	for _, a := range f.args {
		text := a.name + ": " + a.typ
		if a.value != "" {
			text += " = " + a.value
		}
		parts = append(parts, text)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// sdl is the schema of a subgraph.
func (s *subgraph) sdl(g *graph) string { return s.write(g).String() }

func (s *subgraph) write(g *graph) *schemaWriter {
	w := &schemaWriter{s: s, g: g}
	w.WriteString(head)
	if s.rest {
		fmt.Fprintf(w, restHead, s.name)
	}
	w.WriteString(common)
	w.object(g.query)
	w.object(g.mutation)
	for _, t := range g.types {
		if t.entity() && len(s.owned(t)) > 0 {
			w.want(t)
		}
	}
	for i := 0; i < len(w.wanted); i++ {
		w.object(w.wanted[i])
	}
	return w
}

// unseen marks key fields that no subgraph speaks of, since none has the type
// or all of them use the other key.
func (g *graph) unseen() {
	for _, t := range g.types {
		for _, f := range t.fields {
			f.gone = f.key && !slices.ContainsFunc(g.subs, func(s *subgraph) bool {
				return slices.Contains(s.keyFields(t), f) && s.write(g).has(t)
			})
		}
	}
}

type schemaWriter struct {
	strings.Builder
	s      *subgraph
	g      *graph
	wanted []*typ
}

func (w *schemaWriter) has(t *typ) bool {
	return slices.Contains(w.wanted, t)
}

func (w *schemaWriter) want(t *typ) {
	if t != nil && !w.has(t) {
		w.wanted = append(w.wanted, t)
	}
}

func (w *schemaWriter) object(t *typ) {
	owned := w.s.owned(t)
	if t.root() && len(owned) == 0 {
		return
	}
	w.WriteString("type " + t.name)
	w.heading(t, owned)
	w.WriteString(" {\n")
	for _, f := range w.s.keyFields(t) {
		fmt.Fprintf(w, "  %s: %s\n", f.name, f.typeText())
	}
	for _, f := range owned {
		w.field(t, f)
	}
	for _, f := range owned {
		if f.needs != nil && f.foreign && !f.needs.gone {
			if !strings.Contains(w.String(), "# "+t.name+"."+f.needs.name+"\n") {
				fmt.Fprintf(w, "  %s: %s @external # %s.%s\n", f.needs.name, f.needs.typeText(), t.name, f.needs.name)
			}
		}
	}
	w.WriteString("}\n")
}

func (w *schemaWriter) heading(t *typ, owned []*field) {
	if !t.entity() {
		if !t.root() {
			w.WriteString(" @shareable")
		}
		return
	}
	if len(owned) == 0 {
		fmt.Fprintf(w, " @key(fields: %q, resolvable: false)", names(w.s.stub[t]))
		return
	}
	for _, k := range w.s.keys[t] {
		fmt.Fprintf(w, " @key(fields: %q)", names(k))
	}
	if !containsKey(w.s.keys[t], w.s.stub[t]) {
		fmt.Fprintf(w, " @key(fields: %q, resolvable: false)", names(w.s.stub[t]))
	}
	for _, c := range w.s.connectors {
		if !c.gone && c.typ == t && (c.place == onBatch || c.place == onThis) {
			w.WriteString("\n  " + c.text())
		}
	}
}

func containsKey(keys [][]*field, k []*field) bool {
	for _, x := range keys {
		if names(x) == names(k) {
			return true
		}
	}
	return false
}

func (w *schemaWriter) field(t *typ, f *field) {
	w.want(f.of)
	w.WriteString("  " + f.name + f.argsText())
	w.WriteString(": " + f.typeText())
	if len(f.subs) > 1 {
		w.WriteString(" @shareable")
	}
	if f.needs != nil && f.foreign {
		fmt.Fprintf(w, " @requires(fields: %q)", f.needs.name)
	}
	for _, c := range w.s.connectors {
		if !c.gone && c.field == f && c.typ == t {
			w.WriteString("\n    " + c.text())
		}
	}
	w.WriteString("\n")
}
