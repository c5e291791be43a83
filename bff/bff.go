// Package bff is client profiles: what each client sees of the graph, which
// operations it may send and over which faces.
//
// [Read] reads the files of the configured profiles, [New] compiles them over
// one supergraph: the part of the graph that a contract leaves (contract.go),
// the client's own names over it (package overlay), the operations of its
// folder (operations.go) and their REST face (package rest). A request then
// goes through [Profiles.Identify], which finds the profile by who asks,
// [Profile.Document], which finds or refuses the document, and
// [Profile.Prepare], which validates it against the profile's view and puts it
// in the supergraph's terms.
//
// A profile that is broken leaves the others alone: its last version that
// worked goes on over the new graph, and where there is none its clients are
// told BFF_UNAVAILABLE. Nobody gets another profile's view instead.
//
// Everything is immutable after New and safe for concurrent use, but for the
// record of unknown operations, which has a lock. Nothing here looks at
// credentials: that is done before.
package bff

import (
	"log/slog"
	"time"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// Options of [New]. Graph is required; without Files there is one profile that
// shows all of it.
type Options struct {
	Graph *schema.Supergraph
	Files *Files
	// Limits and Auth are the graph's: profiles may only be tighter.
	Limits config.Limits
	Auth   config.Auth
	// Documents bounds what preparing an operation may cost.
	Documents operation.Limits
	// Introspection is on, off, authenticated or by_bff: what holds for a profile
	// that says nothing, by_bff meaning off. "" is by_bff too. A profile may say
	// more than the graph only under by_bff.
	Introspection string
	// Previous are the profiles so far: their files are what a broken profile
	// falls back to.
	Previous *Profiles
	// Unknown, if set, is told each operation that a profile in mode audit does
	// not know.
	Unknown func(profile string)
	Logger  *slog.Logger     // nil discards
	Now     func() time.Time // the clock, for sunsets; nil is time.Now
}

func (o Options) withDefaults() Options {
	if o.Files == nil {
		o.Files = &Files{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Profiles are all profiles of one graph.
type Profiles struct {
	list     []*Profile // in the order of the configuration
	byName   map[string]*Profile
	standard *Profile // who matches nothing gets it; nil is 404
	// guarded is set while nobody knows whom a broken profile is for: clients
	// that match nothing may be its.
	guarded bool
	now     func() time.Time
	claims  *claims
}

// New compiles the profiles. The error is a fault.List of what is broken, each
// with file, line and column; the Profiles work all the same.
func New(o Options) (*Profiles, error) {
	o = o.withDefaults()
	b := &builder{Options: o, out: &Profiles{byName: map[string]*Profile{}, now: o.Now, claims: newClaims()}}
	if len(o.Files.sources) == 0 {
		p, err := b.compile(&source{}, 0)
		if err != nil { // nothing in it can be wrong
			return nil, err
		}
		b.out.list, b.out.standard = []*Profile{p}, p
		return b.out, nil
	}
	b.all()
	if len(b.errors) > 0 {
		return b.out, b.errors
	}
	return b.out, nil
}

// All returns the profiles in the order of the configuration, broken ones too.
func (p *Profiles) All() []*Profile { return p.list }

// Named returns a profile, nil if there is none of the name.
func (p *Profiles) Named(name string) *Profile {
	if p == nil {
		return nil
	}
	return p.byName[name]
}

// builder makes Profiles.
type builder struct {
	Options
	out    *Profiles
	errors fault.List
	// base is what clients without proof of who they are see; nil without a
	// default profile.
	base *baseline
}

// all compiles every source, the default first: others are held against it.
func (b *builder) all() {
	sources := b.Files.sources
	b.out.list = make([]*Profile, len(sources))
	for i, s := range sources {
		if s.config.Default {
			b.out.list[i] = b.build(s, i)
			b.out.standard = b.out.list[i]
			b.base = b.baseline(b.out.standard, s, i)
		}
	}
	for i, s := range sources {
		if b.out.list[i] == nil {
			b.out.list[i] = b.build(s, i)
		}
		b.out.byName[s.config.Name] = b.out.list[i]
		b.out.guarded = b.out.guarded || b.out.list[i].unreadable
	}
	b.keepApart()
}

// build compiles one source, or falls back to the files that last worked.
func (b *builder) build(s *source, slot int) *Profile {
	p, err := b.compile(s, slot)
	if err == nil {
		p.good = s
		return p
	}
	b.errors = append(b.errors, fault.Of(err)...)
	return b.fallback(s, slot, err)
}

// fallback compiles the files that last worked in place of those that do not.
func (b *builder) fallback(s *source, slot int, err error) *Profile {
	good := b.Previous.good(s)
	if good != nil && good != s {
		if p, again := b.compile(good, slot); again == nil {
			p.good, p.Stale, p.Err = good, true, err
			p.Config.Default = s.config.Default
			return p
		}
	}
	return b.unavailable(s, good, err)
}

// good returns the files of the profile that s describes as they last worked.
func (p *Profiles) good(s *source) *source {
	if p == nil {
		return nil
	}
	for _, old := range p.list {
		if old.good != nil && (old.Name == s.config.Name || s.config.Dir != "" && old.Config.Dir == s.config.Dir) {
			return old.good
		}
	}
	return nil
}

// unavailable stands for a profile that cannot be served: it keeps its clients
// from getting another's view. They are told by its match, or, if that cannot
// be read, as before.
func (b *builder) unavailable(s, good *source, err error) *Profile {
	p := &Profile{Name: s.config.Name, Config: s.config, Err: err, Broken: true, good: good}
	if len(s.config.Match) == 0 && s.config.Err != nil {
		if good != nil {
			p.Config.Match, p.Config.Verify = good.config.Match, good.config.Verify
		}
		p.unreadable = len(p.Config.Match) == 0
	}
	p.entries = compileMatch(p.Config.Match, b.out.claims)
	return p
}
