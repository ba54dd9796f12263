package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"log"
	"math/big"
)

// keyring gives the same key for the same seed, algorithm and name, so that keys need not be kept anywhere.
type keyring struct {
	seed string
	made map[string]crypto.Signer
}

func (k keyring) key(algorithm, name string) crypto.Signer {
	slot := algorithm + "/" + name
	if k.made[slot] == nil {
		k.made[slot] = generate(algorithm, stream{label: k.seed + "/" + slot})
	}
	return k.made[slot]
}

// stream is a deterministic source of bytes: SHA-256 of a label and a counter.
type stream struct{ label string }

func (s stream) bytes(offset uint64, n int) []byte {
	out := []byte{}
	for block := offset; len(out) < n; block++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(s.label+"/"), block))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

func generate(algorithm string, source stream) crypto.Signer {
	switch algorithm {
	case "RSA":
		return rsaKey(source)
	case "ECDSA":
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), source.bytes(0, 32))
		check(err)
		return key
	case "Ed25519":
		return ed25519.NewKeyFromSeed(source.bytes(0, ed25519.SeedSize))
	}
	log.Fatalf("unknown algorithm %s", algorithm)
	return nil
}

// rsaKey is made by hand: rsa.GenerateKey takes no seed.
func rsaKey(source stream) *rsa.PrivateKey {
	const exponent = 65537
	one, e := big.NewInt(1), big.NewInt(exponent)
	p, q := prime(source.bytes(0, 128), e), prime(source.bytes(1000, 128), e)
	order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent},
		D:         new(big.Int).ModInverse(e, order),
		Primes:    []*big.Int{p, q},
	}
	key.Precompute()
	check(key.Validate())
	return key
}

// prime is the first fitting one from a number of 1024 bits on.
func prime(start []byte, exponent *big.Int) *big.Int {
	start[0] |= 0xc0
	start[len(start)-1] |= 1
	candidate, one, two := new(big.Int).SetBytes(start), big.NewInt(1), big.NewInt(2)
	for ; ; candidate.Add(candidate, two) {
		order := new(big.Int).Sub(candidate, one)
		coprime := new(big.Int).GCD(nil, nil, order, exponent).Cmp(one) == 0
		if coprime && candidate.ProbablyPrime(20) {
			return candidate
		}
	}
}
