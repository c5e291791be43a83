package main

import (
	"bytes"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/internal/testkit"
)

// specimen is a difference with all it takes to see it again.
type specimen struct {
	subgraphs map[string]string
	// connectors, if any, are what some of the subgraphs are made of.
	connectors string
	whole      string // "" once the schema was shrunk: the composed API
	traits     traits
	starts     bool
	question   question
	verdict    verdict
}

// shrinkTries bounds the work on one specimen; chosen.
const shrinkTries = 1500

// shrink makes a specimen smaller while its kind of difference stays: first the
// operation, then the schema, then what of the operation became needless.
func shrink(s *specimen) *specimen {
	t := &shrinker{best: *s, tries: shrinkTries}
	t.operation()
	if s.verdict.kind != "api" {
		t.connectors()
		t.schema()
		t.connectors()
		t.operation()
	}
	return &t.best
}

type shrinker struct {
	best  specimen
	lab   *lab
	tries int
}

// keep tries a candidate and takes it if it differs the same way.
func (t *shrinker) keep(c specimen, l *lab) bool {
	if t.tries--; t.tries < 0 {
		return false
	}
	v := l.ask(&c.question)
	if v.difference == "" || v.kind != t.best.verdict.kind {
		return false
	}
	c.verdict = v
	t.best, t.lab = c, l
	return true
}

// operation removes parts of the operation until nothing more can go.
func (t *shrinker) operation() {
	l, err := build(t.best.subgraphs, t.best.connectors, t.best.whole, t.best.traits, t.best.starts)
	if err != nil {
		return
	}
	for again := true; again && t.tries > 0; {
		again = false
		for i := 0; ; i++ {
			text, ok := editOperation(t.best.question.query, i)
			if !ok {
				break
			}
			c := t.best
			c.question.query = text
			c.question.variables = declaredOnly(text, c.question.variables)
			if text != t.best.question.query && t.keep(c, l) {
				again = true
				i--
			}
		}
	}
}

// declaredOnly drops variables the operation does not declare.
func declaredOnly(query string, variables *testkit.Object) *testkit.Object {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil || len(doc.Operations) != 1 {
		return variables
	}
	out := &testkit.Object{}
	for _, name := range variables.Names() {
		if doc.Operations[0].VariableDefinitions.ForName(name) != nil {
			out.Set(name, variables.Value(name))
		}
	}
	return out
}

// editOperation applies the n-th possible simplification; false means there are
// fewer.
func editOperation(query string, n int) (string, bool) {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return "", false
	}
	e := &editor{left: n}
	for _, op := range doc.Operations {
		op.SelectionSet = e.set(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		f.SelectionSet = e.set(f.SelectionSet)
	}
	if !e.done {
		return "", false
	}
	tidy(doc)
	var b bytes.Buffer
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatQueryDocument(doc)
	return b.String(), true
}

// editor counts down the places where something can be simplified and does it
// at the one.
type editor struct {
	left int
	done bool
}

func (e *editor) here() bool {
	if e.done {
		return false
	}
	e.left--
	e.done = e.left < 0
	return e.done
}

func (e *editor) set(set ast.SelectionSet) ast.SelectionSet {
	for i, s := range set {
		if e.here() {
			return slices.Delete(slices.Clone(set), i, i+1)
		}
		switch s := s.(type) {
		case *ast.Field:
			e.field(s)
		case *ast.InlineFragment:
			if e.here() {
				return slices.Concat(set[:i:i], s.SelectionSet, set[i+1:])
			}
			s.Directives = e.directives(s.Directives)
			s.SelectionSet = e.set(s.SelectionSet)
		case *ast.FragmentSpread:
			s.Directives = e.directives(s.Directives)
		}
		if e.done {
			break
		}
	}
	return set
}

func (e *editor) field(f *ast.Field) {
	if f.Alias != f.Name && e.here() {
		f.Alias = f.Name
	}
	f.Directives = e.directives(f.Directives)
	for i := range f.Arguments {
		if e.here() {
			f.Arguments = slices.Delete(f.Arguments, i, i+1)
			return
		}
	}
	f.SelectionSet = e.set(f.SelectionSet)
}

func (e *editor) directives(list ast.DirectiveList) ast.DirectiveList {
	for i := range list {
		if e.here() {
			return slices.Delete(slices.Clone(list), i, i+1)
		}
	}
	return list
}

// tidy removes what nothing uses any more: empty selections, fragments,
// variables.
func tidy(doc *ast.QueryDocument) {
	for _, op := range doc.Operations {
		used := &usage{fragments: map[string]bool{}, variables: map[string]bool{}, doc: doc}
		used.directives(op.Directives)
		used.set(op.SelectionSet)
		doc.Fragments = slices.DeleteFunc(doc.Fragments, func(f *ast.FragmentDefinition) bool { return !used.fragments[f.Name] })
		op.VariableDefinitions = slices.DeleteFunc(op.VariableDefinitions, func(v *ast.VariableDefinition) bool { return !used.variables[v.Variable] })
	}
}

type usage struct {
	doc                  *ast.QueryDocument
	fragments, variables map[string]bool
}

func (u *usage) set(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			u.directives(s.Directives)
			for _, a := range s.Arguments {
				u.value(a.Value)
			}
			u.set(s.SelectionSet)
		case *ast.InlineFragment:
			u.directives(s.Directives)
			u.set(s.SelectionSet)
		case *ast.FragmentSpread:
			u.directives(s.Directives)
			if f := u.doc.Fragments.ForName(s.Name); f != nil && !u.fragments[s.Name] {
				u.fragments[s.Name] = true
				u.set(f.SelectionSet)
			}
		}
	}
}

func (u *usage) directives(list ast.DirectiveList) {
	for _, d := range list {
		for _, a := range d.Arguments {
			u.value(a.Value)
		}
	}
}

func (u *usage) value(v *ast.Value) {
	if v.Kind == ast.Variable {
		u.variables[v.Raw] = true
	}
	for _, c := range v.Children {
		u.value(c.Value)
	}
}
