package keys

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

// Record is what a store holds of a key.
type Record struct {
	ID   string `yaml:"id" json:"id"`
	Env  string `yaml:"env" json:"env"`
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
	// Owner is whom to ask; BFF is the only profile the key is for, "" any.
	Owner  string   `yaml:"owner,omitempty" json:"owner,omitempty"`
	BFF    string   `yaml:"bff,omitempty" json:"bff,omitempty"`
	Scopes []string `yaml:"scopes,omitempty" json:"scopes,omitempty"`
	Roles  []string `yaml:"roles,omitempty" json:"roles,omitempty"`
	Tenant string   `yaml:"tenant,omitempty" json:"tenant,omitempty"`
	// NotBefore and Expires are RFC 3339; "" is always.
	NotBefore string `yaml:"not_before,omitempty" json:"not_before,omitempty"`
	Expires   string `yaml:"expires,omitempty" json:"expires,omitempty"`
	// CIDRs are the networks the key may be used from; none is all.
	CIDRs []string `yaml:"cidrs,omitempty" json:"cidrs,omitempty"`
	// Hashes are of the live secrets, the newest first.
	Hashes  []string `yaml:"hashes" json:"hashes"`
	Created string   `yaml:"created,omitempty" json:"created,omitempty"`
}

// MaxSecrets is how many secrets of a key may be live: the one in use, and the
// one that replaces it.
const MaxSecrets = 2

// Entry is a record that was checked. It is shared and must not be changed.
type Entry struct {
	Record
	// From and Until bound when the key may be used; zero is always.
	From, Until time.Time
	// Principal is who comes with the key.
	Principal *caller.Principal

	networks []netip.Prefix
	digests  []digest
}

// compile checks a record. authenticator is for its Principal.
func (r *Record) compile(authenticator string) (*Entry, error) {
	e := &Entry{Record: *r}
	switch {
	case !validID(r.ID):
		return nil, fmt.Errorf("id %q is not %d letters and digits", r.ID, idLetters)
	case !ValidEnv(r.Env):
		return nil, fmt.Errorf("env %q is not up to %d letters and digits", r.Env, maxEnv)
	case len(r.Hashes) == 0:
		return nil, errors.New("there are no hashes")
	case len(r.Hashes) > MaxSecrets:
		return nil, fmt.Errorf("there are more than %d hashes", MaxSecrets)
	}
	var err error
	if e.From, err = moment(r.NotBefore); err != nil {
		return nil, fmt.Errorf("not_before: %w", err)
	}
	if e.Until, err = moment(r.Expires); err != nil {
		return nil, fmt.Errorf("expires: %w", err)
	}
	for _, text := range r.CIDRs {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("cidrs: %q is not a network such as 10.0.0.0/8", text)
		}
		e.networks = append(e.networks, network.Masked())
	}
	for i, text := range r.Hashes {
		d, ok := parseHash(text)
		if !ok {
			return nil, fmt.Errorf("hashes[%d] is not sha256: and 64 hexadecimal digits", i)
		}
		e.digests = append(e.digests, d)
	}
	e.Principal = &caller.Principal{
		Kind: "api_key", Authenticator: authenticator, Subject: cmp.Or(r.Name, r.ID), KeyID: r.ID, Tenant: r.Tenant,
		Scopes: r.Scopes, Roles: r.Roles, BFF: r.BFF, Expires: e.Until,
		Claims: append(fault.AppendString([]byte(`{"sub":`), cmp.Or(r.Name, r.ID)), '}'), // one rule for all who read claims
	}
	return e, nil
}

func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a time such as 2027-06-30T00:00:00Z", text)
	}
	return t, nil
}

// Opens reports whether a key is one of the record's.
func (e *Entry) Opens(k Key, pepper string) bool {
	sum := digest(k.sum(pepper))
	opens := false
	for i := range e.digests {
		opens = e.digests[i].matches(&sum) || opens // all of them, always
	}
	return opens && e.Env == k.Env
}

// Allows reports whether the key may be used from an address.
func (e *Entry) Allows(remote netip.Addr) bool {
	if len(e.networks) == 0 {
		return true
	}
	remote = remote.Unmap()
	for _, network := range e.networks {
		if network.Contains(remote) {
			return true
		}
	}
	return false
}
