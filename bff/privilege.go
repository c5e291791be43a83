package bff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/schema"
)

// baseline is what anybody gets who asks: the default profile. What a client
// reaches by nothing but its word must not be more, or a header would be a key.
type baseline struct {
	name          string
	view          *schema.View // nil if it cannot be told
	config        *config.BFF
	introspection string
}

// baseline returns what the default profile grants. A default that is broken
// grants nothing at the moment, but what it is meant to grant still counts.
func (b *builder) baseline(p *Profile, s *source, slot int) *baseline {
	base := &baseline{name: p.Name, config: &p.Config, introspection: p.Introspection, view: p.Contract}
	if p.Contract != nil {
		return base
	}
	meant := s.config
	known := func(c string) bool { return inSchema(b.Graph.API.AST, c) }
	unknown := func(c string) bool { return !known(c) }
	meant.Contract.Deny = slices.DeleteFunc(slices.Clone(meant.Contract.Deny), unknown)
	if len(meant.Contract.Allow) == 0 || slices.ContainsFunc(meant.Contract.Allow, known) {
		meant.Contract.Allow = slices.DeleteFunc(slices.Clone(meant.Contract.Allow), unknown)
		base.view, _ = b.contract(&meant, slot) // nil: nothing can be held against it
	}
	introspecting := &Profile{Config: meant}
	_ = b.introspection(introspecting) // what is wrong with it is told elsewhere
	base.introspection = introspecting.Introspection
	return base
}

// privileges returns what a profile that is reached without proof has beyond
// the default one.
func (b *builder) privileges(p *Profile) fault.List {
	if b.base == nil || p.Config.Default || !p.open() || len(p.entries) == 0 && p.Config.Operations.Dir == "" {
		return nil
	}
	key, how := "match", "its paths"
	for i := range p.entries {
		if !p.entries[i].verified() {
			key, how = "match["+strconv.Itoa(i)+"]", "what a client says of itself"
			break
		}
	}
	var beyond []string
	if b.base.view == nil {
		beyond = append(beyond, "cannot be held against the default BFF "+b.base.name+", which is broken")
	} else if more := beyondView(p.Contract.AST, b.base.view.AST); len(more) > 0 {
		beyond = append(beyond, "shows "+someOf(more))
	}
	own, base := &p.Config, b.base.config
	if strictness(own.Operations.Mode) < strictness(base.Operations.Mode) {
		beyond = append(beyond, "takes operations it does not know")
	}
	if openness(p.Introspection) > openness(b.base.introspection) {
		beyond = append(beyond, "shows its schema")
	}
	if requires(base) && !requires(own) && !b.Auth.Require {
		beyond = append(beyond, "asks for no credentials")
	}
	if len(base.Auth.Authenticators) > 0 && (len(own.Auth.Authenticators) == 0 || !within(own.Auth.Authenticators, base.Auth.Authenticators)) {
		beyond = append(beyond, "takes credentials of other authenticators")
	}
	if !within(base.Auth.Scopes, own.Auth.Scopes) {
		beyond = append(beyond, "asks for fewer scopes")
	}
	beyond = append(beyond, b.looserThanDefault(p)...)
	var list fault.List
	for _, what := range beyond {
		list = append(list, own.At.Fault(fault.ConfigInvalid, key, p.title()+": "+how+
			" leads to it, so it must not grant more than the default BFF "+b.base.name+", but it "+what+
			"; match by api_key or claim, set verify, or tighten it"))
	}
	return list
}

func requires(f *config.BFF) bool { return f.Auth.Require != nil && *f.Auth.Require }

// within reports whether every word of a is in b.
func within(a, b []string) bool {
	return !slices.ContainsFunc(a, func(w string) bool { return !slices.Contains(b, w) })
}

// someOf lists the first few of what may be many.
func someOf(list []string) string {
	const most = 5
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:most], ", ") + " and " + strconv.Itoa(len(list)-most) + " more"
}

// beyondView returns the coordinates that one schema has beyond another,
// sorted. Both are cut from one graph, so that equal names mean the same.
func beyondView(s, base *ast.Schema) []string {
	var more []string
	for name, def := range s.Types {
		of := base.Types[name]
		switch {
		case of == def || def.BuiltIn:
			continue // shared, or everybody's
		case of == nil:
			more = append(more, name)
			continue
		}
		for _, f := range def.Fields {
			at, other := name+"."+f.Name, of.Fields.ForName(f.Name)
			if other == nil {
				more = append(more, at)
				continue
			}
			for _, a := range f.Arguments {
				if other.Arguments.ForName(a.Name) == nil {
					more = append(more, at+"("+a.Name+":)")
				}
			}
		}
		for _, v := range def.EnumValues {
			if of.EnumValues.ForName(v.Name) == nil {
				more = append(more, name+"."+v.Name)
			}
		}
		for _, member := range def.Types {
			if !slices.Contains(of.Types, member) {
				more = append(more, name+" as "+member)
			}
		}
	}
	slices.Sort(more)
	return more
}
