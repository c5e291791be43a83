package auth

import (
	"hash/maphash"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/stages/auth/jwks"
)

// seen remembers tokens that were verified, the ones used last. It is keyed by
// 128 bits of a hash with random seeds, so nobody can aim at an entry, and a hit
// compares the whole token.
type seen struct {
	seeds  [2]maphash.Seed
	shards [seenShards]*lru.Cache[tokenKey, *verified]
}

// seenShards share the locking; a power of two, chosen, not measured.
const seenShards = 16

type tokenKey [2]uint64

// verified is a token that was good when it was looked at, with the version of
// its issuer's keys at that time.
type verified struct {
	text      string
	principal *caller.Principal
	issuer    *issuer
	keys      *jwks.Keys
}

func (v *verified) expires(now time.Time) bool {
	return !v.principal.Expires.IsZero() && !now.Before(v.principal.Expires)
}

func newSeen(size int) *seen {
	s := &seen{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	for i := range s.shards {
		s.shards[i], _ = lru.New[tokenKey, *verified](max(size/seenShards, 1)) // it fails for sizes below one only
	}
	return s
}

func (s *seen) key(text string) tokenKey {
	return tokenKey{maphash.String(s.seeds[0], text), maphash.String(s.seeds[1], text)}
}

func (s *seen) find(key tokenKey, text string) *verified {
	if v, ok := s.shards[key[0]%seenShards].Get(key); ok && v.text == text {
		return v
	}
	return nil
}

func (s *seen) add(key tokenKey, v *verified) { s.shards[key[0]%seenShards].Add(key, v) }
