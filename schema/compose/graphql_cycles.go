package compose

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// inputCycles reports input objects that contain themselves through required
// fields only: no finite value of such a type exists.
func (g *graphqlCheck) inputCycles() {
	done := map[*typeDecl]bool{}
	for _, t := range g.s.types {
		if t.kind == ast.InputObject && !done[t] {
			g.cyclesFrom(t, done)
		}
	}
}

// cyclesFrom walks the required input fields below one type depth-first. The
// stack is kept here rather than in calls, because schemas may be deep.
func (g *graphqlCheck) cyclesFrom(start *typeDecl, done map[*typeDecl]bool) {
	type frame struct {
		t    *typeDecl
		next int
	}
	stack := []frame{{t: start}}
	onStack := map[*typeDecl]int{start: 0} // index of its frame
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == len(top.t.inputs) {
			done[top.t] = true
			delete(onStack, top.t)
			stack = stack[:len(stack)-1]
			continue
		}
		f := top.t.inputs[top.next]
		top.next++
		to := g.s.typeByName[f.typ.NamedType]
		if !f.typ.NonNull || f.typ.Elem != nil || to == nil || to.kind != ast.InputObject || done[to] {
			continue
		}
		if from, ok := onStack[to]; ok {
			var path []string
			for _, step := range stack[from:] {
				path = append(path, step.t.name+"."+step.t.inputs[step.next-1].name)
			}
			g.fail(f.pos, f.owner.name+"."+f.name, "The input object %s contains itself through required fields: %s. Make one of them nullable.",
				quote(to.name), clip(strings.Join(path, " → ")))
			continue
		}
		onStack[to] = len(stack)
		stack = append(stack, frame{t: to})
	}
}
