package compose

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

var (
	// contextReference takes apart "$name selection".
	contextReference = regexp.MustCompile(`^(?:[\n\r\t ,]|#[^\n\r]*)*\$(?:[\n\r\t ,]|#[^\n\r]*)*([A-Za-z_]\w*)([\s\S]*)$`)
	contextForm      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)
)

// contextArgument is one @fromContext application.
type contextArgument struct {
	arg         *argDecl
	field       *fieldDecl // nil on the argument of a directive
	application *application
	// context and selection are "" if the text has no such part.
	context, selection string
	coordinate         string
}

// contextArguments returns every @fromContext, in source order.
func (s *subgraph) contextArguments() []*contextArgument {
	var found []*contextArgument
	collect := func(f *fieldDecl, owner string, args []*argDecl) {
		for _, arg := range args {
			a := arg.directives.first(idFromContext)
			if a == nil {
				continue
			}
			use := &contextArgument{arg: arg, field: f, application: a, coordinate: owner + "(" + arg.name + ":)"}
			if parts := contextReference.FindStringSubmatch(a.text("field")); parts != nil {
				use.context, use.selection = parts[1], parts[2]
			}
			found = append(found, use)
		}
	}
	for _, d := range s.definitions {
		collect(nil, "@"+d.name, d.args)
	}
	s.eachField(func(f *fieldDecl) {
		if len(f.args) > 0 {
			collect(f, f.coordinate(), f.args)
		}
	})
	return found
}

// setters returns the types that set each context.
func (s *subgraph) setters() map[string][]*typeDecl {
	found := map[string][]*typeDecl{}
	for _, t := range s.types {
		for _, a := range t.directives {
			if a.id == idContext {
				found[a.text("name")] = append(found[a.text("name")], t)
			}
		}
	}
	return found
}

// contextTargets returns the fields that @fromContext selections select.
func (s *subgraph) contextTargets() [][]*fieldDecl {
	uses := s.contextArguments()
	if len(uses) == 0 {
		return nil
	}
	var targets [][]*fieldDecl
	setters := s.setters()
	for _, use := range uses {
		for _, t := range setters[use.context] {
			targets = append(targets, s.resolveSelection(t, use.selection).targets)
		}
	}
	return targets
}

// checkContexts checks @context and @fromContext.
func (c *composition) checkContexts(s *subgraph) {
	for _, t := range s.types {
		for _, a := range t.directives.all(idContext) {
			if name := a.text("name"); !contextForm.MatchString(name) {
				c.fail(ContextNameInvalid, t.name, fmt.Sprintf(
					"The context name %s is not allowed: use letters and digits, a letter first, no underscore.", quote(name)), place{s, a.pos})
			}
		}
	}
	setters := s.setters()
	for _, use := range s.contextArguments() {
		check := &contextCheck{c: c, s: s, use: use}
		before := len(c.result.Errors)
		check.run(setters)
		if len(c.result.Errors) == before {
			use.arg.fromContext = &contextUse{context: use.context, selection: use.selection, application: use.application}
		}
	}
}

// contextCheck checks one @fromContext.
type contextCheck struct {
	c   *composition
	s   *subgraph
	use *contextArgument
}

func (k *contextCheck) fail(code fault.Code, format string, args ...any) {
	k.c.fail(code, k.use.coordinate, "@fromContext on "+quote(k.use.coordinate)+": "+fmt.Sprintf(format, args...), place{k.s, k.use.application.pos})
}

func (k *contextCheck) run(setters map[string][]*typeDecl) {
	f := k.use.field
	switch {
	case f == nil:
		k.fail(ContextNotSet, "an argument of a directive cannot be filled")
		return
	case f.owner.kind != ast.Object:
		k.fail(ContextNotSet, "the field belongs to an interface; only fields of objects can have such arguments")
		return
	}
	for _, r := range f.owner.interfaces {
		if i := k.s.typeByName[r.name]; i != nil && i.fieldByName[f.name] != nil {
			k.fail(ContextNotSet, "the field implements %s, whose callers could not leave the argument out", quote(i.fieldByName[f.name].coordinate()))
		}
	}
	if k.use.arg.value != nil {
		k.fail(ContextNotSet, "the argument has a default, which would never be used; remove it")
	}
	if k.use.context == "" || k.use.selection == "" {
		k.fail(NoContextInSelection, "the text %s names no context; write %s", quote(clip(k.use.application.text("field"))), quote("$name { field }"))
		return
	}
	if types := setters[k.use.context]; len(types) == 0 {
		names := make([]string, 0, len(setters))
		for name := range setters {
			names = append(names, name)
		}
		k.fail(ContextNotSet, "no type of this subgraph sets the context %s; add @context(name: %s) to one.%s",
			quote(k.use.context), quote(k.use.context), didYouMean(k.use.context, names))
	} else {
		k.selection(types)
	}
	for _, key := range f.owner.keys {
		if key.resolvable {
			return
		}
	}
	k.c.fail(ContextNoResolvableKey, f.owner.name, fmt.Sprintf(
		"%s has an argument filled from a context, so %s needs a resolvable @key: the gateway has to come back to it.", quote(f.coordinate()), quote(f.owner.name)),
		f.owner.place(), place{k.s, k.use.application.pos})
}

// selection checks the selection on each type that sets the context.
func (k *contextCheck) selection(setters []*typeDecl) {
	set, problem := parseSelection(k.use.selection)
	if problem != "" {
		k.invalid("%s", problem)
		return
	}
	conditions, ok := k.form(set)
	if !ok {
		return
	}
	used := map[string]bool{}
	for _, t := range setters {
		r := k.s.resolveSelection(t, k.use.selection)
		if problem := r.missing + r.wrong; problem != "" {
			k.invalid("on %s, %s", quote(t.name), problem)
			return
		}
		if r.marked != nil {
			k.invalid("it may not contain directives")
		}
		if len(conditions) == 0 && !k.leaf(t, r.selections) || len(conditions) > 0 && !k.fragments(t, r.selections, used) {
			return
		}
	}
	for _, condition := range conditions {
		if !used[condition] {
			k.invalid("the type condition on %s holds for no type that sets the context", quote(condition))
		}
	}
}

func (k *contextCheck) invalid(format string, args ...any) {
	k.fail(ContextInvalidSelection, "the selection "+quote(clip(strings.TrimSpace(k.use.selection)))+" is invalid: "+format, args...)
}

// form checks that the selection is one field, or fragments with different type
// conditions only, which it returns.
func (k *contextCheck) form(set ast.SelectionSet) ([]string, bool) {
	var conditions []string
	seen := map[string]bool{}
	for _, element := range set {
		fragment, ok := element.(*ast.InlineFragment)
		switch {
		case !ok && len(set) > 1:
			k.invalid("it must select one field, or have inline fragments only")
			return nil, false
		case !ok:
			return nil, true
		case fragment.TypeCondition == "" || seen[fragment.TypeCondition]:
			k.invalid("each inline fragment needs a type condition of its own")
			return nil, false
		}
		seen[fragment.TypeCondition] = true
		conditions = append(conditions, fragment.TypeCondition)
	}
	return conditions, true
}

// fragments checks the fragments that can hold for a type.
func (k *contextCheck) fragments(t *typeDecl, list []*selection, used map[string]bool) bool {
	matched := 0
	for _, sel := range list {
		switch {
		case sel.name != "":
			k.invalid("it must select one field, or have inline fragments only")
		case sel.on.kind != ast.Object:
			k.invalid("the type condition %s is %s; only objects can be named", quote(sel.on.name), kindWord(sel.on.kind))
		case k.s.overlap(t, sel.on):
			matched++
			used[sel.on.name] = true
			if !k.leaf(sel.on, sel.selections) {
				return false
			}
		}
	}
	if matched == 0 {
		k.invalid("none of its type conditions holds for %s", quote(t.name))
		return false
	}
	return true
}

// leaf checks that what a selection ends in has the type of the argument.
func (k *contextCheck) leaf(t *typeDecl, list []*selection) bool {
	typ := k.selectedType(t, list)
	if typ == nil {
		k.invalid("it must lead to exactly one field")
		return false
	}
	if !sameType(typ, k.use.arg.typ) {
		k.invalid("it yields %s, but the argument has the type %s; both must be equal, and the argument nullable", typ, k.use.arg.typ)
		return false
	}
	return true
}

// selectedType returns the type a selection yields, without non-null marks, or
// nil if it is not one type.
func (k *contextCheck) selectedType(t *typeDecl, list []*selection) *ast.Type {
	if t.interfaceObject {
		k.invalid("%s is an interface object, on which it cannot be resolved", quote(t.name))
	}
	var yield *ast.Type
	for i, sel := range list {
		if sel.name == "" {
			return nil
		}
		typ := &ast.Type{NamedType: "String", NonNull: true} // __typename
		if sel.field != nil {
			typ = sel.field.typ
		}
		inner := &ast.Type{NamedType: typ.Name()}
		if len(sel.selections) > 0 {
			if inner = k.selectedType(k.s.typeByName[typ.Name()], sel.selections); inner == nil {
				return nil
			}
		}
		for ; typ.Elem != nil; typ = typ.Elem {
			inner = &ast.Type{Elem: inner}
		}
		if i > 0 && !sameType(yield, inner) {
			return nil
		}
		yield = inner
	}
	return yield
}
