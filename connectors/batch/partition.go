package batch

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/subgraphs"
)

// Partition tells requests apart that must not be brought together. It is a
// digest of all that a request is made of but its keys.
type Partition [sha256.Size]byte

// Partitioner makes a Partition. Parts are told from each other, so that no two
// lists of parts are the same text.
type Partitioner struct{ hash hash.Hash }

// NewPartitioner returns one without parts.
func NewPartitioner() *Partitioner { return &Partitioner{sha256.New()} }

// Add adds a part; nil is not the same as empty.
func (p *Partitioner) Add(part []byte) {
	n := uint64(len(part)) + 1
	if part == nil {
		n = 0
	}
	var length [8]byte
	p.hash.Write(binary.BigEndian.AppendUint64(length[:0], n))
	p.hash.Write(part)
}

// AddText is Add for a string.
func (p *Partitioner) AddText(part string) { p.Add([]byte(part)) }

// AddHeaders adds outgoing headers.
func (p *Partitioner) AddHeaders(headers []subgraphs.Header) {
	p.Count(len(headers))
	for i := range headers {
		p.AddText(headers[i].Name)
		p.AddText(headers[i].Value)
	}
}

// Count adds how many parts of a list follow.
func (p *Partitioner) Count(n int) {
	var length [8]byte
	p.hash.Write(binary.BigEndian.AppendUint64(length[:0], uint64(n)|1<<63))
}

// AddPrincipal adds who asks: requests of different principals are never
// brought together, even if a backend could not tell them apart.
func (p *Partitioner) AddPrincipal(c *caller.Caller) {
	if c == nil || c.Principal == nil {
		p.Add(nil)
		return
	}
	who := c.Principal
	for _, part := range []string{who.Kind, who.Subject, who.Issuer, who.KeyID, who.Tenant} {
		p.AddText(part)
	}
	for _, list := range [][]string{who.Scopes, who.Roles} {
		p.Count(len(list))
		for _, part := range list {
			p.AddText(part)
		}
	}
}

// Sum returns the partition of the parts.
func (p *Partitioner) Sum() Partition {
	var sum Partition
	p.hash.Sum(sum[:0])
	return sum
}
