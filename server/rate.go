package server

import "time"

// bucket lets rate things a second pass, and up to size of them at once.
type bucket struct {
	rate, size float64
	used       float64
	last       time.Time
}

// take reports whether one more may pass at now.
func (b *bucket) take(now time.Time) bool {
	b.used = max(0, b.used-now.Sub(b.last).Seconds()*b.rate)
	b.last = now
	if b.used+1 > b.size {
		return false
	}
	b.used++
	return true
}
