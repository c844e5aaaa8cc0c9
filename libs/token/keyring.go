package token

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"
	"sync"
)

// MinPepper is the least length of a pepper, in bytes.
const MinPepper = 32

// Keyring holds the peppers under which the MACs of records are made: keys that the store never
// sees. One is current; the others are kept for the tokens issued under them. Made by NewKeyring or
// ParseKeyring only; safe for concurrent use.
type Keyring struct {
	current string
	macs    map[string]macFunc // by kid
}

// A macFunc closes over its pepper, so that it cannot be printed.
type macFunc func(org string, t Token) []byte

// NewKeyring returns the keyring of these peppers, by kid, and signs with the current one. It errs
// if that is not among them, if a pepper is shorter than MinPepper, or if a kid is empty. It keeps
// no reference to its arguments.
func NewKeyring(current string, peppers map[string][]byte) (Keyring, error) {
	k := Keyring{current: current, macs: make(map[string]macFunc, len(peppers))}
	for kid, pepper := range peppers {
		if kid == "" {
			return Keyring{}, errors.New("keyring: a kid is empty")
		}
		if len(pepper) < MinPepper {
			return Keyring{}, fmt.Errorf("keyring: pepper %q has %d bytes, needs %d", kid, len(pepper), MinPepper)
		}
		k.macs[kid] = newMAC(bytes.Clone(pepper))
	}
	if !k.Has(current) {
		return Keyring{}, fmt.Errorf("keyring: no pepper for the current kid %q", current)
	}
	return k, nil
}

// ParseKeyring reads "kid:base64,kid2:base64", the form in which a secret comes from the
// environment or a file; the first is the current one. Space around an entry is ignored. Base64 is
// the padded standard one (RFC 4648 section 4). Errors name an entry by its place, for a misplaced
// comma turns a pepper into a kid.
func ParseKeyring(s string) (Keyring, error) {
	peppers := make(map[string][]byte)
	var current string
	for i, entry := range strings.Split(s, ",") {
		kid, encoded, _ := strings.Cut(strings.TrimSpace(entry), ":")
		pepper, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || kid == "" || len(pepper) < MinPepper {
			return Keyring{}, fmt.Errorf("keyring: entry %d is not kid:base64 of %d bytes or more", i+1, MinPepper)
		}
		if _, twice := peppers[kid]; twice {
			return Keyring{}, fmt.Errorf("keyring: entry %d repeats a kid", i+1)
		}
		peppers[kid] = pepper
		if i == 0 {
			current = kid
		}
	}
	return NewKeyring(current, peppers)
}

// Sign returns the MAC that is stored of a token of org instead of its secret, and the kid of the
// pepper it was made with.
func (k Keyring) Sign(org string, t Token) (kid string, mac []byte) {
	return k.current, k.macs[k.current](org, t)
}

// Has reports whether the keyring can verify MACs signed under kid.
func (k Keyring) Has(kid string) bool {
	_, ok := k.macs[kid]
	return ok
}

// Kids returns the names of all peppers, the current one first.
func (k Keyring) Kids() []string {
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(k.macs)), func(kid string) bool { return kid == k.current })
	return append([]string{k.current}, others...)
}

// Verify reports whether r is the record of t. It takes the same time for the zero Record, for a
// wrong secret and for the right one.
func (k Keyring) Verify(r Record, t Token) bool {
	mac, known := k.macs[r.Kid]
	if !known {
		mac = k.macs[k.current]
	}
	return hmac.Equal(mac(r.Org, t), r.MAC) && known
}

// Derive returns a key of 32 bytes for another purpose, from the current pepper: the same in every
// process that has it, and of no use for any other purpose or for tokens. A purpose is a constant
// of the program.
func (k Keyring) Derive(purpose string) []byte {
	return k.macs[k.current]("derive:"+purpose, Token{}) // no organisation's id has a colon
}

// newMAC returns HMAC-SHA-256 of the organisation's id, the token's id and its secret. The latter
// two have fixed lengths, so that no two triples make the same text. The organisation is part of it
// so that its record is of no use to another. A slow hash would add nothing: 256 bits cannot be
// guessed.
func newMAC(pepper []byte) macFunc {
	hashes := sync.Pool{New: func() any { return hmac.New(sha256.New, pepper) }}
	return func(org string, t Token) []byte {
		h, _ := hashes.Get().(hash.Hash)
		defer hashes.Put(h)
		h.Reset() // also of the text before
		h.Write([]byte("v1" + org + t.ID() + t.secret()))
		return h.Sum(nil)
	}
}
