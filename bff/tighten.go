package bff

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// tighter returns where a profile would loosen what holds for the whole graph.
func (b *builder) tighter(p *Profile) fault.List {
	var list fault.List
	c := &p.Config
	fail := func(key, message string) {
		list = append(list, c.At.Fault(fault.ConfigInvalid, key, p.title()+": "+key+" "+message))
	}
	for _, key := range c.Limits.Looser(b.Limits) {
		fail("limits."+key, "is looser than the graph's; a BFF may only tighten it")
	}
	if c.Auth.Require != nil && !*c.Auth.Require && b.Auth.Require {
		fail("auth.require", "is looser than the graph's; a BFF may only tighten it")
	}
	for i, name := range c.Auth.Authenticators {
		if !slices.ContainsFunc(b.Auth.Authenticators, func(a config.Authenticator) bool { return a.Named() == name }) {
			fail("auth.authenticators["+strconv.Itoa(i)+"]", "names the authenticator "+strconv.Quote(name)+", which auth does not have")
		}
	}
	return list
}

// looserThanDefault returns how limits of a profile are looser than those of
// the default one: whoever is held by these would only have to say that he is
// the other's.
func (b *builder) looserThanDefault(p *Profile) []string {
	own, base := p.Config.Limits.Within(b.Limits), &b.base.config.Limits
	var beyond []string
	tightened := base.Within(own)
	tightened.Headers, tightened.Rates, tightened.Concurrency = own.Headers, own.Rates, own.Concurrency
	tightened.Cost.Headers, tightened.Cost.Actual = own.Cost.Headers, own.Cost.Actual
	if !reflect.DeepEqual(own, tightened) {
		beyond = append(beyond, "has looser limits")
	}
	if most := base.Concurrency.Max; most > 0 && (own.Concurrency.BFF == 0 || own.Concurrency.BFF > most) {
		beyond = append(beyond, "has a looser limits.concurrency.max")
	}
	for i := range base.Rates {
		r := &base.Rates[i]
		if enforced(r.Mode) && !slices.ContainsFunc(p.Config.Limits.Rates, func(own config.Rate) bool { return asTight(&own, r) }) {
			beyond = append(beyond, "has no rate as tight as "+r.Name+" with the same key")
		}
	}
	return beyond
}

func enforced(mode string) bool { return mode == "" || mode == "enforce" }

// asTight reports whether one rate lets nothing through that the other stops.
func asTight(own, base *config.Rate) bool {
	if !enforced(own.Mode) || own.Key != base.Key || own.Cost != base.Cost || own.Match != "" && own.Match != base.Match {
		return false
	}
	mine, err := config.ParseRate(own.Rate)
	theirs, other := config.ParseRate(base.Rate)
	if err != nil || other != nil {
		return own.Rate == base.Rate
	}
	burst := func(r *config.Rate, e config.Every) int {
		if r.Burst > 0 {
			return r.Burst
		}
		return int(e.Count)
	}
	return float64(mine.Count)/mine.Per.Seconds() <= float64(theirs.Count)/theirs.Per.Seconds() && burst(own, mine) <= burst(base, theirs)
}
