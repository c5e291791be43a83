// Package jwks reads the public keys that identity providers publish (RFC 7517)
// and keeps them fresh.
//
// [Parse] turns a text into [Keys], which never change. A [Set] holds the keys
// of one issuer and replaces them when their source does: it polls a URL or
// watches a file, and reads once more, but seldom, when a token names a key it
// does not know. A source that fails leaves the last good keys in place.
//
// What a token itself says about keys (jku, x5u, jwk, x5c) is none of this
// package's business: keys come from the configured place only.
package jwks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Bounds of a key set; chosen, not measured. A larger set is a mistake, or an
// attempt to make weft work.
const (
	maxText = 1 << 20
	maxKeys = 256
	minRSA  = 2048
	maxRSA  = 8192
)

// Key is one public key.
type Key struct {
	// ID is the kid, "" without one.
	ID string
	// Alg is the one algorithm the key is for, "" if every one that fits.
	Alg string
	// Public is *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey.
	Public crypto.PublicKey
}

// Fits reports whether the key may verify signatures of an algorithm.
func (k *Key) Fits(alg string) bool {
	if k.Alg != "" && k.Alg != alg {
		return false
	}
	switch public := k.Public.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey: // an algorithm stands for one curve: RFC 7518, section 3.4
		switch public.Curve {
		case elliptic.P256():
			return alg == "ES256"
		case elliptic.P384():
			return alg == "ES384"
		}
		return alg == "ES512"
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}

// Keys is one version of a key set, with at least one key. It is immutable.
type Keys struct {
	// Skipped says which keys are malformed, or weaker than they may be, and why.
	Skipped []string

	keys   []Key
	digest [sha256.Size]byte
}

// Len returns the number of keys.
func (k *Keys) Len() int { return len(k.keys) }

// Find returns the key of this id that fits the algorithm. Without an id there
// must be one key alone that fits.
func (k *Keys) Find(id, alg string) (*Key, bool) {
	var found *Key
	for i := range k.keys {
		key := &k.keys[i]
		switch {
		case id != "" && key.ID != id, !key.Fits(alg):
		case id != "":
			return key, true
		case found != nil:
			return nil, false
		default:
			found = key
		}
	}
	return found, found != nil
}

// Has reports whether there is a key of this id, whatever it is for.
func (k *Keys) Has(id string) bool {
	return slices.ContainsFunc(k.keys, func(key Key) bool { return key.ID == id })
}

// same reports whether both hold the same keys.
func (k *Keys) same(other *Keys) bool { return other != nil && k.digest == other.digest }

// Parse reads a key set. Keys of other kinds, for other uses than verifying
// signatures and malformed ones are left out, as RFC 7517, section 5, asks for. A
// set of which nothing remains is an error.
func Parse(text []byte) (*Keys, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("the key set is larger than %d bytes", maxText)
	}
	var set struct {
		Keys *[]jwk `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("the key set is not JSON as RFC 7517 has it")
	}
	if set.Keys == nil {
		return nil, errors.New(`the key set has no "keys"`)
	}
	if len(*set.Keys) > maxKeys {
		return nil, fmt.Errorf("the key set holds more than %d keys", maxKeys)
	}
	k := &Keys{}
	digest := sha256.New()
	for i := range *set.Keys {
		j := &(*set.Keys)[i]
		if !j.verifies() {
			continue
		}
		public, err := j.public()
		if err != nil {
			k.Skipped = append(k.Skipped, fmt.Sprintf("keys[%d]: %v", i, err))
			continue
		}
		if public == nil {
			continue
		}
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return nil, fmt.Errorf("keys[%d]: %w", i, err)
		}
		fmt.Fprintf(digest, "%q %q %x\n", j.Kid, j.Alg, der)
		k.keys = append(k.keys, Key{ID: j.Kid, Alg: j.Alg, Public: public})
	}
	if len(k.keys) == 0 {
		return nil, errors.New(strings.Join(append([]string{"the key set holds no key that could verify a signature"}, k.Skipped...), "; "))
	}
	digest.Sum(k.digest[:0])
	return k, nil
}

// jwk is a key as written.
type jwk struct {
	Kty    string   `json:"kty"`
	Kid    string   `json:"kid"`
	Use    string   `json:"use"`
	KeyOps []string `json:"key_ops"`
	Alg    string   `json:"alg"`
	Crv    string   `json:"crv"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
	N      string   `json:"n"`
	E      string   `json:"e"`
}

func (j *jwk) verifies() bool {
	return (j.Use == "" || j.Use == "sig") && (len(j.KeyOps) == 0 || slices.Contains(j.KeyOps, "verify"))
}

// public returns the key, nil if it is of a kind that is not used here. A secret
// (kty oct) is none: what is published cannot be one.
func (j *jwk) public() (crypto.PublicKey, error) {
	switch j.Kty {
	case "RSA":
		return j.rsa()
	case "EC":
		return j.ec()
	case "OKP":
		return j.okp()
	}
	return nil, nil
}

func (j *jwk) rsa() (crypto.PublicKey, error) {
	n, err := number(j.N)
	if err != nil {
		return nil, fmt.Errorf("n: %w", err)
	}
	e, err := number(j.E)
	if err != nil {
		return nil, fmt.Errorf("e: %w", err)
	}
	switch bits := n.BitLen(); {
	case bits < minRSA || bits > maxRSA:
		return nil, fmt.Errorf("an RSA key has %d to %d bits, not %d", minRSA, maxRSA, bits)
	case n.Bit(0) == 0:
		return nil, errors.New("n is even")
	case !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 || e.Bit(0) == 0:
		return nil, errors.New("e is not an exponent in use")
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

func (j *jwk) ec() (crypto.PublicKey, error) {
	var curve elliptic.Curve
	switch j.Crv {
	case "P-256":
		curve = elliptic.P256()
	case "P-384":
		curve = elliptic.P384()
	case "P-521":
		curve = elliptic.P521()
	default:
		return nil, nil
	}
	size := (curve.Params().BitSize + 7) / 8
	point := make([]byte, 1, 1+2*size)
	point[0] = 4 // uncompressed
	for _, coordinate := range []string{j.X, j.Y} {
		text, err := base64.RawURLEncoding.DecodeString(coordinate)
		if err != nil || len(text) != size {
			return nil, fmt.Errorf("a coordinate is not %d bytes in base64url", size)
		}
		point = append(point, text...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, errors.New("the point is not on the curve")
	}
	return public, nil
}

func (j *jwk) okp() (crypto.PublicKey, error) {
	if j.Crv != "Ed25519" {
		return nil, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(j.X)
	if err != nil || len(text) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("x is not %d bytes in base64url", ed25519.PublicKeySize)
	}
	return ed25519.PublicKey(text), nil
}

// number reads a positive whole number, big-endian in base64url.
func number(text string) (*big.Int, error) {
	if len(text) > maxRSA { // far more than it takes
		return nil, errors.New("too long")
	}
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(bytes) == 0 {
		return nil, errors.New("not a number in base64url")
	}
	return new(big.Int).SetBytes(bytes), nil
}
