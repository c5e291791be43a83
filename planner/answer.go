package planner

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// object writes the client's object at p.
func (e *emitter) object(p *place) plan.Object {
	out := plan.Object{Type: plan.Loc{Record: -1}}
	var records map[*visit]int
	out.Records, records = e.records(p)
	known := false
	switch {
	case p.parent == nil:
		// The root is named Query, Mutation or Subscription for clients,
		// whatever subgraphs call theirs.
		out.Static = e.s.Types[p.types[0]].Name
	case p.static() != schema.NoType:
		out.Static = e.s.Types[p.static()].Name
	case e.tells(p):
		at := p.typeAt.resolve()
		out.Type = plan.Loc{Record: records[at.v.resolve()], Key: at.index}
		out.Types = e.visible(p)
		known = true
	}
	shown, guard := -1, plan.Guard(nil)
	for _, g := range e.groups[p] {
		if g.it.own.hidden() {
			continue
		}
		if !known && out.Static == "" && g.it.at == shown && equalGuard(guard, g.guard) {
			continue // nobody can tell the types apart: the first stands for all
		}
		shown, guard = g.it.at, g.guard
		f := e.member(&g, records, known)
		if g.it.own != nil {
			e.rewrite(&f, &g, p, records, known || out.Static != "")
		}
		out.Fields = append(out.Fields, f)
	}
	return out
}

// records lists the records of the objects at p, and where each visit's is.
func (e *emitter) records(p *place) ([]plan.Record, map[*visit]int) {
	out, at := []plan.Record{{}}, map[*visit]int{}
	if p.hub != nil {
		at[p.hub] = 0
		for _, v := range p.others {
			if v.live && v.merged == nil {
				at[v] = len(out)
				out = append(out, plan.Record{Link: v.link})
			}
		}
	}
	return out, at
}

// tells reports whether the runtime type of the objects at p is read.
func (e *emitter) tells(p *place) bool {
	return p.parent != nil && p.static() == schema.NoType && p.typed && p.typeAt != nil
}

func (e *emitter) member(g *fieldGroup, records map[*visit]int, known bool) plan.Field {
	f := plan.Field{Name: g.it.response, Guard: g.guard, Unless: g.unless, Lists: g.lists, Nullable: g.nullable}
	if known && !g.all {
		for _, t := range g.types {
			f.On = append(f.On, e.s.Types[t].Name)
		}
	}
	if g.e == nil {
		f.From = plan.Loc{Record: -1}
		if !g.it.own.made() {
			f.Write = e.typeNames(g.types)
		}
		return f
	}
	f.From = plan.Loc{Record: records[g.e.v.resolve()], Key: g.e.index}
	if g.child != nil {
		o := e.object(g.child)
		f.Object = &o
	} else if g.e.field != nil {
		f.Write = e.valueNames(g.e.field.Result)
	}
	return f
}

// visible are the runtime types clients may see at p.
func (e *emitter) visible(p *place) []string {
	out := []string{}
	for id := range e.s.Types[p.hub.st.typ].Possible.All() {
		if t := &e.s.Types[id]; !t.Inaccessible && e.shown(p, t.Name) {
			out = append(out, t.Name)
		}
	}
	return out
}

// shown reports whether objects of a type may be at p: the client sees them, or,
// where they are only on the way to what he sees, his schema may be made of them.
func (e *emitter) shown(p *place, name string) bool {
	if v := e.op.View; p.passed && v != nil && v.Names != nil && v.Names.Beneath != nil {
		return v.Names.Beneath.TypeNamed(name) != nil
	}
	return e.seen(name) != nil
}

// seen is a type as the operation's view shows it, nil if it is hidden.
func (e *emitter) seen(name string) *ast.Definition {
	view := e.op.View
	if view == nil {
		view = e.s.API
	}
	return view.TypeNamed(name)
}
