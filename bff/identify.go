package bff

import (
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

// Identify returns the profile of who asks and notes its name in c. wanted, if
// not empty, is the profile whose REST face was asked.
//
// The first profile in the order of the configuration that matches is taken,
// the default if none does. Credentials that are bound to a profile lead to no
// other: whoever asks for another all the same gets FORBIDDEN. Other errors are
// UNAUTHENTICATED and FORBIDDEN, where a profile wants to be proven,
// PROFILE_UNKNOWN, BFF_UNAVAILABLE, and SUNSET past a version's end.
//
// It does not allocate unless it fails.
func (p *Profiles) Identify(c *caller.Caller, wanted string) (*Profile, error) {
	found, by := p.find(c, wanted)
	bound := ""
	if c.Principal != nil {
		bound = c.Principal.BFF
	}
	switch {
	case bound == "":
	case wanted == "" && (found == nil || found == p.standard):
		found, by = p.byName[bound], nil
		if found == nil {
			return nil, forbidden()
		}
	case found != nil && found.Name != bound:
		return nil, forbidden()
	}
	switch {
	case found == nil && wanted == "" && p.guarded:
		return nil, unavailable()
	case found == nil:
		return nil, &fault.Error{Code: fault.ProfileUnknown, Message: "no client profile fits the request"}
	case bound == "" && !found.admits(c, by, wanted != ""):
		if anonymous(c) {
			return nil, &fault.Error{Code: fault.Unauthenticated, Message: "the client profile needs credentials"}
		}
		return nil, forbidden()
	case found.Broken:
		return nil, unavailable()
	}
	c.Profile = found.Name // it is told of those who come too late, too
	if err := p.ended(found, c); err != nil {
		return nil, err
	}
	return found, nil
}

// find returns the first profile that matches and by which entry; nil is the
// default, or a REST path.
func (p *Profiles) find(c *caller.Caller, wanted string) (*Profile, *entry) {
	if wanted != "" {
		return p.byName[wanted], nil
	}
	for _, candidate := range p.list {
		for i := range candidate.entries {
			if e := &candidate.entries[i]; e.matches(c) {
				return candidate, e
			}
		}
	}
	if p.guarded && p.standard != nil && !p.standard.Broken {
		return nil, nil // the client may be one of the profile that cannot be read
	}
	return p.standard, nil
}

// admits reports whether a client that was led here may stay.
func (p *Profile) admits(c *caller.Caller, by *entry, path bool) bool {
	switch {
	case by != nil && by.verified() && len(p.Config.Verify) == 0:
		return true
	case len(p.Config.Verify) > 0:
		return p.proven(c)
	case path && !p.open():
		return p.proven(c)
	}
	return true
}

// proven reports whether the caller's credentials match the profile, by one of
// the kinds that count.
func (p *Profile) proven(c *caller.Caller) bool {
	for i := range p.entries {
		e := &p.entries[i]
		counts := len(p.Config.Verify) == 0 && e.verified()
		for _, kind := range p.Config.Verify {
			counts = counts || e.of(kind)
		}
		if counts && e.matches(c) {
			return true
		}
	}
	return false
}

// open reports whether clients reach the profile without credentials for it: by
// its default, by something they merely say, or by its paths.
func (p *Profile) open() bool {
	if p.Config.Default || len(p.Config.Verify) > 0 {
		return len(p.Config.Verify) == 0
	}
	for i := range p.entries {
		if !p.entries[i].verified() {
			return true
		}
	}
	return len(p.entries) == 0
}

func forbidden() *fault.Error {
	return &fault.Error{Code: fault.Forbidden, Message: "the credentials are not valid for this client profile"}
}

func unavailable() *fault.Error {
	return &fault.Error{Code: fault.BFFUnavailable, Message: "the client profile cannot be served at the moment"}
}
