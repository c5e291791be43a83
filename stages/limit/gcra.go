package limit

import (
	"math"
	"time"

	"github.com/weftql/weft/config"
)

// pace is a rate as the generic cell rate algorithm counts it. A key has one
// number, the time at which all that it did would be worked off at the rate;
// what lies ahead of now is what it owes.
//
//	        now            tat                  now + tolerance
//	─────────┼──── owed ────┼──── may still do ───────┼──►
//
// Times are nanoseconds.
type pace struct {
	each      int64 // one unit at the rate
	tolerance int64 // the burst at the rate
	burst     int64
}

// paceOf returns the pace of a rate; a burst of 0 is the rate's own number.
func paceOf(rate config.Every, burst int) pace {
	p := pace{each: int64(rate.Per) / rate.Count, burst: int64(burst)}
	if burst == 0 {
		p.burst = rate.Count
	}
	p.burst = min(p.burst, maxTolerance/p.each)
	p.tolerance = p.burst * p.each
	return p
}

// maxTolerance leaves room to add a few of them; it is 36 years.
const maxTolerance = math.MaxInt64 / 8

// of returns what n units are at the pace.
func (p *pace) of(n int64) int64 {
	if n > maxTolerance/p.each {
		return maxTolerance
	}
	return n * p.each
}

// sane returns tat, without what only a clock that went backwards can have left
// behind: nobody owes more than twice the tolerance.
func sane(tat, now, tolerance int64) int64 {
	if tat > now+2*tolerance {
		return now + tolerance
	}
	return max(tat, now)
}

// admit returns what tat becomes when cost is added, or, where that is more than
// tolerance allows, how long to wait until it is not.
func admit(tat, now, cost, tolerance int64) (next, wait int64) {
	next = sane(tat, now, tolerance) + cost
	return next, max(0, next-tolerance-now)
}

// settle returns what tat becomes when a cost turned out to differ by delta. A
// refund ends at now. A charge may go beyond the tolerance, once.
func settle(tat, now, delta, tolerance int64) int64 {
	return min(max(sane(tat, now, tolerance)+delta, now), now+2*tolerance)
}

// remaining returns how many units may still be done at once by who owes owed.
func (p *pace) remaining(owed int64) int64 { return max(0, (p.tolerance-owed)/p.each) }

// seconds rounds up to whole ones.
func seconds(ns int64) int64 { return (ns + int64(time.Second) - 1) / int64(time.Second) }
