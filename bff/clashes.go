package bff

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/fault"
)

// keepApart sees to it that no two profiles have paths that one request could be
// meant for. A profile that is as it was keeps its paths; one that came to clash
// with it goes on as it was, like any that is broken.
func (b *builder) keepApart() {
	var t territory
	for _, path := range b.out.Paths() {
		_ = t.claim(&Profile{endpoints: []rest.Endpoint{{Pattern: path}, {Pattern: strings.TrimSuffix(path, "/") + "/graphql"}}}) // one that is there already is as good
	}
	for _, i := range b.unchangedFirst() {
		p, s := b.out.list[i], b.Files.sources[i]
		if p.Broken {
			continue
		}
		err := t.claim(p)
		if err == nil {
			continue
		}
		b.errors = append(b.errors, err)
		p = b.fallback(s, i, err)
		if !p.Broken && t.claim(p) != nil {
			p = b.unavailable(s, p.good, err)
		}
		if b.out.standard == b.out.list[i] {
			b.out.standard = p
		}
		b.out.list[i], b.out.byName[s.config.Name] = p, p
	}
}

// unchangedFirst returns the profiles' places in the list, those with the files
// that they were served from so far in front.
func (b *builder) unchangedFirst() []int {
	var same, others []int
	for i, s := range b.Files.sources {
		if good := b.Previous.good(s); good != nil && reflect.DeepEqual(good, s) {
			same = append(same, i)
		} else {
			others = append(others, i)
		}
	}
	return append(same, others...)
}

// territory is the paths that are taken.
type territory struct {
	mux    *http.ServeMux
	owners []owner
}

// owner is who has a path.
type owner struct {
	profile *Profile
	pattern string
	face    *rest.Endpoint
}

// claim takes all paths of a profile, or none if one of them is taken.
func (t *territory) claim(p *Profile) *fault.Error {
	before := len(t.owners)
	if t.mux == nil {
		t.mux = http.NewServeMux()
	}
	for i := range p.endpoints {
		e := &p.endpoints[i]
		o := owner{p, e.Pattern, e}
		if e.Method != "" {
			o.pattern = e.Method + " " + e.Pattern
		}
		if register(t.mux, o.pattern) {
			t.owners = append(t.owners, o)
			continue
		}
		err := o.clash(t.owners)
		t.mux, t.owners = http.NewServeMux(), t.owners[:before]
		for _, kept := range t.owners {
			register(t.mux, kept.pattern)
		}
		return err
	}
	return nil
}

// clash says whose paths are in the way.
func (o *owner) clash(owners []owner) *fault.Error {
	message := "BFF " + o.profile.Name + ": the path " + o.pattern + " clashes with "
	for _, other := range owners {
		mux := http.NewServeMux()
		if register(mux, other.pattern) && register(mux, o.pattern) {
			continue
		}
		message += other.pattern
		if other.profile.Name != "" {
			message += " of BFF " + other.profile.Name
		}
		if op := other.face.Operation; op != nil {
			message += " (" + op.File + ":" + strconv.Itoa(op.Line) + ")"
		}
		break
	}
	message += ": a request could be meant for both; a rest.prefix of its own keeps them apart"
	op := o.face.Operation
	if op == nil || op.REST == nil {
		return o.profile.Config.At.Fault(fault.ConfigInvalid, "rest.prefix", message)
	}
	return &fault.Error{Code: fault.ConfigInvalid, Message: fmt.Sprintf("%s:%d:%d: @rest: %s", op.File, op.REST.Line, op.REST.Column, message)}
}

// register reports whether a pattern could be added.
func register(mux *http.ServeMux, pattern string) (ok bool) {
	defer func() { ok = recover() == nil }() // how a ServeMux refuses a pattern
	mux.Handle(pattern, http.NotFoundHandler())
	return true
}
