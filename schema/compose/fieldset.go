package compose

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/schema"
)

// maxSelectionDepth bounds nesting within a field set, so that walking one may
// recurse. Chosen; real ones stay below 10.
const maxSelectionDepth = 50

// parseSelection reads a selection with or without its outer braces. It
// returns what is wrong with the text, "" if nothing.
func parseSelection(text string) (ast.SelectionSet, string) {
	if schema.TooDeep(text, maxSelectionDepth) != nil {
		return nil, fmt.Sprintf("it nests more than %d levels deep", maxSelectionDepth)
	}
	if strings.Trim(text, "{} ,\t\r\n") == "" {
		return nil, "it selects nothing"
	}
	source := text
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		source = "{" + text + "}"
	}
	doc, err := parser.ParseQuery(&ast.Source{Name: "fields", Input: source})
	if err != nil {
		message, _ := syntaxError(err)
		return nil, "it does not parse: " + message
	}
	if len(doc.Operations) != 1 || len(doc.Fragments) > 0 || doc.Operations[0].Operation != ast.Query ||
		doc.Operations[0].Name != "" || len(doc.Operations[0].Directives) > 0 || len(doc.Operations[0].VariableDefinitions) > 0 {
		return nil, "it is not a single selection of fields"
	}
	return doc.Operations[0].SelectionSet, ""
}

// resolved is a selection read on a type.
type resolved struct {
	selections []*selection
	// targets are the fields selected, in order of occurrence, up to the first
	// one that cannot be found.
	targets []*fieldDecl
	// missing says why resolving stopped, "" if everything was found.
	missing string
	// wrong is the first broken rule other than missing: sub-selections that do
	// not fit, arguments, aliases.
	wrong string
	// marked is the first directive application inside.
	marked *ast.Directive
}

// resolveSelection reads text as a selection on a type.
func (s *subgraph) resolveSelection(parent *typeDecl, text string) *resolved {
	r := &resolver{s: s, out: &resolved{}}
	parsed, ok := s.texts[text]
	if !ok {
		parsed.set, parsed.problem = parseSelection(text)
		if s.texts == nil {
			s.texts = map[string]parsedText{}
		}
		s.texts[text] = parsed
	}
	if parsed.problem != "" {
		r.out.missing = parsed.problem
		return r.out
	}
	r.out.selections = r.set(parent, parsed.set)
	return r.out
}

// parsedText is what parseSelection returned; set is not changed.
type parsedText struct {
	set     ast.SelectionSet
	problem string
}

type resolver struct {
	s   *subgraph
	out *resolved
}

func (r *resolver) wrong(format string, args ...any) {
	if r.out.wrong == "" {
		r.out.wrong = fmt.Sprintf(format, args...)
	}
}

// set resolves the selections of one level. After something is missing it
// resolves nothing more.
func (r *resolver) set(parent *typeDecl, set ast.SelectionSet) []*selection {
	var list []*selection
	for _, element := range set {
		var sel *selection
		switch element := element.(type) {
		case *ast.Field:
			sel = r.field(parent, element)
		case *ast.InlineFragment:
			sel = r.fragment(parent, element)
		default:
			r.out.missing = "named fragments cannot be used in it"
		}
		if r.out.missing != "" {
			return list
		}
		list = append(list, sel)
	}
	return list
}

// mark notes directives. One that does not exist ends it all, as a field that
// does not exist.
func (r *resolver) mark(list ast.DirectiveList) {
	for _, d := range list {
		if r.s.known[d.Name] == nil && r.out.missing == "" {
			r.out.missing = "the directive @" + d.Name + " does not exist, and none may be used in it"
		}
		if r.out.marked == nil {
			r.out.marked = d
		}
	}
}

func (r *resolver) field(parent *typeDecl, f *ast.Field) *selection {
	r.mark(f.Directives)
	if f.Alias != f.Name && f.Alias != "" {
		r.wrong("it uses the alias %s; aliases cannot be used here", quote(f.Alias))
	}
	sel := &selection{name: f.Name, on: parent, args: f.Arguments}
	if f.Name == "__typename" {
		if len(f.SelectionSet) > 0 {
			r.wrong("%s has no sub-fields", quote("__typename"))
		}
		return sel
	}
	decl := parent.fieldByName[f.Name]
	if decl == nil {
		r.out.missing = missingField(parent, f.Name)
		return sel
	}
	sel.field = decl
	r.out.targets = append(r.out.targets, decl)
	r.arguments(decl, f.Arguments)
	result := decl.typ.Name()
	if !composite(r.s.kindOf(result)) {
		if len(f.SelectionSet) > 0 {
			r.wrong("%s is of type %s, which has no fields to select", quote(decl.coordinate()), decl.typ)
		}
		return sel
	}
	if len(f.SelectionSet) == 0 {
		r.wrong("%s is of type %s: say which of its fields, as in %s", quote(decl.coordinate()), decl.typ, quote(f.Name+" { … }"))
		return sel
	}
	if target := r.s.typeByName[result]; target != nil {
		sel.selections = r.set(target, f.SelectionSet)
	}
	return sel
}

func missingField(parent *typeDecl, name string) string {
	names := make([]string, len(parent.fields))
	for i, f := range parent.fields {
		names[i] = f.name
	}
	return fmt.Sprintf("the type %s has no field %s here.%s If another subgraph resolves it, add it to this subgraph with @external",
		quote(parent.name), quote(name), didYouMean(name, names))
}

// arguments checks the arguments a selection passes.
func (r *resolver) arguments(f *fieldDecl, given ast.ArgumentList) {
	for _, g := range given {
		a := f.arg(g.Name)
		if a == nil {
			r.wrong("%s has no argument %s", quote(f.coordinate()), quote(g.Name))
		} else if problem := r.s.valueProblem(g.Value, a.typ); problem != "" {
			r.wrong("the argument %s of %s must be of the type %s: %s", quote(g.Name), quote(f.coordinate()), a.typ, problem)
		}
	}
	for _, a := range f.args {
		if a.required() && given.ForName(a.name) == nil {
			r.wrong("%s needs the argument %s of the type %s", quote(f.coordinate()), quote(a.name), a.typ)
		}
	}
}

func (r *resolver) fragment(parent *typeDecl, f *ast.InlineFragment) *selection {
	r.mark(f.Directives)
	sel := &selection{on: parent}
	if f.TypeCondition != "" {
		sel.on = r.s.typeByName[f.TypeCondition]
		switch {
		case sel.on == nil:
			r.out.missing = fmt.Sprintf("the type %s of a type condition does not exist here.%s", quote(f.TypeCondition), didYouMean(f.TypeCondition, r.s.typeNames()))
			return sel
		case !composite(sel.on.kind):
			r.out.missing = fmt.Sprintf("the type condition %s is %s", quote(f.TypeCondition), kindWord(sel.on.kind))
			return sel
		}
	}
	sel.selections = r.set(sel.on, f.SelectionSet)
	return sel
}

// overlap reports whether an object can be of both types.
func (s *subgraph) overlap(a, b *typeDecl) bool {
	if a == b {
		return true
	}
	of := map[*typeDecl]bool{}
	for _, t := range s.possible(a) {
		of[t] = true
	}
	for _, t := range s.possible(b) {
		if of[t] {
			return true
		}
	}
	return false
}

// possible returns the object types a value of the type can have here.
func (s *subgraph) possible(t *typeDecl) []*typeDecl {
	switch t.kind {
	case ast.Interface:
		var objects []*typeDecl
		for _, i := range t.implementations {
			if i.kind == ast.Object {
				objects = append(objects, i)
			}
		}
		return objects
	case ast.Union:
		var objects []*typeDecl
		for _, m := range t.members {
			if o := s.typeByName[m.name]; o != nil && o.kind == ast.Object {
				objects = append(objects, o)
			}
		}
		return objects
	}
	return []*typeDecl{t}
}

// withImplementations calls visit with each field and, for a field of an
// interface, with the fields of the objects that implement it.
func withImplementations(fields []*fieldDecl, visit func(*fieldDecl)) {
	for _, f := range fields {
		visit(f)
		if f.owner.kind != ast.Interface {
			continue
		}
		for _, t := range f.owner.implementations {
			if g := t.fieldByName[f.name]; g != nil && t.kind == ast.Object {
				visit(g)
			}
		}
	}
}

// fieldsText returns the text of the argument fields. ok is false if it is no
// string literal.
func (a *application) fieldsText() (string, bool) {
	v := a.arg("fields")
	if !isString(v) {
		return "", false
	}
	return v.Raw, true
}
