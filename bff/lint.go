package bff

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// Finding is something about a profile that somebody should look at.
type Finding struct {
	// Error says that it must not stay; the others are advice.
	Error bool
	// Rule names it: load is what [New] refuses.
	Rule string
	// Message begins with file, line and column.
	Message string
}

// Lint looks for what turns profiles into a second backend, or leaves them open
// or stale, sorted by place. wrong is what New returned beside p.
func Lint(p *Profiles, wrong error) []Finding {
	l := &linter{}
	for _, e := range fault.Of(wrong) {
		l.found = append(l.found, Finding{true, "load", e.Message})
	}
	for i, profile := range p.list {
		l.settings(p, i)
		if !profile.Broken {
			l.operations(profile)
			l.fragments(profile)
		}
	}
	l.derivations(p)
	slices.SortStableFunc(l.found, func(x, y Finding) int {
		p, q := placeOf(x.Message), placeOf(y.Message)
		return cmp.Or(cmp.Compare(p.file, q.file), cmp.Compare(p.line, q.line), cmp.Compare(p.column, q.column), cmp.Compare(x.Message, y.Message))
	})
	return l.found
}

// placed is the place a message begins with.
type placed struct {
	file         string
	line, column int
}

func placeOf(message string) placed {
	place, _, _ := strings.Cut(message, ": ")
	parts := strings.Split(place, ":")
	if len(parts) < 3 {
		return placed{file: place}
	}
	n := len(parts)
	line, _ := strconv.Atoi(parts[n-2])
	column, _ := strconv.Atoi(parts[n-1])
	return placed{strings.Join(parts[:n-2], ":"), line, column}
}

type linter struct{ found []Finding }

func (l *linter) note(rule string, c *config.BFF, key, message string) {
	l.found = append(l.found, Finding{rule == "owner", rule, c.At.Fault("", key, "BFF "+c.Name+": "+message).Message})
}

func (l *linter) in(rule string, at *ast.Position, message string) {
	l.found = append(l.found, Finding{false, rule, inFile("", at, message).Message})
}

// settings looks at one profile among the others.
func (l *linter) settings(p *Profiles, i int) {
	profile := p.list[i]
	c := &profile.Config
	if c.Owner == "" {
		l.note("owner", c, "", "it has no owner: say which team answers for it")
	}
	if len(c.Match) == 0 && !c.Default && len(profile.endpoints) == 0 && !profile.Broken {
		l.note("match", c, "", "nothing leads to it but API keys that are bound to it")
	}
	for k := range c.Match {
		for _, earlier := range p.list[:i] {
			if slices.Contains(earlier.Config.Match, c.Match[k]) {
				l.note("match", c, "match["+strconv.Itoa(k)+"]", "BFF "+earlier.Name+" stands above and matches the same")
			}
		}
		if p.standard == nil && profile.open() && !profile.entries[k].verified() {
			l.note("open", c, "match["+strconv.Itoa(k)+"]", "everybody can say so, and there is no default BFF to hold it against")
		}
	}
	for k := range profile.versions {
		if v := &profile.versions[k]; !v.life.Sunset.IsZero() && !p.now().Before(v.life.Sunset) {
			l.note("sunset", c, "versions["+strconv.Itoa(k)+"]", "version "+v.name+" has ended: remove it")
		}
	}
}

// operations looks at what the operations of a profile select.
func (l *linter) operations(p *Profile) {
	for _, o := range p.Operations {
		if !o.Sunset.IsZero() && !p.now().Before(o.Sunset) {
			l.in("sunset", o.Definition.Position, "operation "+o.Name+" has ended: remove it")
		}
		w := &selectionWalk{linter: l, schema: p.View.AST, operation: o, seen: map[string]bool{}}
		w.set(root(p.View.AST, o.Kind), o.Definition.SelectionSet)
		for _, f := range o.Query.Fragments {
			w.set(p.View.AST.Types[f.TypeCondition], f.SelectionSet)
		}
	}
}

func root(s *ast.Schema, kind ast.Operation) *ast.Definition {
	switch kind {
	case ast.Mutation:
		return s.Mutation
	case ast.Subscription:
		return s.Subscription
	}
	return s.Query
}

// selectionWalk goes over the fields of one operation.
type selectionWalk struct {
	*linter
	schema    *ast.Schema
	operation *rest.Operation
	seen      map[string]bool
}

// set walks a selection set; its depth is bounded by what the parser takes.
func (w *selectionWalk) set(parent *ast.Definition, set ast.SelectionSet) {
	if parent == nil {
		return
	}
	for _, s := range set {
		switch s := s.(type) {
		case *ast.InlineFragment:
			on := parent
			if s.TypeCondition != "" {
				on = w.schema.Types[s.TypeCondition]
			}
			w.set(on, s.SelectionSet)
		case *ast.Field:
			if def := parent.Fields.ForName(s.Name); def != nil {
				w.field(parent, def, s)
				w.set(w.schema.Types[def.Type.Name()], s.SelectionSet)
			}
		}
	}
}

// slicing are arguments by which lists are cut to a length.
var slicing = []string{"first", "last", "limit", "take", "top", "count", "size", "pageSize"}

func (w *selectionWalk) field(parent *ast.Definition, def *ast.FieldDefinition, f *ast.Field) {
	at := parent.Name + "." + def.Name
	if d := def.Directives.ForName("deprecated"); d != nil && !w.seen[at] {
		w.seen[at] = true
		reason := ""
		if a := d.Arguments.ForName("reason"); a != nil {
			reason = ": " + a.Value.Raw
		}
		w.in("deprecated", f.Position, "operation "+w.operation.Name+" uses "+at+", which is deprecated"+reason)
	}
	if def.Type.Elem == nil || len(f.SelectionSet) == 0 {
		return
	}
	for _, a := range def.Arguments {
		if slices.Contains(slicing, a.Name) {
			if f.Arguments.ForName(a.Name) == nil && a.DefaultValue == nil {
				w.in("list", f.Position, "operation "+w.operation.Name+" takes "+at+" at any length: give "+a.Name)
			}
			return
		}
	}
}

// fragments looks for those that no operation uses.
func (l *linter) fragments(p *Profile) {
	for _, f := range p.unused {
		l.in("fragment", f.Position, "no operation of BFF "+p.Name+" uses the fragment "+f.Name)
	}
}

// derivations looks for what three teams made for themselves: it belongs into a
// subgraph.
func (l *linter) derivations(p *Profiles) {
	type key struct{ field, source string }
	by := map[key][]*Profile{}
	var order []key
	for _, profile := range p.list {
		for _, d := range profile.derived() {
			k := key{d.Type + "." + d.Field, d.Source}
			if by[k] == nil {
				order = append(order, k)
			}
			by[k] = append(by[k], profile)
		}
	}
	for _, k := range order {
		if len(by[k]) < 3 {
			continue
		}
		var names []string
		for _, profile := range by[k] {
			names = append(names, profile.Name)
		}
		last := by[k][len(by[k])-1]
		l.found = append(l.found, Finding{false, "derivation", filepath.ToSlash(last.Config.Schema) + ":1:1: the BFFs " + strings.Join(names, ", ") +
			" all derive " + k.field + " from " + strconv.Quote(k.source) + ": let a subgraph have it"})
	}
}
