package bff

import (
	"context"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/overlay"
	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// Profile is one client profile.
type Profile struct {
	Name   string
	Config config.BFF
	// View is what its clients see and documents are validated against.
	View *schema.View
	// Contract is the part of the graph beneath View: the same without an overlay.
	Contract *schema.View
	// Operations are those of its folder, sorted by name.
	Operations []*rest.Operation
	// Introspection is on, off or authenticated.
	Introspection string
	// Stale says that the files are broken and an earlier version is served,
	// Broken that there is none and clients are told BFF_UNAVAILABLE. Err is why.
	Stale, Broken bool
	Err           error

	unused     []*ast.FragmentDefinition // of its folder, by no operation
	entries    []entry
	versions   []version
	mode       int
	now        func() time.Time
	known      *known
	audit      *record // in mode audit
	good       *source // what it was compiled from, or last could be
	unreadable bool    // nobody knows whom it is for
	preparer   *operation.Preparer
	overlay    *overlay.Overlay // nil without
	endpoints  []rest.Endpoint
	face       rest.Options
}

// compile makes a profile, or returns all that is wrong with it.
func (b *builder) compile(s *source, slot int) (*Profile, error) {
	if s.err != nil {
		return nil, s.err
	}
	p := &Profile{Name: s.config.Name, Config: s.config, now: b.Now, entries: compileMatch(s.config.Match, b.out.claims), versions: compileVersions(s.config.Versions)}
	contract, err := b.contract(&s.config, slot)
	if err != nil {
		return nil, err // without a view nothing else can be held against it
	}
	p.Contract, p.View = contract, contract
	var wrong fault.List
	wrong = append(wrong, b.introspection(p)...)
	wrong = append(wrong, b.tighter(p)...)
	wrong = append(wrong, b.privileges(p)...)
	if err := b.lay(p, s); err != nil {
		return nil, append(wrong, fault.Of(err)...)
	}
	p.preparer = operation.NewPreparer(p.View, b.Documents)
	if p.mode = strictness(p.Config.Operations.Mode); p.mode == modeAudit {
		p.audit = newRecord(p, &b.Options)
	}
	k, invalid := b.operations(p, s)
	p.known, wrong = k, append(wrong, invalid...)
	wrong = append(wrong, b.faces(p)...) // of what fits the view
	if len(wrong) > 0 {
		return nil, wrong
	}
	return p, nil
}

// introspection settles who may ask for the schema.
func (b *builder) introspection(p *Profile) fault.List {
	whole, own := b.Introspection, p.Config.Introspection
	free := whole == "" || whole == "by_bff"
	switch {
	case own != "" && !free && openness(own) > openness(whole):
		return fault.List{p.Config.At.Fault(fault.ConfigInvalid, "introspection",
			p.title()+": introspection: "+own+" is more than the graph's "+whole+"; a BFF may say more than the graph where that says by_bff")}
	case own != "":
		p.Introspection = own
	case free:
		p.Introspection = "off"
	default:
		p.Introspection = whole
	}
	return nil
}

func openness(introspection string) int {
	switch introspection {
	case "on":
		return 2
	case "authenticated":
		return 1
	}
	return 0
}

// title is how messages name the profile.
func (p *Profile) title() string { return "BFF " + p.Name }

// Introspects reports whether a caller may select __schema and __type.
func (p *Profile) Introspects(c *caller.Caller) bool {
	switch p.Introspection {
	case "on":
		return true
	case "authenticated":
		return !anonymous(c)
	}
	return false
}

// Prepare returns the operation of a request, validated against the profile's
// view and in the supergraph's terms, without what denied says: bits of the
// first result's Needs, see [operation.Preparer.Restrict]. The result depends on
// the text alone and may be cached. Errors are those of
// [operation.Preparer.Prepare]; they name nothing the profile does not show.
func (p *Profile) Prepare(ctx context.Context, r *operation.Request, denied uint64) (*operation.Operation, error) {
	op, err := p.prepared(ctx, r, denied)
	if err != nil || p.overlay == nil {
		return op, err
	}
	return p.overlay.Rewrite(op)
}

func (p *Profile) prepared(ctx context.Context, r *operation.Request, denied uint64) (*operation.Operation, error) {
	if denied != 0 {
		return p.preparer.Restrict(ctx, r, denied)
	}
	return p.preparer.Prepare(ctx, r)
}
