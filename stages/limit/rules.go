package limit

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/expression"
)

// rule is one rate, compiled.
type rule struct {
	pace
	name       string
	match, key *expression.Program // match may be nil
	// weight is what an operation counts; 0 is its estimated cost, which settled
	// says to set right by the actual one.
	weight            int64
	settled, observed bool
	// late: the rule looks at the operation; hashed: at its hash.
	late, hashed bool
	// prefix begins the keys: {GRAPH}:BFF:NAME:, whose parts hold no colon. It has
	// nothing of the rate itself, so that a changed one goes on with what was
	// counted.
	prefix string
	policy string // its part of RateLimit-Policy
	// exceeded counts refusals.
	exceeded prometheus.Counter
}

// compileRules returns the rules of a profile's rates, those that are off left
// out.
func compileRules(rates []config.Rate, o *Options) ([]*rule, error) {
	var rules []*rule
	own := 0 // how many are the graph's: a profile counts its own from 0
	for i := range rates {
		if !rates[i].BFF {
			own = i + 1
		}
		if rates[i].Mode == "off" {
			continue
		}
		r, key, err := compileRule(&rates[i], o)
		if err != nil {
			at := i
			if rates[i].BFF {
				at -= own
			}
			return nil, &fault.Error{Code: fault.ConfigInvalid,
				Message: "limits.rates[" + strconv.Itoa(at) + "]." + key + ": " + expression.Problem(err)}
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// compileRule returns one rule, or what is wrong with which key of it.
func compileRule(cfg *config.Rate, o *Options) (r *rule, key string, err error) {
	r = &rule{name: cfg.Name, observed: cfg.Mode == "observe"}
	every, err := config.ParseRate(cfg.Rate)
	if err != nil {
		return nil, "rate", fmt.Errorf("%q %w", cfg.Rate, err)
	}
	r.pace = paceOf(every, cfg.Burst)
	if cfg.Match != "" {
		if r.match, err = expression.Compile(cfg.Match, expression.Bool); err != nil {
			return nil, "match", err
		}
	}
	if r.key, err = expression.Compile(cfg.Key, expression.Text); err != nil {
		return nil, "key", err
	}
	switch cfg.Cost {
	case "estimated", "actual":
		r.settled, r.late = cfg.Cost == "actual", true
	default:
		if r.weight, err = strconv.ParseInt(cmp.Or(cfg.Cost, "1"), 10, 64); err != nil || r.weight < 1 {
			return nil, "cost", fmt.Errorf("%q is none of a number from 1, estimated and actual", cfg.Cost)
		}
	}
	for _, p := range []*expression.Program{r.key, r.match} {
		if p != nil {
			r.late = r.late || p.Uses("operation")
			r.hashed = r.hashed || p.Uses("operation.hash")
		}
	}
	bff := ""
	if cfg.BFF {
		bff = o.Profile
	}
	r.prefix = "{" + o.Graph + "}:" + bff + ":" + cfg.Name + ":"
	r.policy = fmt.Sprintf("%q;q=%d;w=%d", r.name, r.burst, seconds(r.tolerance))
	return r, "", nil
}

// applies reports whether an operation counts. Where the condition cannot be
// computed, it does.
func (r *rule) applies(e *expression.Env) bool {
	if r.match == nil {
		return true
	}
	is, err := r.match.Bool(e)
	return is || err != nil
}

// appendKey appends the key an operation counts under. Without a value, or with
// one that cannot be computed, that is the address, apart from keys that are
// addresses.
func (r *rule) appendKey(dst []byte, e *expression.Env) []byte {
	dst = append(dst, r.prefix...)
	found, ok, err := r.key.AppendString(append(dst, '='), e)
	if ok && err == nil {
		return found
	}
	dst = append(dst, '@')
	if e.Caller != nil && e.Caller.Remote.IsValid() {
		dst = network(e.Caller.Remote).AppendTo(dst)
	}
	return dst
}

// network returns the address that rates know a client by: of IPv6 the first 64
// bits, because a client has all below them.
func network(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if !ip.Is6() {
		return ip
	}
	p, _ := ip.Prefix(64)
	return p.Addr()
}

// counted returns who calls as rates see them. room is used for the copy that an
// IPv6 address makes necessary.
func counted(c *caller.Caller, room *caller.Caller) *caller.Caller {
	if c == nil || !c.Remote.Is6() || c.Remote.Is4In6() {
		return c
	}
	*room = *c
	room.Remote = network(c.Remote)
	return room
}
