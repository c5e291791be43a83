// Package keys makes and stores API keys.
//
// A key is wft_ENV_ID_SECRET_CHECK: ENV says where it is for, ID names its
// [Record] in a store, SECRET is 256 random bits, and CHECK is a checksum, by
// which a scanner that finds a text of this form knows that it is a key. A store
// holds a hash of the whole, so what it loses opens nothing. A [Store] keeps the
// records of a file at hand and reads it again when it changes; [Edit] changes
// the file.
package keys

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// Prefix is what every key starts with.
const Prefix = "wft_"

// The lengths of a key's parts. 43 letters of 62 are 256 bits, 12 are 71.
const (
	maxEnv      = 16
	idLetters   = 12
	secret      = 43
	checksum    = 6
	maxKey      = len(Prefix) + maxEnv + 1 + idLetters + 1 + secret + 1 + checksum
	letters     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	hashPrefix  = "sha256:"
	hashLetters = len(hashPrefix) + 2*sha256.Size
)

// Key is a key as a client sends it, with its parts.
type Key struct {
	Env, ID string
	text    string
}

// New returns a key for an environment. id is the record's, or "" for a new one.
func New(env, id string) Key {
	if id == "" {
		id = random(idLetters)
	}
	text := Prefix + env + "_" + id + "_" + random(secret)
	return Key{Env: env, ID: id, text: text + "_" + check(text)}
}

// Reveal returns the text of the key, which is shown once, to its owner.
func (k Key) Reveal() string { return k.text }

// String leaves the secret out.
func (k Key) String() string { return Prefix + k.Env + "_" + k.ID + "_…" }

// GoString is String, for %#v.
func (k Key) GoString() string { return k.String() }

// Parse takes a key apart. It reports false for a text that is none; that it
// reports true says nothing about whether the key is any good.
func Parse(text string) (Key, bool) {
	if len(text) > maxKey {
		return Key{}, false
	}
	rest, ok := strings.CutPrefix(text, Prefix)
	if !ok {
		return Key{}, false
	}
	env, rest, _ := strings.Cut(rest, "_")
	id, rest, _ := strings.Cut(rest, "_")
	random, sum, _ := strings.Cut(rest, "_")
	if !ValidEnv(env) || !validID(id) || len(random) != secret || !plain(random) || len(sum) != checksum {
		return Key{}, false
	}
	if check(text[:len(text)-checksum-1]) != sum {
		return Key{}, false
	}
	return Key{Env: env, ID: id, text: text}, true
}

// ValidEnv reports whether a text can be a key's environment: up to 16 letters
// and digits.
func ValidEnv(env string) bool { return env != "" && len(env) <= maxEnv && plain(env) }

func validID(id string) bool { return len(id) == idLetters && plain(id) }

// plain reports whether a text is letters and digits only.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// random returns n letters, each as likely as the other.
func random(n int) string {
	out := make([]byte, 0, n)
	var buffer [64]byte
	for len(out) < n {
		_, _ = rand.Read(buffer[:]) // it never fails
		for _, b := range buffer {
			if b < 248 && len(out) < n { // the largest multiple of 62
				out = append(out, letters[b%62])
			}
		}
	}
	return string(out)
}

// check returns the checksum of what stands before it.
func check(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	var out [checksum]byte
	for i := checksum - 1; i >= 0; i-- {
		out[i] = letters[sum%62]
		sum /= 62
	}
	return string(out[:])
}

// Hash returns what a store holds of a key: its SHA-256 behind a pepper. A slow
// hash is for secrets that people choose; this one cannot be guessed.
func (k Key) Hash(pepper string) string {
	sum := k.sum(pepper)
	return hashPrefix + hex.EncodeToString(sum[:])
}

func (k Key) sum(pepper string) [sha256.Size]byte {
	var buffer [256]byte
	return sha256.Sum256(append(append(buffer[:0], pepper...), k.text...))
}

// digest is a hash, decoded.
type digest [sha256.Size]byte

// parseHash decodes what Hash returned.
func parseHash(text string) (d digest, ok bool) {
	if len(text) != hashLetters || !strings.HasPrefix(text, hashPrefix) {
		return d, false
	}
	_, err := hex.Decode(d[:], []byte(text[len(hashPrefix):]))
	return d, err == nil
}

// matches compares in a time that tells nothing.
func (d *digest) matches(sum *digest) bool { return subtle.ConstantTimeCompare(d[:], sum[:]) == 1 }
