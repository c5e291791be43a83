package main

import (
	"bytes"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// schema removes subgraphs, types, fields and directives that the difference
// does not need. The unsplit schema becomes whatever composes.
func (t *shrinker) schema() {
	for _, name := range slices.Sorted(maps.Keys(t.best.subgraphs)) {
		rest := maps.Clone(t.best.subgraphs)
		delete(rest, name)
		t.trySchema(rest)
	}
	for again := true; again && t.tries > 0; {
		again = false
		for _, name := range slices.Sorted(maps.Keys(t.best.subgraphs)) {
			for i := 0; t.tries > 0; i++ {
				text, ok := editSchema(t.best.subgraphs[name], i)
				if !ok {
					break
				}
				next := maps.Clone(t.best.subgraphs)
				next[name] = text
				if t.trySchema(next) {
					again = true
					i--
				}
			}
		}
	}
}

func (t *shrinker) trySchema(sdls map[string]string) bool {
	if len(sdls) == 0 {
		return false
	}
	t.tries--
	l, err := build(sdls, t.best.connectors, "", t.best.traits, t.best.starts)
	if err != nil {
		return false
	}
	c := t.best
	c.subgraphs, c.whole = sdls, ""
	return t.keep(c, l)
}

// editSchema applies the n-th possible removal to an SDL.
func editSchema(sdl string, n int) (string, bool) {
	doc, err := parser.ParseSchema(&ast.Source{Input: sdl})
	if err != nil {
		return "", false
	}
	e := &editor{left: n}
	for i, def := range doc.Definitions {
		if e.here() {
			doc.Definitions = slices.Delete(doc.Definitions, i, i+1)
			break
		}
		e.definition(def)
		if e.done {
			break
		}
	}
	if !e.done {
		return "", false
	}
	var b bytes.Buffer
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchemaDocument(doc)
	return b.String(), true
}

func (e *editor) definition(def *ast.Definition) {
	for i := range def.Fields {
		if e.here() {
			def.Fields = slices.Delete(def.Fields, i, i+1)
			return
		}
	}
	def.Directives = e.directives(def.Directives)
	for i := range def.Types {
		if e.here() {
			def.Types = slices.Delete(def.Types, i, i+1)
			def.TypePositions = nil
			return
		}
	}
	for i := range def.Interfaces {
		if e.here() {
			def.Interfaces = slices.Delete(def.Interfaces, i, i+1)
			return
		}
	}
	for _, f := range def.Fields {
		f.Directives = e.directives(f.Directives)
		for i := range f.Arguments {
			if e.here() {
				f.Arguments = slices.Delete(f.Arguments, i, i+1)
				return
			}
		}
		if e.done {
			return
		}
	}
}
