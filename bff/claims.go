package bff

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/internal/jsonscan"
)

// claims are all tests of claims that the profiles of one graph make. A token's
// claims are looked through once: its principal is shared by all its requests
// and never changes.
type claims struct {
	tests []claimTest
	seed  maphash.Seed
	slots [512]atomic.Pointer[tested]
}

type claimTest struct{ name, is string }

// tested is what the tests said of one principal.
type tested struct {
	principal *caller.Principal
	holds     []uint64 // by test
}

func newClaims() *claims { return &claims{seed: maphash.MakeSeed()} }

// add returns the number of a test.
func (c *claims) add(name, is string) int {
	for i, t := range c.tests {
		if t.name == name && t.is == is {
			return i
		}
	}
	c.tests = append(c.tests, claimTest{name, is})
	return len(c.tests) - 1
}

// hold reports whether a test holds for a principal.
func (c *claims) hold(test int, p *caller.Principal) bool {
	if p == nil || p.Claims == nil {
		return false
	}
	slot := &c.slots[maphash.Comparable(c.seed, p)%uint64(len(c.slots))]
	known := slot.Load()
	if known == nil || known.principal != p {
		known = &tested{principal: p, holds: make([]uint64, (len(c.tests)+63)/64)}
		for i := range c.tests {
			if c.tests[i].matches(p.Claims) {
				known.holds[i/64] |= 1 << (i % 64)
			}
		}
		slot.Store(known)
	}
	return known.holds[test/64]&(1<<(test%64)) != 0
}

func (t *claimTest) matches(object []byte) bool {
	value := jsonscan.Dotted(object, t.name)
	if len(value) == 0 {
		return false
	}
	if value[0] != '[' {
		return equals(value, t.is)
	}
	found := false
	jsonscan.Each(value, func(_, item []byte) bool {
		found = equals(item, t.is)
		return !found
	})
	return found
}

// equals compares a JSON value with a text: a string's content, anything else
// as written.
func equals(value []byte, text string) bool {
	if len(value) == 0 || value[0] != '"' {
		return string(value) == text
	}
	var buffer [128]byte
	plain, ok := jsonscan.AppendText(buffer[:0], value)
	return ok && string(plain) == text
}
